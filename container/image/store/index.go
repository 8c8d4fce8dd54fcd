package store

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/container/image"
)

// indexFile is what other programs find images by (image-spec, image-layout.md).
const indexFile = "index.json"

// refName names an image. skopeo and podman take all that is behind the second colon of
// oci:DIR:NAME for it, so it is the whole name.
const refName = "org.opencontainers.image.ref.name"

// ownManifest says which image it is, where the manifest is not the image's own.
const ownManifest = "com.github.mydocker.manifest"

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

// indexes are the index that there is, and the one that there should be after a change. An
// image or a name that is damaged is not in it.
func (s *Store) indexes(c *change) (old, wanted []byte, err error) {
	old, err = readFile(s.path(indexFile), maxIndex)
	if err != nil {
		old = nil // it is made anew
	}
	manifests, err := s.manifestsAfter(c, knownManifests(old))
	if err != nil {
		return nil, nil, err
	}
	made := &index{SchemaVersion: 2, MediaType: indexType, Manifests: []entry{}}
	named := map[image.Digest]bool{}
	for _, name := range s.namesAfter(c) {
		if manifest, found := manifests[name.Manifest]; found {
			named[name.Manifest] = true
			made.add(name.Manifest, manifest, name.Name)
		}
	}
	for _, digest := range slices.Sorted(maps.Keys(manifests)) {
		if !named[digest] {
			made.add(digest, manifests[digest], "")
		}
	}
	wanted, err = json.Marshal(made)
	return old, append(wanted, '\n'), err
}

// add adds an image, by its own digest and the manifest that others take.
func (i *index) add(digest image.Digest, manifest image.Descriptor, name string) {
	e := entry{manifest, map[string]string{}}
	if name != "" {
		e.Annotations[refName] = name
	}
	if digest != manifest.Digest {
		e.Annotations[ownManifest] = string(digest)
	}
	i.Manifests = append(i.Manifests, e)
}

// namesAfter are all names after a change, sorted.
func (s *Store) namesAfter(c *change) []image.NameRecord {
	names, _ := s.readNames() //nolint:errcheck // the list of images and the check tell what is damaged
	gone := map[string]bool{}
	for _, name := range slices.Concat(c.untagged, c.names) {
		gone[name.String()] = true
	}
	names = slices.DeleteFunc(names, func(name image.NameRecord) bool { return gone[name.Name] })
	for _, name := range c.names {
		names = append(names, image.NameRecord{Name: name.String(), Manifest: c.manifest})
	}
	slices.SortFunc(names, func(a, b image.NameRecord) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(names, func(a, b image.NameRecord) bool { return a.Name == b.Name })
}

// manifestsAfter are the manifests of all images after a change.
func (s *Store) manifestsAfter(c *change, known map[image.Digest]image.Descriptor) (map[image.Digest]image.Descriptor, error) {
	digests, err := s.layout.Manifests()
	manifests := make(map[image.Digest]image.Descriptor, len(digests)+1)
	for _, digest := range digests {
		if manifest, found := known[digest]; found {
			manifests[digest] = manifest
		} else if record, err := s.layout.ReadRecord(digest); err == nil {
			manifests[digest] = forOthers(record)
		}
	}
	if c.record != nil {
		manifests[c.manifest] = forOthers(c.record)
	}
	delete(manifests, c.removed)
	return manifests, err
}

// forOthers is the manifest of an image that other programs take.
func forOthers(record *image.Record) image.Descriptor {
	if record.OCI != nil {
		return *record.OCI
	}
	return record.Manifest
}

// maxIndex bounds the file.
const maxIndex = 64 << 20

// knownManifests are those of an index, so that not all records have to be read.
func knownManifests(content []byte) map[image.Digest]image.Descriptor {
	known := map[image.Digest]image.Descriptor{}
	var old index
	if json.Unmarshal(content, &old) != nil {
		return known
	}
	for _, manifest := range old.Manifests {
		if manifest.Validate() == nil && manifest.MediaType != "" {
			known[cmp.Or(image.Digest(manifest.Annotations[ownManifest]), manifest.Digest)] = manifest.Descriptor
		}
	}
	return known
}
