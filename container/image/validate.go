package image

import (
	"fmt"

	"github.com/mydocker/mydocker/utils"
)

// Validate reports what is wrong with a record. All that becomes part of a path is right then.
func (r *Record) Validate() error {
	if err := CheckVersion(r.Version); err != nil {
		return err
	}
	if len(r.Layers) > maxLayers {
		return fmt.Errorf("it has %d layers", len(r.Layers))
	}
	blobs := []Descriptor{r.Manifest, r.Config}
	if r.OCI != nil {
		blobs = append(blobs, *r.OCI)
	}
	digests := []Digest{}
	if r.Index != "" {
		digests = append(digests, r.Index)
	}
	sizes := []int64{r.Size}
	for n := range r.Layers {
		l := &r.Layers[n]
		blobs = append(blobs, l.Blob)
		digests = append(digests, l.DiffID, l.Key())
		sizes = append(sizes, l.Size)
	}
	for _, blob := range blobs {
		if err := blob.Validate(); err != nil {
			return err
		}
	}
	for _, digest := range digests {
		if _, err := ParseDigest(string(digest)); err != nil {
			return err
		}
	}
	for _, size := range sizes {
		if size < 0 {
			return fmt.Errorf("%d is no size", size)
		}
	}
	return nil
}

// Validate reports what is wrong with a descriptor.
func (d *Descriptor) Validate() error {
	if d.Size < 0 {
		return fmt.Errorf("blob %q: %d is no size", utils.Shortened(string(d.Digest)), d.Size)
	}
	_, err := ParseDigest(string(d.Digest))
	return err
}

// ParseRecord reads the record of an image.
func ParseRecord(content []byte, manifest Digest) (*Record, error) {
	record := &Record{}
	return record, record.parse(content, manifest)
}
