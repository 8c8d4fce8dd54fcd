// Package manifest reads the documents that describe an image: index, manifest and
// configuration, as OCI (image-spec) and Docker (schema 2) have them. A document comes from
// whoever made the image; what it says is checked before anybody uses it.
package manifest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/container/image"
)

// The media types of the documents.
const (
	OCIIndex       = "application/vnd.oci.image.index.v1+json"
	OCIManifest    = "application/vnd.oci.image.manifest.v1+json"
	OCIConfig      = "application/vnd.oci.image.config.v1+json"
	OCILayer       = "application/vnd.oci.image.layer.v1.tar" // with "+gzip" or "+zstd" behind it
	DockerIndex    = "application/vnd.docker.distribution.manifest.list.v2+json"
	DockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
	DockerConfig   = "application/vnd.docker.container.image.v1+json"
)

// Types are those of an index and of a manifest, as a registry is asked for them.
func Types() []string { return []string{OCIIndex, OCIManifest, DockerIndex, DockerManifest} }

// Document is an index or the manifest of an image: one of both is nil.
type Document struct {
	MediaType string
	Index     *Index
	Image     *Image
}

// Image is the manifest of an image.
type Image struct {
	Config image.Descriptor
	// Layers are from the lowest up.
	Layers []image.Descriptor
}

// Index names a manifest for each platform.
type Index struct{ Manifests []Entry }

// Entry is a manifest, or another index, in an index.
type Entry struct {
	image.Descriptor
	// Platform is nil where the index says none.
	Platform    *image.Platform   `json:"platform"`
	Annotations map[string]string `json:"annotations"`
}

// Parse reads an index or a manifest. mediaType is what the source says that it is, "" for
// nothing. A document that could be read as both is refused (CVE-2021-41190).
func Parse(mediaType string, content []byte) (*Document, error) {
	fields := map[string]json.RawMessage{} // whose names are exact, unlike those of a struct
	if err := json.Unmarshal(content, &fields); err != nil {
		return nil, fmt.Errorf("the manifest is no JSON object: %w", err)
	}
	inside, version := "", 0
	if err := decode(fields, "mediaType", &inside); err != nil {
		return nil, err
	}
	if err := decode(fields, "schemaVersion", &version); err != nil {
		return nil, err
	}
	if version == 1 || isSchema1(mediaType) || isSchema1(inside) {
		return nil, fmt.Errorf("the manifest is of Docker's schema 1, which was given up in 2017: push the image again with a newer program")
	}
	if version != 2 {
		return nil, fmt.Errorf("the manifest has schemaVersion %d, and only 2 is known", version)
	}
	mediaType, err := oneType(mediaType, inside, fields)
	if err != nil {
		return nil, err
	}
	document := &Document{MediaType: mediaType}
	if isIndex(mediaType) {
		document.Index, err = parseIndex(fields)
	} else {
		document.Image, err = parseImage(fields)
	}
	if err != nil {
		return nil, err
	}
	return document, nil
}

// oneType is the type on which the source and the document itself agree, and which the
// fields fit.
func oneType(said, inside string, fields map[string]json.RawMessage) (string, error) {
	_, hasManifests := fields["manifests"]
	for _, name := range []string{"layers", "config", "fsLayers"} {
		if _, found := fields[name]; found && hasManifests {
			return "", fmt.Errorf("the document is an index and a manifest at the same time")
		}
	}
	if !slices.Contains(Types(), said) { // as application/json, or text/plain
		said = ""
	}
	switch {
	case inside != "" && !slices.Contains(Types(), inside):
		return "", fmt.Errorf("the document is of type %q, which is no image", inside)
	case said != "" && inside != "" && said != inside:
		return "", fmt.Errorf("the document says that it is %q, its source that it is %q", inside, said)
	case inside != "":
		said = inside
	case said == "" && hasManifests:
		said = OCIIndex
	case said == "":
		said = OCIManifest
	}
	if isIndex(said) != hasManifests {
		return "", fmt.Errorf("the document is no %q: its fields are not those of one", said)
	}
	return said, nil
}

func isIndex(mediaType string) bool { return mediaType == OCIIndex || mediaType == DockerIndex }

func isSchema1(mediaType string) bool {
	return strings.HasPrefix(mediaType, "application/vnd.docker.distribution.manifest.v1+")
}

func parseIndex(fields map[string]json.RawMessage) (*Index, error) {
	index := &Index{}
	if err := decode(fields, "manifests", &index.Manifests); err != nil {
		return nil, err
	}
	for n := range index.Manifests {
		if err := check(&index.Manifests[n].Descriptor, "manifest"); err != nil {
			return nil, err
		}
	}
	return index, nil
}

func parseImage(fields map[string]json.RawMessage) (*Image, error) {
	manifest := &Image{}
	if err := decode(fields, "config", &manifest.Config); err != nil {
		return nil, err
	}
	if err := decode(fields, "layers", &manifest.Layers); err != nil {
		return nil, err
	}
	if err := checkConfigType(fields, manifest.Config.MediaType); err != nil {
		return nil, err
	}
	if err := check(&manifest.Config, "configuration"); err != nil {
		return nil, err
	}
	for n := range manifest.Layers {
		layer := &manifest.Layers[n]
		if err := check(layer, "layer"); err != nil {
			return nil, err
		}
		if err := CheckLayerType(layer.MediaType); err != nil {
			return nil, fmt.Errorf("layer %s: %w", layer.Digest.Short(), err)
		}
	}
	return manifest, nil
}

// checkConfigType refuses what is in registries and no image: charts, signatures, and so on.
// The types that are no configuration's are those that Docker takes for one, because
// registries have once changed them.
func checkConfigType(fields map[string]json.RawMessage, mediaType string) error {
	artifact := ""
	if err := decode(fields, "artifactType", &artifact); err != nil {
		return err
	}
	switch mediaType {
	case OCIConfig, DockerConfig:
		return nil
	case "", "application/octet-stream", "application/json", "text/html":
		if artifact == "" {
			return nil
		}
	}
	if artifact == "" {
		artifact = mediaType
	}
	return fmt.Errorf("it is no image of a container but an artifact of type %q", artifact)
}

// CheckLayerType refuses layers that cannot be unpacked, by name. How a layer is compressed,
// its content tells.
func CheckLayerType(mediaType string) error {
	kind, suffix, _ := strings.Cut(mediaType, ".tar")
	switch kind {
	case "application/vnd.oci.image.layer.v1", "application/vnd.docker.image.rootfs.diff":
		if slices.Contains([]string{"", "+gzip", "+zstd", ".gzip", ".zstd"}, suffix) {
			return nil
		}
	case "application/vnd.oci.image.layer.nondistributable.v1", "application/vnd.docker.image.rootfs.foreign.diff":
		return fmt.Errorf("it is a foreign layer (%s), which is not in the registry but at an address that the image names; mydocker fetches nothing from there", mediaType)
	}
	return fmt.Errorf("a layer of type %q is not known", mediaType)
}

// check checks a descriptor: its digest becomes part of a path.
func check(d *image.Descriptor, what string) error {
	if _, err := image.ParseDigest(string(d.Digest)); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if d.Size < 0 {
		return fmt.Errorf("%s %s: its size is %d", what, d.Digest.Short(), d.Size)
	}
	return nil
}

// decode reads a field, if it is there.
func decode(fields map[string]json.RawMessage, name string, value any) error {
	content, found := fields[name]
	if !found {
		return nil
	}
	if err := json.Unmarshal(content, value); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
