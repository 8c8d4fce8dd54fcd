package store

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/utils"
)

// recordOf is what a record says that the documents of the store say: all but the index, and
// what is known of the layers since they were unpacked.
// mediaType is the manifest's, "" if that is not known.
func (s *Store) recordOf(digest image.Digest, mediaType string) (*image.Record, error) {
	content, err := s.ReadBlob(digest)
	if err != nil {
		return nil, fmt.Errorf("its manifest: %w", err)
	}
	document, err := manifest.Parse(mediaType, content)
	if err != nil {
		return nil, err
	}
	if document.Image == nil {
		return nil, fmt.Errorf("its manifest is an index")
	}
	text, err := s.ReadBlob(document.Image.Config.Digest)
	if err != nil {
		return nil, fmt.Errorf("its configuration: %w", err)
	}
	config, err := manifest.ParseConfig(text)
	if err == nil {
		err = config.CheckLayers(len(document.Image.Layers))
	}
	if err != nil {
		return nil, err
	}
	record := &image.Record{
		Version:  image.RecordVersion,
		Manifest: image.Descriptor{MediaType: document.MediaType, Digest: digest, Size: int64(len(content))},
		Config:   document.Image.Config, Platform: config.Platform, Created: config.Created, Run: config.Run,
	}
	for n, blob := range document.Image.Layers {
		record.Layers = append(record.Layers, image.Layer{DiffID: config.RootFS.DiffIDs[n], Blob: blob})
	}
	if document.MediaType == manifest.DockerManifest {
		_, oci, err := manifest.InOCIsWords(content)
		if err != nil {
			return nil, err
		}
		record.OCI = &oci
	}
	return record, nil
}

// rebuild makes the record of an image anew. All of its blobs and layers have to be there.
func (c *checker) rebuild(digest image.Digest) error {
	record, err := c.store.recordOf(digest, "")
	if err != nil {
		return err
	}
	chain := image.Digest("")
	for n := range record.Layers {
		layer := &record.Layers[n]
		chain = chainID(chain, layer.DiffID)
		if err := c.store.findLayer(layer, chain); err != nil {
			return err
		}
		record.Size += layer.Size
	}
	lease, err := c.store.Lease()
	if err != nil {
		return err
	}
	defer lease.Close() //nolint:errcheck // it holds what is the image's now
	if err := c.store.decide(func() error { return c.store.dropRecord(digest) }); err != nil {
		return err
	}
	if err := lease.Commit(record); err != nil {
		return err
	}
	c.records[digest] = record
	return nil
}

// dropRecord removes a record that is damaged. Who uses the image has it locked, so then it is
// left alone.
func (s *Store) dropRecord(digest image.Digest) error {
	path := s.layout.Record(digest)
	record, err := openFile(path, unix.O_RDONLY)
	if err != nil {
		return utils.Ignore(err, fs.ErrNotExist)
	}
	got, err := tryLock(record, unix.LOCK_EX)
	if err == nil && !got {
		err = &InUseError{digest, "a container or command that runs"}
	}
	if err == nil {
		err = os.Remove(path)
	}
	return errors.Join(err, record.Close())
}

// chainID is that of a layer on others (image-spec, config.md).
func chainID(below, diffID image.Digest) image.Digest {
	if below == "" {
		return diffID
	}
	sum := sha256.Sum256([]byte(string(below) + " " + string(diffID)))
	return image.NewDigest(sum[:])
}

// findLayer finds out by which key a layer was unpacked, and its size.
func (s *Store) findLayer(layer *image.Layer, chain image.Digest) error {
	variants, err := s.variants()
	if err != nil {
		return err
	}
	for _, variant := range variants {
		for _, key := range []image.Digest{layer.DiffID, chain} {
			about, err := s.readLayer(s.layout.LayerDir(key, variant))
			if err != nil || about == nil || about.Key != key {
				continue
			}
			layer.Size = about.Size
			if key != layer.DiffID {
				layer.Chain = key
			}
			return nil
		}
	}
	return fmt.Errorf("its layer %s is not unpacked", layer.DiffID.Short())
}
