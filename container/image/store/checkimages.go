package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/utils"
)

// names reads all names and records. A record that is missing or damaged is made anew from
// the image's documents, if those are right; otherwise the image is removed.
func (c *checker) names() error {
	s := c.store
	c.records, c.named = map[image.Digest]*image.Record{}, map[image.Digest]string{}
	files, err := s.layout.NameFiles()
	if err != nil {
		return err
	}
	for _, file := range files {
		c.name(file)
	}
	records, err := s.list(image.RecordsDir)
	for _, file := range records {
		c.record(file)
	}
	return err
}

func (c *checker) name(file string) {
	s := c.store
	path := s.path(image.NamesDir, file)
	name, err := s.layout.ReadName(file)
	if err == nil {
		if _, err = os.Lstat(s.layout.Record(name.Manifest)); err == nil {
			c.named[name.Manifest] = name.Name
			return
		}
		if _, gone := s.layout.ReadName(file); errors.Is(gone, fs.ErrNotExist) {
			return // it was removed meanwhile
		}
		c.add(Problem{What: name.Name, Text: "the image that it names has no record"}, func() (string, error) {
			if c.rebuild(name.Manifest) == nil {
				return "made anew", nil
			}
			return "removed: pull or load it again", c.removeFile(path)
		})
		return
	}
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	c.add(Problem{What: path, Text: plain(err)}, func() (string, error) { return "removed: the name is lost", c.removeFile(path) })
}

// plain is an error without what helps: that is being done.
func plain(err error) string {
	var damaged *image.DamagedError
	if errors.As(err, &damaged) {
		return damaged.Err.Error()
	}
	return err.Error()
}

func (c *checker) removeFile(path string) error {
	return c.store.decide(func() error { return utils.Ignore(os.Remove(path), fs.ErrNotExist) })
}

func (c *checker) record(file string) {
	s := c.store
	path := s.path(image.RecordsDir, file)
	digest, err := image.ParseDigest("sha256:" + file)
	if err != nil {
		c.add(Problem{What: path, Text: "it is not mydocker's"}, nil)
		return
	}
	record, err := s.layout.ReadRecord(digest)
	if err == nil {
		c.records[digest] = record
		return
	}
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	c.add(Problem{What: c.describe(digest), Text: plain(err)}, func() (string, error) {
		if c.rebuild(digest) == nil {
			return "its record was made anew", nil
		}
		return removedText, s.decide(func() error { return s.removeImage(digest) })
	})
}

const removedText = "the image was removed: pull or load it again"

// describe names an image for people.
func (c *checker) describe(digest image.Digest) string {
	if name := c.named[digest]; name != "" {
		return "image " + name
	}
	return "image " + digest.Short()
}

// images looks whether the blobs of each image are right, and whether its record says what
// its documents say.
func (c *checker) images() error {
	c.damagedGarbage()
	for digest, record := range c.records {
		err := c.image(record)
		if err == nil {
			continue
		}
		if _, gone := os.Lstat(c.store.layout.Record(digest)); gone != nil {
			continue // it was removed meanwhile
		}
		delete(c.records, digest)
		c.add(Problem{What: c.describe(digest), Text: err.Error()}, func() (string, error) { return c.removeDamaged(record) })
	}
	return nil
}

// removeDamaged removes an image that cannot be made again, and its damaged blobs: otherwise
// the next pull would find them.
func (c *checker) removeDamaged(record *image.Record) (string, error) {
	err := c.store.decide(func() error { return c.store.removeImage(record.Manifest.Digest) })
	for _, blob := range blobsOf(record) {
		if err == nil && c.damaged[blob.Digest.Hex()] != nil {
			err = c.removeBlob(c.store.layout.Blob(blob.Digest))
		}
	}
	return removedText, err
}

func (c *checker) image(record *image.Record) error {
	c.oci(record)
	for _, blob := range blobsOf(record) {
		hex := blob.Digest.Hex()
		size, right := c.sizes[hex]
		switch {
		case c.damaged[hex] != nil:
			return fmt.Errorf("its blob %s is damaged: %w", blob.Digest.Short(), c.damaged[hex])
		case !right:
			if _, err := os.Lstat(c.store.layout.Blob(blob.Digest)); err != nil {
				return fmt.Errorf("its blob %s is missing", blob.Digest.Short())
			} // it has come meanwhile, verified
		case blob.Size > 0 && blob.Size != size:
			return fmt.Errorf("its blob %s has %d bytes, and the record says %d", blob.Digest.Short(), size, blob.Size)
		}
		if path := c.store.layout.Blob(blob.Digest); !isMarked(path) {
			c.add(Problem{What: path, Text: "it is not known to be on the disk"}, func() (string, error) { return "synced", c.mark(path) })
		}
	}
	return c.documents(record)
}

// oci looks whether the manifest for other programs is there, which can be made again.
func (c *checker) oci(record *image.Record) {
	if record.OCI == nil {
		return
	}
	hex := record.OCI.Digest.Hex()
	if _, right := c.sizes[hex]; right {
		return
	}
	path := c.store.layout.Blob(record.OCI.Digest)
	c.add(Problem{What: path, Text: "the manifest of " + c.describe(record.Manifest.Digest) + " for other programs is missing or damaged"}, func() (string, error) {
		if err := c.removeBlob(path); err != nil {
			return "", err
		}
		lease, err := c.store.Lease()
		if err == nil {
			copied := *record
			err = errors.Join(lease.Commit(&copied), lease.Close())
		}
		return "made anew", err
	})
	delete(c.damaged, hex)
	c.sizes[hex] = record.OCI.Size
}

// documents compares a record with the manifest and the configuration.
func (c *checker) documents(record *image.Record) error {
	made, err := c.store.recordOf(record.Manifest.Digest, record.Manifest.MediaType)
	if err != nil {
		return err
	}
	if record.Index != "" {
		content, err := c.store.ReadBlob(record.Index)
		if err == nil {
			_, err = manifest.Parse("", content)
		}
		if err != nil {
			return fmt.Errorf("its index: %w", err)
		}
	}
	same := forOthers(made) == forOthers(record) && made.Config.Digest == record.Config.Digest && made.Manifest.Size == record.Manifest.Size &&
		slices.EqualFunc(made.Layers, record.Layers, func(a, b image.Layer) bool {
			return a.DiffID == b.DiffID && a.Blob.Digest == b.Blob.Digest
		})
	if !same {
		return errors.New("its record does not say what its manifest and configuration say")
	}
	return nil
}
