package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/mydocker/mydocker/container/image"
)

// parseLayer reads a layer.json strictly.
func parseLayer(content []byte, into *layerRecord) error {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s cannot be read: %w", layerFile, err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return fmt.Errorf("%s cannot be read: there is something behind it", layerFile)
	}
	if into.Version != image.RecordVersion {
		return fmt.Errorf("%s: version %d is not known, only %d is", layerFile, into.Version, image.RecordVersion)
	}
	if into.Size < 0 || into.Tree.Entries < 0 {
		return fmt.Errorf("%s: a size is negative", layerFile)
	}
	_, err := image.ParseDigest(string(into.Key))
	if err == nil {
		_, err = image.ParseDigest(string(into.Tree.Digest))
	}
	return err
}
