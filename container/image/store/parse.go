package store

import (
	"errors"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/utils"
)

// parseLayer reads a layer.json strictly.
func parseLayer(content []byte, into *layerRecord) error {
	if err := utils.DecodeStrictly(content, into); err != nil {
		return err
	}
	if err := image.CheckVersion(into.Version); err != nil {
		return err
	}
	if into.Size < 0 || into.Tree.Entries < 0 {
		return errors.New("a size is negative")
	}
	_, err := image.ParseDigest(string(into.Key))
	if err == nil {
		_, err = image.ParseDigest(string(into.Tree.Digest))
	}
	return err
}
