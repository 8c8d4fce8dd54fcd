package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/mydocker/mydocker/container/image"
)

// parseLayer reads a layer.json strictly.
func parseLayer(content []byte, into *layerRecord) error {
	if err := parse(content, into); err != nil {
		return err
	}
	if err := checkVersion(into.Version); err != nil {
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

// parse reads JSON that mydocker has written: one value, in which nothing is unknown.
func parse(content []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("it cannot be read: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("something is behind its end")
	}
	return nil
}

func checkVersion(version int) error {
	if version != image.RecordVersion {
		return fmt.Errorf("it is of version %d, and this mydocker knows %d", version, image.RecordVersion)
	}
	return nil
}
