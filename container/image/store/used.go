package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/mount"
)

// isUsed reports whether somebody has a record locked.
func isUsed(record *os.File) (bool, error) {
	got, err := tryLock(record, unix.LOCK_EX)
	if err == nil && got {
		err = flock(record, unix.LOCK_UN)
	}
	return !got, err
}

// lockUnused locks an image that nobody uses for the caller alone, under the mutex: as long as
// the file is open, nobody takes it into use.
func (s *Store) lockUnused(manifest image.Digest) (*os.File, error) {
	record, err := openFile(s.layout.Record(manifest), unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	got, err := tryLock(record, unix.LOCK_EX)
	if err == nil && !got {
		err = &InUseError{manifest, "a container or command that runs"}
	}
	if err == nil {
		err = s.keptBy(manifest)
	}
	if err != nil {
		return nil, errors.Join(err, release(record))
	}
	return record, nil
}

// keptBy refuses an image that needs no process to be in use: it is mounted, or a container needs
// it which has ended and was kept.
func (s *Store) keptBy(manifest image.Digest) error {
	mounted, err := mount.IsMounted(s.state, manifest)
	if err != nil {
		return err
	}
	if mounted {
		return &InUseError{manifest, "a mount (mydocker image unmount ends it)"}
	}
	kept, err := s.kept()
	if err != nil {
		return err
	}
	if id := kept[manifest]; id != "" {
		return &InUseError{manifest, "container " + id + ", which was kept (mydocker rm removes it)"}
	}
	return nil
}

// kept are the containers that were kept, by the image that they need. One whose record
// cannot be read may need any.
func (s *Store) kept() (map[image.Digest]string, error) {
	dir := filepath.Join(s.state, containersDir)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	kept := make(map[image.Digest]string, len(entries))
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		content, err := readFile(filepath.Join(dir, entry.Name(), containerFile), maxRecord)
		if errors.Is(err, fs.ErrNotExist) {
			continue // it is being made, by somebody who has its image locked, or removed
		}
		var container struct {
			Manifest image.Digest `json:"manifest"`
		}
		if err == nil {
			err = json.Unmarshal(content, &container)
		}
		if err != nil {
			return nil, fmt.Errorf("which image container %s needs cannot be told (mydocker rm removes it): %w", entry.Name(), err)
		}
		kept[container.Manifest] = entry.Name()
	}
	return kept, nil
}

// Where package state has the containers that were kept.
const (
	containersDir = "containers"
	containerFile = "container.json"
)
