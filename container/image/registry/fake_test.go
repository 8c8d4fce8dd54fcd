package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
)

// fake is a registry that does what a test wants of it. It knows one repository for all.
type fake struct {
	*httptest.Server
	t *testing.T
	// fault is asked first, with the number of the request among those with its method and
	// path; it answers itself, or returns false.
	fault func(w http.ResponseWriter, r *http.Request, n int) bool
	// noRange has it send blobs from the beginning only.
	noRange bool

	mutex     sync.Mutex
	blobs     map[string][]byte
	manifests map[string]document // by tag and digest
	requests  []*http.Request
	counts    map[string]int
}

type document struct {
	mediaType string
	content   []byte
}

func newFake(t *testing.T, start func(http.Handler) *httptest.Server) *fake {
	f := &fake{t: t, blobs: map[string][]byte{}, manifests: map[string]document{}, counts: map[string]int{}}
	f.Server = start(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fake) host() string { return f.Listener.Addr().String() }

// log are the requests that came, as "GET /v2/".
func (f *fake) log() (lines []string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for _, r := range f.requests {
		line := r.Method + " " + r.URL.Path
		if from := r.Header.Get("Range"); from != "" {
			line += " " + from
		}
		lines = append(lines, line)
	}
	return lines
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mutex.Lock()
	f.requests = append(f.requests, r.Clone(context.Background()))
	key := r.Method + " " + r.URL.Path
	n := f.counts[key]
	f.counts[key]++
	fault := f.fault
	f.mutex.Unlock()
	if fault != nil && fault(w, r, n) {
		return
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	words := strings.Split(strings.TrimPrefix(r.URL.Path, "/v2/repo/"), "/")
	switch {
	case r.URL.Path == "/v2/":
	case words[0] == "tags":
		writeJSON(w, map[string]any{"tags": []string{"latest"}})
	case words[0] == "manifests" && r.Method == http.MethodPut:
		f.putManifest(w, r, words[1])
	case words[0] == "manifests":
		f.getManifest(w, r, words[1])
	case words[0] == "blobs" && words[1] == "uploads":
		f.upload(w, r)
	case words[0] == "blobs":
		f.getBlob(w, r, words[1])
	default:
		refuse(w, http.StatusNotFound, "NAME_UNKNOWN", "repository name not known to registry")
	}
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(value); err != nil {
		panic(err)
	}
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	content, err := json.Marshal(map[string]any{"errors": []map[string]string{{"code": code, "message": message}}})
	if err != nil {
		panic(err)
	}
	w.Write(content)
}

func (f *fake) getManifest(w http.ResponseWriter, r *http.Request, reference string) {
	found, is := f.manifests[reference]
	if !is {
		refuse(w, http.StatusNotFound, "MANIFEST_UNKNOWN", "manifest unknown")
		return
	}
	w.Header().Set("Content-Type", found.mediaType)
	w.Header().Set("Docker-Content-Digest", string(manifest.DigestOf(found.content)))
	w.Header().Set("Content-Length", strconv.Itoa(len(found.content)))
	if r.Method == http.MethodGet {
		w.Write(found.content)
	}
}

func (f *fake) getBlob(w http.ResponseWriter, r *http.Request, digest string) {
	content, is := f.blobs[digest]
	if !is {
		refuse(w, http.StatusNotFound, "BLOB_UNKNOWN", "blob unknown to registry")
		return
	}
	if f.noRange {
		r.Header.Del("Range")
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(string(content)))
}

func (f *fake) upload(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if r.Method == http.MethodPost {
		if content, is := f.blobs[query.Get("mount")]; is && query.Get("from") == "other" && content != nil {
			w.WriteHeader(http.StatusCreated)
			return
		}
		w.Header().Set("Location", "/v2/repo/blobs/uploads/1")
		w.WriteHeader(http.StatusAccepted)
		return
	}
	content, err := io.ReadAll(r.Body)
	if want := query.Get("digest"); err != nil || string(manifest.DigestOf(content)) != want {
		refuse(w, http.StatusBadRequest, "DIGEST_INVALID", "provided digest did not match uploaded content")
		return
	}
	f.blobs[query.Get("digest")] = content
	w.WriteHeader(http.StatusCreated)
}

func (f *fake) putManifest(w http.ResponseWriter, r *http.Request, reference string) {
	content, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	put := document{r.Header.Get("Content-Type"), content}
	f.manifests[reference], f.manifests[string(manifest.DigestOf(content))] = put, put
	w.WriteHeader(http.StatusCreated)
}

// add adds a blob.
func (f *fake) add(content string) image.Descriptor {
	digest := manifest.DigestOf([]byte(content))
	f.blobs[string(digest)] = []byte(content)
	return image.Descriptor{MediaType: "application/octet-stream", Digest: digest, Size: int64(len(content))}
}

// tag adds a manifest, or an index.
func (f *fake) tag(name, mediaType string, value any) image.Descriptor {
	content, err := json.Marshal(value)
	if err != nil {
		f.t.Fatal(err)
	}
	digest := manifest.DigestOf(content)
	f.manifests[string(digest)] = document{mediaType, content}
	if name != "" {
		f.manifests[name] = document{mediaType, content}
	}
	return image.Descriptor{MediaType: mediaType, Digest: digest, Size: int64(len(content))}
}

// image adds an image with a layer.
func (f *fake) image(name, platform string) image.Descriptor {
	layer := f.add("layer of " + platform)
	layer.MediaType = "application/vnd.oci.image.layer.v1.tar"
	words := strings.Split(platform, "/")
	config := f.add(fmt.Sprintf(`{"os":%q,"architecture":%q,"rootfs":{"type":"layers","diff_ids":[%q]}}`, words[0], words[1], layer.Digest))
	config.MediaType = manifest.OCIConfig
	return f.tag(name, manifest.OCIManifest, map[string]any{
		"schemaVersion": 2, "mediaType": manifest.OCIManifest, "config": config, "layers": []image.Descriptor{layer},
	})
}

// client is a client that waits but a moment before it tries again. All hosts lead to the
// registries of the test by their ports.
func client(t *testing.T, change func(*Options)) *Client {
	options := Options{Config: &Config{files: []string{"registries.json"}}, Credentials: &Credentials{}, FirstWait: time.Millisecond}
	if change != nil {
		change(&options)
	}
	c := NewClient(options)
	c.hosts.dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		return (&net.Dialer{}).DialContext(ctx, network, "127.0.0.1:"+port)
	}
	t.Cleanup(c.Close)
	return c
}

// repositoryAt is the repository at a host.
func repositoryAt(t *testing.T, c *Client, host string) *repository {
	r, err := c.open(t.Context(), endpoint{host: host}, "repo")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// once is a fault that happens at the first n requests of a kind.
func first(n int, method, part string, fault http.HandlerFunc) func(http.ResponseWriter, *http.Request, int) bool {
	return func(w http.ResponseWriter, r *http.Request, number int) bool {
		if number >= n || r.Method != method || !strings.Contains(r.URL.Path, part) {
			return false
		}
		fault(w, r)
		return true
	}
}

// contains reports whether a line is in a log.
func contains(log []string, line string) bool {
	return slices.ContainsFunc(log, func(l string) bool { return strings.Contains(l, line) })
}
