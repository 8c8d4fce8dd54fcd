package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mydocker/mydocker/container/image"
)

// readFrom reads a blob from an offset on.
func readFrom(t *testing.T, c *Client, host string, d image.Descriptor, offset int64) (string, error) {
	t.Helper()
	content, err := repositoryAt(t, c, host).openBlob(t.Context(), d, offset)
	if err != nil {
		return "", err
	}
	read, err := io.ReadAll(content)
	return string(read), errors.Join(err, content.Close())
}

// cutAt sends a blob, but no more than so many bytes of it on a connection.
func cutAt(f *fake, most int) func(http.ResponseWriter, *http.Request, int) bool {
	return func(w http.ResponseWriter, r *http.Request, _ int) bool {
		digest, is := strings.CutPrefix(r.URL.Path, "/v2/repo/blobs/")
		if !is || r.Method != http.MethodGet {
			return false
		}
		content, from := f.blobs[digest], 0
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); err == nil && !f.noRange {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(content)-1, len(content)))
			w.Header().Set("Content-Length", fmt.Sprint(len(content)-from))
			w.WriteHeader(http.StatusPartialContent)
		} else {
			from = 0
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		}
		rest := content[from:]
		if len(rest) <= most {
			w.Write(rest)
			return true
		}
		w.Write(rest[:most])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

// A blob goes on where its connection was cut, as often as each brings something worth while.
func TestBlobGoesOn(t *testing.T) {
	text := strings.Repeat("0123456789abcdef", 100<<10) // 1.6 MB
	for _, noRange := range []bool{false, true} {
		t.Run(fmt.Sprintf("noRange=%t", noRange), func(t *testing.T) {
			f := newFake(t, httptest.NewServer)
			f.noRange = noRange
			d := f.add(text)
			f.fault = cutAt(f, 400<<10)
			if noRange { // from the beginning each time, and a bit more
				f.fault = func(w http.ResponseWriter, r *http.Request, n int) bool { return cutAt(f, (n+1)*700<<10)(w, r, n) }
			}
			got, err := readFrom(t, client(t, nil), f.host(), d, 0)
			if err != nil || got != text {
				t.Fatalf("%d bytes, %v", len(got), err)
			}
			if !contains(f.log(), "bytes=409600-") && !noRange {
				t.Errorf("%q", f.log())
			}
		})
	}
}

// A later pull goes on where an earlier one has stopped.
func TestBlobOffset(t *testing.T) {
	for _, noRange := range []bool{false, true} {
		f := newFake(t, httptest.NewServer)
		f.noRange = noRange
		d := f.add("0123456789")
		for offset, want := range []string{"0123456789", "123456789", 9: "9", 10: ""} {
			if want == "" && offset != 10 {
				continue
			}
			if got, err := readFrom(t, client(t, nil), f.host(), d, int64(offset)); err != nil || got != want {
				t.Errorf("from %d: %q, %v", offset, got, err)
			}
		}
	}
}

// A connection that brings nothing is given up for another one.
func TestBlobStalls(t *testing.T) {
	f := newFake(t, httptest.NewServer)
	d := f.add("0123456789")
	f.fault = first(1, http.MethodGet, "/blobs/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		io.WriteString(w, "01234")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	// Long enough for what it has sent to come, also where the machine is busy.
	got, err := readFrom(t, client(t, func(o *Options) { o.Stall = 3 * time.Second }), f.host(), d, 0)
	if err != nil || got != "0123456789" || !contains(f.log(), "bytes=5-") {
		t.Errorf("%q, %v, %q", got, err, f.log())
	}
}

// The end of the context ends a read that waits, at once and with its cause.
func TestBlobInterrupted(t *testing.T) {
	f := newFake(t, httptest.NewServer)
	d := f.add("0123456789")
	waits := make(chan struct{})
	f.fault = first(1, http.MethodGet, "/blobs/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "10")
		w.(http.Flusher).Flush()
		close(waits)
		<-r.Context().Done()
	})
	cause := errors.New("Ctrl-C")
	ctx, cancel := context.WithCancelCause(t.Context())
	content, err := repositoryAt(t, client(t, nil), f.host()).openBlob(ctx, d, 0)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-waits
		cancel(cause)
	}()
	if _, err := io.ReadAll(content); !errors.Is(err, cause) {
		t.Errorf("ReadAll = %v", err)
	}
	if err := content.Close(); err != nil {
		t.Error(err)
	}
}

// What a registry may do wrong with a blob.
func TestBlobWrong(t *testing.T) {
	for name, row := range map[string]struct {
		fault func(w http.ResponseWriter, r *http.Request)
		fails string
	}{
		"always cut": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, "was cut 5 times, the last time after 0 of 10 bytes"},
		"longer": {func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush() // no length
			io.WriteString(w, "0123456789abc")
		}, "sends more than the 10 bytes"},
		"longer, and says so": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "0123456789abc")
		}, "says that it has 10 bytes, the registry that it has 13"},
		"shorter, and says so": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "0123")
		}, "the registry that it has 4"},
		"shorter without a length": {func(w http.ResponseWriter, _ *http.Request) {
			w.(http.Flusher).Flush()
			io.WriteString(w, "0123")
		}, "was cut 5 times"},
		"not there": {func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, http.StatusNotFound, "BLOB_UNKNOWN", "blob unknown")
		}, "status code 404"},
		"another range": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 7-9/10")
			w.WriteHeader(http.StatusPartialContent)
			io.WriteString(w, "789")
		}, `sends "bytes 7-9/10"`},
		"to itself": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusTemporaryRedirect)
		}, "stopped after 10 redirects"},
		"to plain HTTP elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://example.com/blob", http.StatusTemporaryRedirect)
		}, "plain HTTP is refused with example.com"},
		"to a file": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusTemporaryRedirect)
		}, "plain HTTP is refused"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, httptest.NewServer)
			d := f.add("0123456789")
			f.fault = first(1000, http.MethodGet, "/blobs/", row.fault)
			got, err := readFrom(t, client(t, nil), f.host(), d, 0)
			if err == nil || !strings.Contains(err.Error(), row.fails) {
				t.Errorf("%q, %v, want %q", got, err, row.fails)
			}
		})
	}
}

// A layer that lies on another host comes from there, which learns nothing of the user.
func TestBlobRedirected(t *testing.T) {
	storage := newFake(t, httptest.NewServer)
	f := newFake(t, httptest.NewServer)
	d := f.add("0123456789")
	storage.add("0123456789")
	f.fault = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if _, _, is := r.BasicAuth(); !is {
			w.Header().Set("WWW-Authenticate", `Basic realm="here"`)
			refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "authentication required")
			return true
		}
		http.Redirect(w, r, storage.URL+r.URL.Path, http.StatusTemporaryRedirect)
		return true
	}
	c := client(t, func(o *Options) { o.Credentials.File = credentialsFile(t, f.host(), "user", "secret") })
	storage.fault = cutAt(storage, 5)
	got, err := readFrom(t, c, f.host(), d, 0)
	if err != nil || got != "0123456789" || !contains(storage.log(), "bytes=5-") {
		t.Fatalf("%q, %v, %q", got, err, storage.log())
	}
	for _, r := range storage.requests {
		if r.Header.Get("Authorization") != "" {
			t.Errorf("the storage was told %q", r.Header.Get("Authorization"))
		}
	}
}
