package registry

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
)

// resolveAt resolves a name, with the words that people get where that fails.
func resolveAt(t *testing.T, c *Client, host, name string, platform string) (*resolved, error) {
	t.Helper()
	r, err := image.ParseReference(host + "/repo" + name)
	if err != nil {
		t.Fatal(err)
	}
	want, err := image.ParsePlatform(platform)
	if err != nil {
		t.Fatal(err)
	}
	ctx, kept := withRefusals(t.Context())
	at := endpoint{host: host}
	repository, err := c.open(ctx, at, "repo")
	if err != nil {
		t.Fatal(err)
	}
	found, err := repository.resolve(ctx, r, want)
	return found, c.explain(err, r, at, kept)
}

// An image is chosen by its platform from an index, also from one in an index.
func TestResolve(t *testing.T) {
	f := newFake(t, httptest.NewServer)
	amd, arm := f.image("single", "linux/amd64"), f.image("", "linux/arm64")
	entry := func(d image.Descriptor, os, arch string) map[string]any {
		return map[string]any{"mediaType": d.MediaType, "digest": d.Digest, "size": d.Size, "platform": map[string]string{"os": os, "architecture": arch}}
	}
	index := func(name string, entries ...map[string]any) image.Descriptor {
		return f.tag(name, manifest.OCIIndex, map[string]any{"schemaVersion": 2, "mediaType": manifest.OCIIndex, "manifests": entries})
	}
	top := index("index", entry(amd, "linux", "amd64"), entry(arm, "linux", "arm64"))
	nested := index("nested", entry(top, "linux", "arm64"))
	deep := nested
	for range maxNesting {
		deep = index("deep", entry(deep, "linux", "arm64"))
	}
	index("lies", map[string]any{"mediaType": manifest.OCIManifest, "digest": "sha256:" + strings.Repeat("00", 32), "size": 1,
		"platform": map[string]string{"os": "linux", "architecture": "amd64"}})
	for _, row := range []struct {
		name, platform string
		digest         image.Digest
		index          bool
		manifest       image.Digest
		fails          string
	}{
		{":single", "linux/amd64", amd.Digest, false, amd.Digest, ""},
		{":single", "linux/arm64", amd.Digest, false, amd.Digest, ""}, // which its configuration tells
		{":index", "linux/amd64", top.Digest, true, amd.Digest, ""},
		{":index", "linux/arm64", top.Digest, true, arm.Digest, ""},
		{"@" + string(top.Digest), "linux/arm64", top.Digest, true, arm.Digest, ""},
		{":nosuch@" + string(arm.Digest), "linux/arm64", arm.Digest, false, arm.Digest, ""},
		{":nested", "linux/arm64", nested.Digest, true, arm.Digest, ""},
		{":deep", "linux/arm64", "", false, "", "more than 4 indexes"},
		{":index", "linux/s390x", "", false, "", "not there for linux/s390x, but for linux/amd64, linux/arm64"},
		{":nosuch", "linux/amd64", "", false, "", "is the name right? (" + f.host() + " says: manifest_unknown: manifest unknown)"},
		{":lies", "linux/amd64", "", false, "", "manifest unknown"},
	} {
		got, err := resolveAt(t, client(t, nil), f.host(), row.name, row.platform)
		if row.fails != "" {
			if err == nil || !strings.Contains(err.Error(), row.fails) || !strings.HasPrefix(err.Error(), f.host()+"/repo:") {
				t.Errorf("%s: %v, want %q", row.name, err, row.fails)
			}
			continue
		}
		if err != nil || got.digest != row.digest || (got.index != nil) != row.index || manifest.DigestOf(got.content) != row.manifest {
			t.Errorf("%s for %s: %+v, %v", row.name, row.platform, got, err)
		}
	}
}

// What a registry may do wrong with a manifest, and what people are told.
func TestResolveWrong(t *testing.T) {
	f := newFake(t, httptest.NewServer)
	d := f.image("latest", "linux/amd64")
	good := f.manifests["latest"]
	send := func(w http.ResponseWriter, content []byte) {
		w.Header().Set("Content-Type", good.mediaType)
		w.Write(content)
	}
	always := 1000
	for name, row := range map[string]struct {
		times int
		name  string
		fault http.HandlerFunc
		fails string // "" is for what a second try mends
	}{
		"cut off, once": {1, "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			send(w, good.content[:10])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, ""},
		"500, twice": {2, "", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, ""},
		"429, once": {1, "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(429)
		}, ""},
		"without a length": {always, "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", good.mediaType)
			w.(http.Flusher).Flush()
			w.Write(good.content)
		}, ""},
		"always 500": {always, "", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(500)
			io.WriteString(w, "<html>")
		}, "says: internal server error (status 500)"},
		"always 429": {always, "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "21600")
			refuse(w, 429, "TOOMANYREQUESTS", "You have reached your pull rate limit")
		}, `too many requests (429), again after 6h0m0s; ` + f.host() + ` says: toomanyrequests: You have reached your pull rate limit; "mydocker login ` + f.host() + `" often raises the limit`},
		"no answer, once": {1, "", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, ""},
		"half an answer, once": {1, "", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", good.mediaType)
			w.Write(good.content[:10])
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}, ""},
		"never an answer": {always, "", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "does not answer (in 300ms)"},
		"403": {always, "", func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, 403, "DENIED", "requested access to the resource is denied")
		}, "access denied for " + f.host() + `/repo:latest: the repository does not exist, or it needs "mydocker login ` + f.host()},
		"401 without a way": {always, "", func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, 401, "UNAUTHORIZED", "authentication required")
		}, "says: unauthorized: authentication required"},
		"401, basic": {always, "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			refuse(w, 401, "UNAUTHORIZED", "authentication required")
		}, `wants to know who you are: "mydocker login ` + f.host()},
		"words with escapes": {always, "", func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, 404, "X", "\x1b[31mred\nline")
		}, `x: \x1b[31mred\nline`},
		"too long": {always, "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", good.mediaType)
			w.Write(make([]byte, 5<<20))
		}, "longer than 4194304 bytes"},
		"another content": {always, "@" + string(d.Digest), func(w http.ResponseWriter, _ *http.Request) { send(w, []byte("{}")) }, `received "sha256:44136f`},
		"another digest": {always, "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Docker-Content-Digest", "sha256:"+strings.Repeat("11", 32))
			send(w, good.content)
		}, "has the digest " + string(d.Digest)},
		"a digest that is none": {always, "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Docker-Content-Digest", "sha256:../../x")
			send(w, good.content)
		}, "Docker-Content-Digest"},
		"schema 1": {always, "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/vnd.docker.distribution.manifest.v1+prettyjws")
			io.WriteString(w, `{"schemaVersion":1}`)
		}, "schema 1"},
		"HTML": {always, "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<html>")
		}, "no JSON object"},
	} {
		t.Run(name, func(t *testing.T) {
			f.mutex.Lock()
			f.fault = first(row.times, http.MethodGet, "/manifests/", row.fault)
			clear(f.counts)
			f.mutex.Unlock()
			c := client(t, func(o *Options) {
				if strings.Contains(name, "answer") { // the others do not depend on how fast anything is
					o.Stall = 300 * time.Millisecond
				}
			})
			got, err := resolveAt(t, c, f.host(), row.name, "linux/amd64")
			switch {
			case row.fails == "" && (err != nil || got.digest != d.Digest):
				t.Errorf("%+v, %v", got, err)
			case row.fails != "" && (err == nil || !strings.Contains(err.Error(), row.fails)):
				t.Errorf("%v, want %q", err, row.fails)
			case err != nil && strings.ContainsAny(err.Error(), "\n\x1b"):
				t.Errorf("more than a line: %q", err)
			}
		})
	}
}

// A configuration is verified, and bounded before anything of it is read.
func TestFetchDocument(t *testing.T) {
	f := newFake(t, httptest.NewServer)
	d := f.add("0123456789")
	r := repositoryAt(t, client(t, nil), f.host())
	if got, err := r.fetchDocument(t.Context(), d); err != nil || string(got) != "0123456789" {
		t.Errorf("%q, %v", got, err)
	}
	f.blobs[string(d.Digest)] = []byte("0123456780")
	if _, err := r.fetchDocument(t.Context(), d); err == nil || !strings.Contains(err.Error(), "its content has the digest") {
		t.Error(err)
	}
	asked := len(f.log())
	d.Size = 5 << 20
	if _, err := r.fetchDocument(t.Context(), d); err == nil || !strings.Contains(err.Error(), "at most 4194304") || len(f.log()) != asked {
		t.Error(err)
	}
}

// A mirror is asked first, and where it fails the registry itself.
func TestMirrors(t *testing.T) {
	f, mirror := newFake(t, httptest.NewServer), newFake(t, httptest.NewServer)
	f.image("latest", "linux/amd64")
	c := client(t, func(o *Options) { o.Config.Mirrors = map[string][]string{f.host(): {mirror.URL}} })
	tags, err := c.Tags(t.Context(), image.Reference{Domain: f.host(), Path: "repo"})
	if err != nil || len(tags) != 1 || len(f.log()) != 0 || len(mirror.log()) == 0 {
		t.Errorf("%q, %v; %q, %q", tags, err, f.log(), mirror.log())
	}
	mirror.fault = func(w http.ResponseWriter, _ *http.Request, _ int) bool { w.WriteHeader(404); return true }
	tags, err = c.Tags(t.Context(), image.Reference{Domain: f.host(), Path: "repo"})
	if err != nil || len(tags) != 1 || !contains(f.log(), "GET /v2/repo/tags/list") {
		t.Errorf("%q, %v; %q", tags, err, f.log())
	}
}

// Names of hosts: which are this machine, and which may do without a certificate.
func TestInsecure(t *testing.T) {
	c := &Config{InsecureRegistries: []string{"lan.example", "port.example:5000", "10.1.0.0/16", "fd00::/8"}}
	for host, want := range map[string]bool{
		"localhost": true, "localhost:5000": true, "127.0.0.1:5000": true, "127.9.9.9": true, "[::1]:5000": true,
		"localhost.example": false, "127.0.0.1.example": false, "docker.io": false, "128.0.0.1": false,
		"lan.example": true, "lan.example:5000": true, "port.example:5000": true, "port.example": false, "port.example:5001": false,
		"10.1.2.3:5000": true, "10.2.2.3": false, "[fd00::1]:5000": true, "[fe80::1]": false, "[::ffff:127.0.0.1]:1": true,
	} {
		if got := c.insecure(host); got != want {
			t.Errorf("%s: %t", host, got)
		}
	}
}

var errNothing = errors.New("nothing")

func TestExplainOthers(t *testing.T) {
	_, kept := withRefusals(t.Context())
	r, _ := image.ParseReference("alpine")
	got := client(t, nil).explain(fmt.Errorf("write: %w", errNothing), r, endpoint{host: hub}, kept)
	if !errors.Is(got, errNothing) || got.Error() != "alpine:latest: write: nothing" {
		t.Error(got)
	}
}

// A list of tags on pages without end is not read for ever, nor kept.
func TestTagsWithoutEnd(t *testing.T) {
	f := newFake(t, httptest.NewServer)
	f.fault = func(w http.ResponseWriter, r *http.Request, n int) bool {
		w.Header().Set("Link", fmt.Sprintf(`<%s?page=%d>; rel="next"`, r.URL.Path, n))
		_, err := fmt.Fprintf(w, `{"name":"x","tags":["%s"]}`, strings.Repeat("t", 1<<20))
		return err == nil
	}
	_, err := client(t, nil).Tags(t.Context(), image.Reference{Domain: f.host(), Path: "x"})
	if err == nil || !strings.Contains(err.Error(), "the list of its tags is longer than 4194304 bytes") {
		t.Error(err)
	}
	if asked := len(f.log()); asked > 5 {
		t.Errorf("%d pages were read", asked)
	}
}
