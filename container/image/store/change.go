package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/utils"
)

// change is what is to change of names and records. All of it is written beside before the
// first file gets its name: a full disk changes nothing.
type change struct {
	// record is that of an image that comes, nil for none.
	record *image.Record
	// names are what manifest is named by from now on.
	manifest image.Digest
	names    []image.Reference
	// untagged are names that go, removed is an image that goes, "" for none.
	untagged []image.Reference
	removed  image.Digest

	written []pending
}

// pending is a file that is written, and has no name yet.
type pending struct{ beside, name string }

// apply makes the change, under the mutex.
func (s *Store) apply(c *change) error {
	err := s.writeChange(c)
	if err == nil {
		err = s.takeAway(c)
	}
	for n := 0; n < len(c.written) && err == nil; n++ {
		if err = os.Rename(s.path(c.written[n].beside), s.path(c.written[n].name)); err == nil {
			err = s.syncDir(filepath.Dir(c.written[n].name))
		}
	}
	if err == nil {
		return nil
	}
	for _, file := range c.written {
		err = errors.Join(err, utils.Ignore(os.Remove(s.path(file.beside)), fs.ErrNotExist))
	}
	return err
}

// writeChange writes all that is new: the record first, so that no name leads to nothing.
func (s *Store) writeChange(c *change) error {
	if c.record != nil {
		if err := s.addJSON(c, image.RecordsDir+"/"+c.record.Manifest.Digest.Hex(), c.record); err != nil {
			return err
		}
	}
	for _, name := range c.names {
		record := &image.NameRecord{Version: image.RecordVersion, Name: name.String(), Manifest: c.manifest}
		if err := s.addJSON(c, image.NamesDir+"/"+image.NameFile(name), record); err != nil {
			return err
		}
	}
	old, wanted, err := s.indexes(c)
	if err != nil || bytes.Equal(old, wanted) {
		return err
	}
	err = s.add(c, indexFile, wanted)
	if len(c.names) == 0 && c.record == nil && utils.IsFull(err) {
		// What takes things away works on a full disk, too. The next command makes it anew.
		return utils.Ignore(os.Remove(s.path(indexFile)), fs.ErrNotExist)
	}
	return err
}

func (s *Store) addJSON(c *change, name string, value any) error {
	content, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return s.add(c, name, append(content, '\n'))
}

// add writes a file beside.
func (s *Store) add(c *change, name string, content []byte) error {
	file := pending{fmt.Sprintf("%s-%d", beside, len(c.written)), name}
	if err := s.write(file.beside, content, true); err != nil {
		return err
	}
	c.written = append(c.written, file)
	return nil
}

// takeAway takes the names first: a name that leads nowhere is damage, an image without a
// name is not.
func (s *Store) takeAway(c *change) error {
	if len(c.untagged) > 0 {
		for _, name := range c.untagged {
			if err := utils.Ignore(os.Remove(s.layout.Name(name)), fs.ErrNotExist); err != nil {
				return err
			}
		}
		if err := s.syncDir(image.NamesDir); err != nil {
			return err
		}
	}
	if c.removed == "" {
		return nil
	}
	// It is not moved to the trash: who waits for its lock has to see that it is gone.
	if err := os.Remove(s.layout.Record(c.removed)); err != nil {
		return err
	}
	return s.syncDir(image.RecordsDir)
}
