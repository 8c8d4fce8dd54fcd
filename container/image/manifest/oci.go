package manifest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
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
	written := *document.Image
	written.Config.MediaType = OCIConfig
	for i := range written.Layers {
		written.Layers[i].MediaType = OCILayerType(written.Layers[i].MediaType)
	}
	if content, err = Make(&written); err != nil {
		return nil, image.Descriptor{}, err
	}
	return content, image.Descriptor{MediaType: OCIManifest, Digest: DigestOf(content), Size: int64(len(content))}, nil
}

// Make makes the OCI manifest of an image.
func Make(i *Image) ([]byte, error) {
	document := struct {
		SchemaVersion int                `json:"schemaVersion"`
		MediaType     string             `json:"mediaType"`
		Config        image.Descriptor   `json:"config"`
		Layers        []image.Descriptor `json:"layers"`
	}{2, OCIManifest, i.Config, i.Layers}
	if document.Layers == nil {
		document.Layers = []image.Descriptor{} // null is no list
	}
	content, err := json.Marshal(&document)
	if err != nil {
		return nil, fmt.Errorf("make the manifest: %w", err)
	}
	return content, nil
}

// DigestOf is the digest of a document.
func DigestOf(content []byte) image.Digest {
	sum := sha256.Sum256(content)
	return image.NewDigest(sum[:])
}

// OCILayerType is the type of a layer in OCI's words.
func OCILayerType(mediaType string) string {
	compression, docker := strings.CutPrefix(mediaType, "application/vnd.docker.image.rootfs.diff.tar")
	if !docker {
		return mediaType
	}
	return OCILayer + strings.Replace(compression, ".", "+", 1)
}
