package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mydocker/mydocker/container/image"
)

// layers looks whether each layer is as it was unpacked, and each image has all of its layers.
func (c *checker) layers() error {
	users := map[string][]*image.Record{} // by the name of a layer's directory
	for _, record := range c.records {
		for n := range record.Layers {
			name := layerName(record.Layers[n].Key())
			users[name] = append(users[name], record)
		}
	}
	variants, err := c.store.variants()
	if err != nil {
		return err
	}
	found := map[string]bool{}
	for _, variant := range variants {
		names, err := c.store.list(filepath.Join(image.LayersDir, filepath.Base(c.store.layout.Layers(variant))))
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := c.ctx.Err(); err != nil {
				return err
			}
			if c.layer(variant, name, users[name]) {
				found[name] = true
			}
		}
	}
	c.missingLayers(found)
	return nil
}

// layer looks at one layer, and reports whether the images that need it have it.
func (c *checker) layer(variant image.Variant, name string, users []*image.Record) bool {
	path := filepath.Join(c.store.layout.Layers(variant), name)
	err := c.store.checkLayer(path, name)
	if err == nil || len(users) == 0 || errors.Is(err, fs.ErrNotExist) {
		return err == nil
	}
	c.add(Problem{What: path, Text: plain(err)}, func() (string, error) { return c.repairLayer(variant, path, users) })
	return true // said
}

// checkLayer reports what is wrong with a layer.
func (s *Store) checkLayer(path, name string) error {
	about, err := s.readLayer(path)
	if err != nil {
		return err
	}
	if about == nil {
		if _, err := os.Lstat(path); err != nil {
			return err
		}
		return fmt.Errorf("%s is missing", layerFile)
	}
	if layerName(about.Key) != name {
		return fmt.Errorf("it is the layer %s", about.Key)
	}
	root, err := os.Open(filepath.Join(path, image.LayerRoot))
	if err != nil {
		if _, gone := os.Lstat(path); gone != nil {
			return gone
		}
		return errors.New(err.Error()) // the layer is there, and its root is not
	}
	now, err := s.readTree(root)
	if err = errors.Join(err, root.Close()); err != nil {
		return err
	}
	switch {
	case now.Entries != about.Tree.Entries:
		return fmt.Errorf("it has %d entries, and had %d when it was unpacked", now.Entries, about.Tree.Entries)
	case now.Digest != about.Tree.Digest:
		return errors.New("a name, mode, owner, size, time or attribute has changed since it was unpacked")
	}
	return nil
}

// repairLayer unpacks a layer anew, unless an image that needs it is in use.
func (c *checker) repairLayer(variant image.Variant, path string, users []*image.Record) (string, error) {
	err := c.store.decide(func() error {
		var locks []*os.File
		defer func() { closeAll(locks) }()
		for _, record := range users {
			lock, err := c.store.lockUnused(record.Manifest.Digest)
			if err != nil {
				return err
			}
			locks = append(locks, lock)
		}
		return c.store.toTrash(path)
	})
	if err != nil {
		return "", err
	}
	if err := c.store.emptyTrash(c.ctx); err != nil {
		return "", err
	}
	return c.unpack(users[0], variant)
}

func (c *checker) unpack(record *image.Record, variant image.Variant) (string, error) {
	if c.repair.Unpack == nil {
		return "removed: the next run unpacks it", nil
	}
	if err := c.repair.Unpack(c.ctx, record, variant); err != nil {
		return "", fmt.Errorf("unpack it again: %w", err)
	}
	return "unpacked again", nil
}

// missingLayers tells of layers that are not unpacked for anybody.
func (c *checker) missingLayers(found map[string]bool) {
	for digest, record := range c.records {
		for n := range record.Layers {
			layer := &record.Layers[n]
			if found[layerName(layer.Key())] {
				continue
			}
			if _, gone := os.Lstat(c.store.layout.Record(digest)); gone != nil {
				break // it was removed meanwhile
			}
			found[layerName(layer.Key())] = true // it is told once
			c.add(Problem{What: c.describe(digest), Text: "its layer " + layer.DiffID.Short() + " is not unpacked"},
				func() (string, error) { return c.unpack(record, "") })
		}
	}
}
