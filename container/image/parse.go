package image

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const (
	// MaxRecord is how long a record may be, in bytes.
	MaxRecord = 4 << 20
	// MaxLayers is how many layers an image may have: overlayfs takes no more (OVL_MAX_STACK).
	MaxLayers = 500
)

// ParseRecord reads a Record strictly: all of its digests may be parts of paths then.
func ParseRecord(content []byte) (*Record, error) {
	record := new(Record)
	if err := parse(content, record); err != nil {
		return nil, fmt.Errorf("not a record of an image: %w", err)
	}
	return record, record.Validate()
}

// Validate reports what is wrong with a record.
func (r *Record) Validate() error {
	if r.Version != RecordVersion {
		return fmt.Errorf("version %d of a record is not known, only %d is", r.Version, RecordVersion)
	}
	if len(r.Layers) > MaxLayers {
		return fmt.Errorf("%d layers, and overlayfs takes %d", len(r.Layers), MaxLayers)
	}
	blobs := []Descriptor{r.Manifest, r.Config}
	for n := range r.Layers {
		l := &r.Layers[n]
		if _, err := ParseDigest(string(l.DiffID)); err != nil {
			return fmt.Errorf("layer %d: diff id: %w", n+1, err)
		}
		if l.Chain != "" {
			if _, err := ParseDigest(string(l.Chain)); err != nil {
				return fmt.Errorf("layer %d: chain: %w", n+1, err)
			}
		}
		if l.Size < 0 {
			return fmt.Errorf("layer %d: %d is no size", n+1, l.Size)
		}
		blobs = append(blobs, l.Blob)
	}
	for _, blob := range blobs {
		if err := blob.Validate(); err != nil {
			return err
		}
	}
	if r.Index != "" {
		if _, err := ParseDigest(string(r.Index)); err != nil {
			return fmt.Errorf("index: %w", err)
		}
	}
	if r.Size < 0 {
		return fmt.Errorf("%d is no size", r.Size)
	}
	return nil
}

// Validate reports what is wrong with a descriptor.
func (d *Descriptor) Validate() error {
	if _, err := ParseDigest(string(d.Digest)); err != nil {
		return err
	}
	if d.Size < 0 {
		return fmt.Errorf("blob %s: %d is no size", d.Digest, d.Size)
	}
	return nil
}

// ParseName reads a NameRecord strictly.
func ParseName(content []byte) (*NameRecord, error) {
	name := new(NameRecord)
	if err := parse(content, name); err != nil {
		return nil, fmt.Errorf("not a record of a name: %w", err)
	}
	if name.Version != RecordVersion {
		return nil, fmt.Errorf("version %d of a name is not known, only %d is", name.Version, RecordVersion)
	}
	if name.Name == "" {
		return nil, errors.New("the name is missing")
	}
	_, err := ParseDigest(string(name.Manifest))
	return name, err
}

// parse takes what it knows and refuses the rest.
func parse(content []byte, into any) error {
	if len(content) > MaxRecord {
		return fmt.Errorf("more than %d bytes", MaxRecord)
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("there is something behind it")
	}
	return nil
}
