// Package store writes images to the store that package image describes. Several processes
// may do so at once: what they decide they decide under the store's mutex, and what they need
// meanwhile they have locked. A file is written beside, synced and renamed; the data of
// blobs and layers is synced once, before the record that names it is written.
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/overlay"
)

// Store is a store of images.
type Store struct {
	// Remove removes a directory in which files belong to ids that the caller has to give
	// and may not use, as its subordinate ids. It is nil where there are none.
	Remove func(dir string) error

	layout image.Layout
	state  string

	// mutex keeps the goroutines of this process apart, the file's lock the processes.
	mutex     sync.Mutex
	mutexFile *os.File

	looking looking
}

// Open opens the store below a directory of state. It makes nothing: that is left to the
// first thing that is written.
func Open(state string) (*Store, error) {
	if state == "" {
		return nil, errors.New("there is no directory for images: HOME is not set (MYDOCKER_STATE=DIR names one)")
	}
	s := &Store{state: state, layout: image.LayoutIn(state)}
	dir, err := overlay.OpenDir(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open the store of images: %w", Explained(err))
	}
	return s, dir.Close()
}

// Layout is where its files are.
func (s *Store) Layout() image.Layout { return s.layout }

// Close closes it.
func (s *Store) Close() error {
	if s.mutexFile == nil {
		return nil
	}
	return s.mutexFile.Close()
}

// path is a path in the store.
func (s *Store) path(names ...string) string {
	return filepath.Join(append([]string{string(s.layout)}, names...)...)
}

// directories are those of a store. Set-user-ID files of a layer must not be run by others
// (CVE-2021-41091), so all are closed.
func directories() []string {
	return []string{"", "blobs", image.BlobsDir, image.NamesDir, image.RecordsDir, image.LayersDir, image.PartialDir, image.TrashDir}
}

const (
	closedDir  = 0o700
	passedDir  = 0o711 // root of a user namespace passes it
	layoutFile = "oci-layout"
	layoutText = `{"imageLayoutVersion":"1.0.0"}` + "\n"
)

// make makes what is missing of a store that is to be written to.
func (s *Store) make() error {
	if err := overlay.CheckAbove(s.path()); err != nil {
		return err
	}
	if err := os.MkdirAll(s.state, passedDir); err != nil {
		return err
	}
	for _, name := range directories() {
		if err := makeDir(s.path(name)); err != nil {
			return err
		}
	}
	if err := s.openMutex(true); err != nil {
		return err
	}
	if _, err := os.Lstat(s.path(layoutFile)); err == nil {
		return nil
	}
	return s.decide(s.writeLayout)
}

// writeLayout makes the store an OCI image layout.
func (s *Store) writeLayout() error {
	if err := s.writeBeside(layoutFile, []byte(layoutText), true); err != nil {
		return err
	}
	return s.apply(&change{})
}

// makeDir makes a directory where there is none.
func makeDir(path string) error {
	err := os.Mkdir(path, closedDir)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(path)
	if err == nil && !info.IsDir() {
		err = &fs.PathError{Op: "open", Path: path, Err: unix.ENOTDIR}
	}
	return err
}
