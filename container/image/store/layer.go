package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
)

// Variant is for whom a layer is unpacked.
type Variant struct {
	image.Variant
	// UID and GID are those that root of the user namespace has on the host. They do not
	// count where there is none.
	UID, GID int
}

// NewLayer is a directory for a layer that is to be unpacked.
type NewLayer struct {
	// Dir is open; root of the variant's user namespace may write to it.
	Dir *os.File

	lease   *Lease
	key     image.Digest
	variant Variant
	wrapper *os.File // the directory that it is in, locked
}

// Layer takes a layer by its key (image.Layer.Key). It returns nil if it is unpacked for the
// variant already, and then has so many bytes and stays until the lease ends; or else a
// directory to unpack it in. While somebody else unpacks it, it waits, until ctx ends.
func (l *Lease) Layer(ctx context.Context, key image.Digest, variant Variant) (layer *NewLayer, size int64, err error) {
	if _, err := image.ParseDigest(string(key)); err != nil {
		return nil, 0, err
	}
	for {
		var has bool
		err = l.store.decide(func() error {
			if has, size, err = l.holdLayer(key, variant.Variant); err != nil || has {
				return err
			}
			layer, err = l.newLayer(key, variant)
			return err
		})
		if err != nil {
			return nil, 0, Explained(err)
		}
		if has || layer != nil {
			return layer, size, nil
		}
		if err := wait(ctx); err != nil {
			return nil, 0, err
		}
	}
}

// holdLayer locks a layer of the store, if it has it. One that an interrupted operation has
// left may not be on the disk: it is not had.
func (l *Lease) holdLayer(key image.Digest, variant image.Variant) (has bool, size int64, err error) {
	path := l.store.layout.LayerDir(key, variant)
	about, err := l.store.readLayer(path)
	if about == nil || err != nil {
		return false, 0, err
	}
	if about.Key != key {
		return false, 0, fmt.Errorf("the store has %s, whose digest begins alike", about.Key)
	}
	dir, err := os.Open(path)
	if err != nil {
		return false, 0, err
	}
	left := false
	if !about.onDisk {
		left, err = tryLock(dir, unix.LOCK_EX)
	}
	if err == nil && left {
		return false, 0, errors.Join(l.store.toTrash(path), release(dir))
	}
	if err == nil {
		err = flock(dir, unix.LOCK_SH)
	}
	if err != nil {
		return false, 0, errors.Join(err, dir.Close())
	}
	return true, about.Size, l.hold(path, dir)
}

// newLayer makes a directory to unpack a layer in, or none where somebody else has it.
func (l *Lease) newLayer(key image.Digest, variant Variant) (*NewLayer, error) {
	path := l.store.partialLayer(key, variant.Variant)
	if old, err := os.Open(path); err == nil {
		got, err := tryLock(old, unix.LOCK_EX)
		if err == nil && got {
			err = l.store.toTrash(path)
		}
		if err = errors.Join(err, release(old)); err != nil || !got {
			return nil, err
		}
	}
	n := &NewLayer{lease: l, key: key, variant: variant}
	err := n.make(path)
	if err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

// layerPrefix begins the name of a layer that is not complete.
const layerPrefix = "layer-"

// IsAnnounced reports whether a layer is there, or somebody makes it.
func (l *Lease) IsAnnounced(key image.Digest, variant image.Variant) (bool, error) {
	for _, path := range []string{l.store.layout.LayerDir(key, variant), l.store.partialLayer(key, variant)} {
		_, err := os.Lstat(path)
		if !errors.Is(err, fs.ErrNotExist) {
			return err == nil, err
		}
	}
	return false, nil
}

func (s *Store) partialLayer(key image.Digest, variant image.Variant) string {
	return s.path(image.PartialDir, layerPrefix+string(variant)+"-"+key.Hex())
}

// Rename has it be a layer of another key. Where the store has that one, or somebody
// makes it, that is not done.
func (n *NewLayer) Rename(key image.Digest) (done bool, err error) {
	if _, err := image.ParseDigest(string(key)); err != nil {
		return false, err
	}
	s := n.lease.store
	path := s.partialLayer(key, n.variant.Variant)
	err = s.decide(func() error {
		announced, err := n.lease.IsAnnounced(key, n.variant.Variant)
		if announced || err != nil {
			return err
		}
		done = true
		return os.Rename(n.wrapper.Name(), path)
	})
	if !done || err != nil {
		return false, err
	}
	fd, err := unix.FcntlInt(n.wrapper.Fd(), unix.F_DUPFD_CLOEXEC, 0) // which has the lock, too
	if err != nil {
		return false, errors.Join(err, s.toTrash(path))
	}
	err = n.wrapper.Close()
	n.wrapper, n.key = os.NewFile(uintptr(fd), path), key
	return true, err
}

func (n *NewLayer) make(path string) (err error) {
	if err = os.Mkdir(path, closedDir); err != nil {
		return err
	}
	if n.wrapper, err = os.Open(path); err != nil {
		return err
	}
	if err = flock(n.wrapper, unix.LOCK_EX); err != nil {
		return err
	}
	root := path + "/" + image.LayerRoot
	if err = os.Mkdir(root, 0o755); err != nil {
		return err
	}
	if n.Dir, err = os.Open(root); err != nil {
		return err
	}
	if err = n.Dir.Chmod(0o755); err != nil || !n.others() { // the umask may have closed it
		return err
	}
	if err = n.Dir.Chown(n.variant.UID, n.variant.GID); err == nil {
		err = n.wrapper.Chmod(passedDir)
	}
	return err
}

// others reports whether root of the variant is another user than the caller.
func (n *NewLayer) others() bool {
	return n.variant.Variant != "" && (n.variant.UID != os.Geteuid() || n.variant.GID != os.Getegid())
}

// Commit makes it a layer of the store, of so many bytes.
func (n *NewLayer) Commit(size int64) error {
	s := n.lease.store
	tree, err := s.readTree(n.Dir)
	if err != nil {
		return err
	}
	about, err := json.Marshal(&layerRecord{Version: image.RecordVersion, Key: n.key, Size: size, Tree: tree})
	if err != nil {
		return err
	}
	path := s.layout.LayerDir(n.key, n.variant.Variant)
	err = s.decide(func() error {
		if err := n.makeAbove(); err != nil {
			return err
		}
		if err := s.writeBeside(image.PartialDir+"/"+filepath.Base(n.wrapper.Name())+"/"+layerFile, append(about, '\n'), false); err != nil {
			return err
		}
		if err := os.Rename(n.wrapper.Name(), path); err != nil {
			return err
		}
		return flock(n.wrapper, unix.LOCK_SH)
	})
	if err != nil {
		return Explained(err)
	}
	err = n.lease.hold(path, n.wrapper)
	n.wrapper = nil
	return err
}

// makeAbove makes the directory of the variant's layers, through which root of the variant
// has to pass.
func (n *NewLayer) makeAbove() error {
	s := n.lease.store
	above := s.layout.Layers(n.variant.Variant)
	if err := makeDir(above); err != nil || !n.others() {
		return err
	}
	return errors.Join(
		os.Chown(above, n.variant.UID, n.variant.GID),
		os.Chmod(s.path(image.LayersDir), passedDir), os.Chmod(s.path(), passedDir))
}

// Close removes a layer that was not committed.
func (n *NewLayer) Close() error {
	err := n.close()
	n.lease.store.clearTrash()
	return err
}

func (n *NewLayer) close() (err error) {
	if n.Dir != nil {
		err = n.Dir.Close()
		n.Dir = nil
	}
	if n.wrapper == nil {
		return err
	}
	err = errors.Join(err, n.lease.store.toTrash(n.wrapper.Name()), release(n.wrapper))
	n.wrapper = nil
	return err
}

// layerFile is what the store knows of a layer.
const layerFile = "layer.json"

type layerRecord struct {
	Version int          `json:"version"`
	Key     image.Digest `json:"key"`
	Size    int64        `json:"size"`
	Tree    tree         `json:"tree"`

	onDisk bool
}

// readLayer reads what the store knows of the layer in a directory, nil if there is none.
func (s *Store) readLayer(path string) (*layerRecord, error) {
	file, err := openFile(path+"/"+layerFile, unix.O_RDONLY)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	about := &layerRecord{}
	content, err := readAll(file, 4096)
	if err == nil {
		err = parseLayer(content, about)
	}
	info, statErr := file.Stat()
	if err = errors.Join(err, statErr, file.Close()); err != nil {
		return nil, &image.DamagedError{Path: path + "/" + layerFile, Err: err}
	}
	about.onDisk = isOnDisk(info)
	return about, nil
}
