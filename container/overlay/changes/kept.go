// Package changes lists what a run with --overlay=DIR has left in a directory of changes,
// applies it to the host, and takes that back. The package overlay makes such a directory.
// This one adds to it, for apply number N:
//
//	apply.N.journal   what it did
//	apply.N           the old versions of what it replaced, if they are on its file system
package changes

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/utils"
)

// Kept is an open directory of changes.
type Kept struct {
	// InUse is whether a run, or another command, uses the directory at the moment.
	InUse bool

	dir      *os.File
	path     string // of the directory, without symbolic links
	lock     *os.File
	layers   []*layer
	journals []*journal
	// step is called before each step that changes something; nil but in tests.
	step func(name string) error
}

// layer is a layer whose two directories are open.
type layer struct {
	overlay.Layer
	upper, host *tree
	marks       marks
	// foreign is whether Mount is another directory today than in the run.
	foreign bool
	// linked has, by inode of the upper directory, a file that has further names there and
	// is the same on the host: another of them is added to the host's file.
	linked map[uint64]string
}

// Open opens a directory of changes.
func Open(name string) (k *Kept, err error) {
	dir, err := overlay.OpenDir(name)
	if err != nil {
		return nil, err
	}
	k = &Kept{dir: dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, k.Close())
		}
	}()
	record, err := overlay.Load(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return k, fmt.Errorf("%s is no directory of changes: no run had --overlay=%s", name, name)
	}
	if err != nil {
		return k, err
	}
	k.lock, err = overlay.Lock(dir)
	var inUse *overlay.InUseError
	if k.InUse = errors.As(err, &inUse); err != nil && !k.InUse {
		return k, err
	}
	if k.path, err = os.Readlink(utils.FDPath(int(dir.Fd()))); err != nil {
		return k, err
	}
	for i := range record.Layers {
		if err := k.openLayer(record.Layers[i]); err != nil {
			return k, err
		}
	}
	k.journals, err = loadJournals(dir)
	return k, err
}

func (k *Kept) openLayer(l overlay.Layer) error {
	opened := &layer{Layer: l, marks: marksOf(&l), linked: map[uint64]string{}}
	var err error
	if opened.upper, err = openTree(path.Join(k.path, l.Directory, "upper"), unix.O_PATH); err != nil {
		return err
	}
	k.layers = append(k.layers, opened)
	if opened.host, err = openTree(l.Mount, unix.O_PATH); err != nil {
		return err
	}
	var s unix.Stat_t
	if err := unix.Fstat(int(opened.host.top.Fd()), &s); err != nil {
		return err
	}
	opened.foreign = s.Dev != l.Device || s.Ino != l.Inode
	return nil
}

// Close gives the directory back.
func (k *Kept) Close() error {
	var errs []error
	for _, l := range k.layers {
		for _, t := range []*tree{l.upper, l.host} {
			if t != nil {
				errs = append(errs, t.top.Close())
			}
		}
	}
	if k.lock != nil {
		errs = append(errs, k.lock.Close())
	}
	return errors.Join(append(errs, k.dir.Close())...)
}

// need is for what must not happen during a run.
func (k *Kept) need() error {
	if k.InUse {
		return &overlay.InUseError{Dir: k.dir.Name()}
	}
	return nil
}

// at is where a test may end the process.
func (k *Kept) at(step string) error {
	if k.step == nil {
		return nil
	}
	return k.step(step)
}
