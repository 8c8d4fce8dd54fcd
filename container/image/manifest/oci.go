package manifest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/container/image"
)

// InOCIsWords is Docker's manifest of an image as OCI writes it: programs that know OCI image
// layouts alone do not know the other. Configuration and layers stay the same.
func InOCIsWords(content []byte) ([]byte, image.Descriptor, error) {
	document, err := Parse(DockerManifest, content)
	if err != nil {
		return nil, image.Descriptor{}, err
	}
	written := struct {
		SchemaVersion int                `json:"schemaVersion"`
		MediaType     string             `json:"mediaType"`
		Config        image.Descriptor   `json:"config"`
		Layers        []image.Descriptor `json:"layers"`
	}{2, OCIManifest, document.Image.Config, slices.Clone(document.Image.Layers)}
	written.Config.MediaType = OCIConfig
	for i := range written.Layers {
		written.Layers[i].MediaType = ociLayerType(written.Layers[i].MediaType)
	}
	if content, err = json.Marshal(written); err != nil {
		return nil, image.Descriptor{}, fmt.Errorf("manifest: %w", err)
	}
	sum := sha256.Sum256(content)
	return content, image.Descriptor{MediaType: OCIManifest, Digest: image.NewDigest(sum[:]), Size: int64(len(content))}, nil
}

// ociLayerType is the type of a layer in OCI's words.
func ociLayerType(mediaType string) string {
	compression, docker := strings.CutPrefix(mediaType, "application/vnd.docker.image.rootfs.diff.tar")
	if !docker {
		return mediaType
	}
	return "application/vnd.oci.image.layer.v1.tar" + strings.Replace(compression, ".", "+", 1)
}
