package store

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
)

// A layer.json of anything is refused, or is about a layer that can have been written.
func FuzzParseLayer(f *testing.F) {
	digest := string(manifest.DigestOf(nil))
	f.Add([]byte(`{"version":1,"key":"` + digest + `","size":1,"tree":{"entries":1,"digest":"` + digest + `"}}`))
	f.Add([]byte(`{"version":1,"key":"sha256:../..","size":-1}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		about := &layerRecord{}
		if parseLayer(content, about) != nil {
			return
		}
		again, err := json.Marshal(about)
		must(t, err)
		other := &layerRecord{}
		if err := parseLayer(again, other); err != nil || *other != *about {
			t.Errorf("%+v, then %+v, %v", about, other, err)
		}
	})
}

// An index.json of anything gives no manifest that is not one.
func FuzzKnownManifests(f *testing.F) {
	f.Add([]byte(`{"manifests":[{"mediaType":"x","digest":"` + string(manifest.DigestOf(nil)) + `","size":1}]}`))
	f.Add([]byte(`{"manifests":[{"mediaType":"x","digest":"sha256:..","size":-1}]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		for digest, manifest := range knownManifests(content) {
			if _, err := image.ParseDigest(string(manifest.Digest)); err != nil || manifest.Size < 0 || manifest.MediaType == "" {
				t.Errorf("%q: %+v", digest, manifest)
			}
		}
	})
}

// Which image a container needs is told, or that it cannot be.
func FuzzKept(f *testing.F) {
	f.Add([]byte(`{"version":1,"manifest":"` + string(manifest.DigestOf(nil)) + `","unknown":[]}`))
	f.Add([]byte(`{"manifest":7}`))
	s, err := Open(f.TempDir())
	must(f, err)
	dir := s.state + "/" + containersDir + "/0123456789ab"
	must(f, os.MkdirAll(dir, 0o700))
	f.Fuzz(func(t *testing.T, content []byte) {
		must(t, os.WriteFile(dir+"/"+containerFile, content, 0o600))
		kept, err := s.kept()
		if err == nil && len(kept) != 1 {
			t.Errorf("%v", kept)
		}
	})
}
