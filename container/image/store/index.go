package store

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/mydocker/mydocker/container/image"
)

// indexFile is what other programs find images by (image-spec, image-layout.md).
const indexFile = "index.json"

// refName names an image. skopeo and podman take all that is behind the second colon of
// oci:DIR:NAME for it, so it is the whole name.
const refName = "org.opencontainers.image.ref.name"

const indexType = "application/vnd.oci.image.index.v1+json"

type index struct {
	SchemaVersion int     `json:"schemaVersion"`
	MediaType     string  `json:"mediaType"`
	Manifests     []entry `json:"manifests"`
}

type entry struct {
	image.Descriptor
	Annotations map[string]string `json:"annotations,omitempty"`
}

// writeIndex has the index say what the names and records say, under the mutex.
func (s *Store) writeIndex() error {
	old, wanted, err := s.indexes()
	if err != nil || bytes.Equal(old, wanted) {
		return err
	}
	if err := s.writeFile(indexFile, wanted); err != nil {
		return err
	}
	return s.syncDir("")
}

// indexes are the index that there is, and the one that there should be. An image or a name
// that is damaged is not in it.
func (s *Store) indexes() (old, wanted []byte, err error) {
	old, err = readFile(s.path(indexFile), maxIndex)
	if err != nil {
		old = nil // it is made anew
	}
	known := knownManifests(old)
	names, _ := s.readNames() //nolint:errcheck // the list of images and the check tell what is damaged
	records, err := s.list(image.RecordsDir)
	if err != nil {
		return nil, nil, err
	}
	slices.Sort(records)
	manifests := map[string]image.Descriptor{}
	for _, hex := range records {
		if manifest, err := s.manifest(hex, known); err == nil {
			manifests[hex] = manifest
		}
	}
	made := &index{SchemaVersion: 2, MediaType: indexType, Manifests: []entry{}}
	named := map[string]bool{}
	for _, name := range names {
		hex := name.Manifest.Hex()
		if manifest, found := manifests[hex]; found {
			named[hex] = true
			made.Manifests = append(made.Manifests, entry{manifest, map[string]string{refName: name.Name}})
		}
	}
	for _, hex := range records {
		if manifest, found := manifests[hex]; found && !named[hex] {
			made.Manifests = append(made.Manifests, entry{manifest, nil})
		}
	}
	wanted, err = json.Marshal(made)
	return old, append(wanted, '\n'), err
}

// maxIndex bounds the file.
const maxIndex = 64 << 20

// knownManifests are those of an index, so that not all records have to be read.
func knownManifests(content []byte) map[string]image.Descriptor {
	known := map[string]image.Descriptor{}
	var old index
	if json.Unmarshal(content, &old) != nil {
		return known
	}
	for _, manifest := range old.Manifests {
		if manifest.Validate() == nil && manifest.MediaType != "" {
			known[manifest.Digest.Hex()] = manifest.Descriptor
		}
	}
	return known
}

func (s *Store) manifest(hex string, known map[string]image.Descriptor) (image.Descriptor, error) {
	if manifest, found := known[hex]; found {
		return manifest, nil
	}
	digest, err := image.ParseDigest("sha256:" + hex)
	if err != nil {
		return image.Descriptor{}, err
	}
	record, err := s.layout.ReadRecord(digest)
	if err != nil {
		return image.Descriptor{}, err
	}
	return record.Manifest, nil
}
