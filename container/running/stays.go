package running

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// A container that stays has its record in its own directory, where it is as long as that: who
// empties /run has exec find it all the same.
const (
	nameInOwn = "running"
	newInOwn  = nameInOwn + ".new"
)

// KeepIn writes a record into the directory of the container, which the caller has for itself, and
// instead of one that an earlier run has left.
func KeepIn(dir *os.File, r *Record) (*Kept, error) {
	content, err := r.marshal()
	if err != nil {
		return nil, err
	}
	k, err := keptIn(dir)
	if err != nil {
		return nil, err
	}
	if err := k.write(content); err != nil {
		return nil, errors.Join(err, k.Remove())
	}
	return k, nil
}

// FD is the descriptor of the file, which is locked as long as that is open.
func (k *Kept) FD() int { return k.fd }

// TakeOver is a record in a container's directory that an earlier process image of the caller has
// written, and whose file is open.
func TakeOver(dir *os.File, fd int) (*Kept, error) {
	k, err := keptIn(dir)
	if err != nil {
		return nil, err
	}
	k.fd, k.named = fd, true
	return k, nil
}

// keptIn is one that has no file yet.
func keptIn(dir *os.File) (*Kept, error) {
	own, err := unix.FcntlInt(dir.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	return &Kept{directory: &directory{dir.Name(), own}, id: nameInOwn, fd: -1}, nil
}

func (k *Kept) write(content []byte) (err error) {
	d := k.directory
	if err = d.remove(newInOwn); err == nil {
		k.fd, err = utils.Retry(func() (int, error) {
			return unix.Openat(d.fd, newInOwn, unix.O_CREAT|unix.O_EXCL|unix.O_RDWR|unix.O_NOFOLLOW|unix.O_CLOEXEC, making)
		})
	}
	if err == nil {
		err = k.fill(content)
	}
	if err == nil {
		err = unix.Renameat(d.fd, newInOwn, d.fd, nameInOwn)
	}
	if err != nil {
		return errors.Join(&fs.PathError{Op: "write", Path: filepath.Join(d.path, nameInOwn), Err: err}, d.remove(newInOwn))
	}
	k.named = true
	return nil
}

// ReadIn reads the record of the container with an id, in its own directory. It is nil for one that
// does not run.
func ReadIn(path, id string) (r *Record, err error) {
	dir, err := utils.Open(path, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW)
	if err == unix.ENOENT {
		return nil, nil
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	d := &directory{path, dir}
	defer func() { err = errors.Join(err, unix.Close(dir)) }()
	fd, live, err := d.openFile(nameInOwn)
	if err == nil && live {
		r, err = readLive(fd, id)
	}
	if err == unix.ENOENT {
		return nil, nil
	}
	if fd >= 0 {
		err = errors.Join(err, unix.Close(fd))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(path, nameInOwn), err)
	}
	return r, nil
}

// EarlierIn reads the record that a run in this directory has left which was killed; nil if there is
// none. One that is not understood, as that of another version of mydocker, is as good as none.
func EarlierIn(dir *os.File, id string) (r *Record, err error) {
	path := filepath.Join(dir.Name(), nameInOwn)
	fd, live, err := (&directory{dir.Name(), int(dir.Fd())}).openFile(nameInOwn)
	if err == unix.ENOENT || err == unix.ELOOP || err == unix.ENXIO { // or a link, or a socket, which no run makes
		return nil, nil
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	defer func() { err = errors.Join(err, unix.Close(fd)) }()
	content, err := utils.ReadOpen(fd, maxContent)
	switch {
	case live || errors.Is(err, utils.ErrNotRegular):
		return nil, nil
	case err != nil:
		return nil, &fs.PathError{Op: "read", Path: path, Err: err}
	}
	if r, err = parse(id, content); err != nil {
		return nil, nil //nolint:nilerr // see above
	}
	return r, nil
}
