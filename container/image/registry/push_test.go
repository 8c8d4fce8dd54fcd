package registry

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/container/image/store"
)

// told is what a display is told of layers.
type told struct {
	size  int64
	ended []string
}

func (d *told) Begin(string, int64) ingest.Task { return d }
func (d *told) Advance(n int64)                 { d.size += n }
func (d *told) State(string)                    {}
func (d *told) End(text string)                 { d.ended = append(d.ended, text) }

// stored is a store with an image of a layer, by a name in another repository.
func stored(t *testing.T) (*store.Store, *image.Record, *manifest.Image) {
	t.Helper()
	f := newFake(t, httptest.NewServer)
	f.image("latest", "linux/amd64")
	state := t.TempDir()
	s, err := store.Open(state)
	if err != nil {
		t.Fatal(err)
	}
	document, err := manifest.Parse("", f.manifests["latest"].content)
	if err != nil {
		t.Fatal(err)
	}
	lease, err := s.Lease()
	if err != nil {
		t.Fatal(err)
	}
	config := f.blobs[string(document.Image.Config.Digest)]
	layer := f.blobs[string(document.Image.Layers[0].Digest)]
	for _, content := range [][]byte{f.manifests["latest"].content, config, layer} {
		if _, err := lease.PutDocument(content); err != nil {
			t.Fatal(err)
		}
	}
	content := f.manifests["latest"].content
	t.Cleanup(func() {
		if err := lease.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, &image.Record{
		Manifest: image.Descriptor{MediaType: manifest.OCIManifest, Digest: manifest.DigestOf(content), Size: int64(len(content))},
		Config:   document.Image.Config,
	}, document.Image
}

// What a registry may do wrong while an image is pushed.
func TestPush(t *testing.T) {
	s, record, document := stored(t)
	layer := string(document.Layers[0].Digest)
	cut := func(w http.ResponseWriter, r *http.Request) {
		io.CopyN(io.Discard, r.Body, 3)
		panic(http.ErrAbortHandler)
	}
	for name, row := range map[string]struct {
		fault func(w http.ResponseWriter, r *http.Request, n int) bool
		fails string
	}{
		"right":       {nil, ""},
		"PUT is cut":  {first(2, http.MethodPut, "/uploads/", cut), ""},
		"POST is 503": {first(2, http.MethodPost, "/uploads/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }), ""},
		"the session is lost": {first(1, http.MethodPut, "/uploads/", func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, 404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
		}), ""},
		"the manifest is 502": {first(2, http.MethodPut, "/manifests/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }), ""},
		"the manifest is refused": {first(9, http.MethodPut, "/manifests/", func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, 400, "MANIFEST_INVALID", "manifest invalid")
		}), "says: manifest_invalid: manifest invalid (status 400)"},
		"read only": {first(9, http.MethodPost, "/uploads/", func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, 405, "UNSUPPORTED", "The operation is unsupported.")
		}), "says: unsupported: The operation is unsupported. (status 405)"},
		"PUT is not taken, once": {first(1, http.MethodPut, "/uploads/", func(_ http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body) // or the server does not see that the client is gone
			<-r.Context().Done()
		}), ""},
		"always cut": {first(99, http.MethodPut, "/uploads/", cut), "EOF"},
		"another host": {first(9, http.MethodPost, "/uploads/", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://127.0.0.2:1/steal")
			w.WriteHeader(202)
		}), "different host"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, httptest.NewServer)
			f.fault = row.fault
			display := &told{}
			r := image.Reference{Domain: f.host(), Path: "repo", Tag: "new"}
			c := client(t, func(o *Options) {
				if name == "PUT is not taken, once" { // the others do not depend on how fast anything is
					o.Stall = time.Second
				}
			})
			err := c.Push(t.Context(), s, record, r, &PushOptions{Progress: display})
			if row.fails != "" {
				if err == nil || !strings.Contains(err.Error(), row.fails) {
					t.Errorf("Push = %v, want %q", err, row.fails)
				}
				if _, is := f.manifests["new"]; is {
					t.Error("there is a manifest all the same")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := manifest.DigestOf(f.manifests["new"].content); got != record.Manifest.Digest || f.manifests["new"].mediaType != manifest.OCIManifest {
				t.Errorf("the manifest is %s, %s", got, f.manifests["new"].mediaType)
			}
			if f.blobs[layer] == nil || f.blobs[string(record.Config.Digest)] == nil {
				t.Error("blobs are missing")
			}
			if display.size != document.Layers[0].Size || len(display.ended) != 1 || display.ended[0] != pushed {
				t.Errorf("%+v, of %d bytes", display, document.Layers[0].Size)
			}
		})
	}
}

// What is at the registry already is not sent: in this repository, or in another one.
func TestPushExists(t *testing.T) {
	s, record, document := stored(t)
	f := newFake(t, httptest.NewServer)
	f.image("latest", "linux/amd64")
	display := &told{}
	r := image.Reference{Domain: f.host(), Path: "repo", Tag: "new"}
	c := client(t, nil)
	if err := c.Push(t.Context(), s, record, r, &PushOptions{Progress: display}); err != nil {
		t.Fatal(err)
	}
	if contains(f.log(), "POST") || display.ended[0] != exists || display.size != 0 {
		t.Errorf("%q, %+v", f.log(), display)
	}
	f.fault = func(w http.ResponseWriter, r *http.Request, _ int) bool {
		if r.Method == http.MethodHead && strings.Contains(r.URL.Path, "/blobs/") {
			w.WriteHeader(http.StatusNotFound)
			return true
		}
		return false
	}
	p := &push{repository: repositoryAt(t, c, f.host()), store: s, options: &PushOptions{Progress: display},
		elsewhere: map[image.Digest]string{document.Layers[0].Digest: "other"}}
	how, err := (&upload{push: p, Descriptor: document.Layers[0]}).run(t.Context())
	if err != nil || how != "Mounted from other" {
		t.Errorf("%q, %v", how, err)
	}
	p.elsewhere[document.Layers[0].Digest] = "nosuch"
	how, err = (&upload{push: p, Descriptor: document.Layers[0]}).run(t.Context())
	if err != nil || how != pushed {
		t.Errorf("%q, %v", how, err)
	}
}
