package overlay

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// errStopped says that a removal was told to stop. A later one goes on.
const errStopped = utils.Sentinel("stopped")

// removeTree removes a file or directory and all that is in it. No link is followed, and
// no file system entered that is mounted in it. Whatever a container can make, it takes:
// directories closed to their owner, files that may not be changed (chattr +i), and any
// depth. A directory that is deep in the tree is moved to the top before it is looked into, so
// no more than maxOpen of them are open at a time. stop, which may be nil, is asked between the files.
func removeTree(at *os.File, name string, stop func() bool) error {
	r := remover{at: at, name: name, stop: stop}
	err := r.remove()
	for tries := 1; tries < maxPasses && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTEMPTY)); tries++ { // another process is at it, too
		err = r.remove()
	}
	if err == nil || errors.Is(err, errStopped) {
		return err
	}
	return fmt.Errorf("remove %s: %w", filepath.Join(at.Name(), name), err)
}

// maxOpen is how many directories below the top are open at a time.
const maxOpen = 8

type remover struct {
	at     *os.File
	name   string
	top    *os.File
	stop   func() bool
	moved  int // how many directories were moved to the top, or are to be looked into again
	passes int
}

func (r *remover) remove() error {
	kind, err := typeOf(r.at, r.name)
	switch {
	case err == unix.ENOENT:
		return nil
	case err != nil:
		return err
	case kind != unix.S_IFDIR:
		return r.unlink(r.at, r.name, 0)
	}
	r.top, err = r.open(r.at, r.name)
	if err != nil {
		return err
	}
	for before := -1; err == nil && before != r.moved; { // what was moved here may have been behind the reader
		before = r.moved
		err = r.clear(r.top, func(name string) error { return r.removeDir(r.top, name, 1) })
	}
	if err = errors.Join(err, r.top.Close()); err != nil {
		return err
	}
	return r.unlink(r.at, r.name, unix.AT_REMOVEDIR)
}

// maxPasses bounds how often a directory is looked through for which the file system says
// that it is still not empty.
const maxPasses = 1000

// clear removes what is in a directory: the files at once, and each directory that is not
// empty by full.
func (r *remover) clear(dir *os.File, full func(name string) error) error {
	if _, err := dir.Seek(0, io.SeekStart); err != nil {
		return err
	}
	for {
		names, err := dir.Readdirnames(1024)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		for _, name := range names {
			if r.stop != nil && r.stop() {
				return errStopped
			}
			err := r.unlink(dir, name, 0)
			if err == unix.EISDIR {
				err = r.unlink(dir, name, unix.AT_REMOVEDIR)
			}
			if err == unix.ENOTEMPTY || err == unix.EEXIST {
				err = full(name)
			}
			if err != nil {
				return &fs.PathError{Op: "unlink", Path: name, Err: err}
			}
		}
	}
}

// removeDir removes a directory, so deep in the tree. What is too deep comes to the top.
func (r *remover) removeDir(at *os.File, name string, depth int) error {
	dir, err := r.open(at, name)
	if err != nil {
		return err
	}
	err = r.clear(dir, func(name string) error {
		if depth < maxOpen {
			return r.removeDir(dir, name, depth+1)
		}
		return r.raise(dir, name)
	})
	if err = errors.Join(err, dir.Close()); err != nil {
		return err
	}
	err = r.unlink(at, name, unix.AT_REMOVEDIR)
	if err == unix.ENOTEMPTY && r.passes < maxPasses { // a name was skipped while others went
		r.passes++
		r.moved++
		return nil
	}
	return err
}

// raise moves a directory to the top under a name that nothing has.
func (r *remover) raise(from *os.File, name string) error {
	for {
		r.moved++
		err := unix.Renameat2(int(from.Fd()), name, int(r.top.Fd()), ".moved-"+strconv.Itoa(r.moved), unix.RENAME_NOREPLACE)
		if err == unix.EEXIST {
			continue
		}
		if err != nil && r.unprotect(from, name) {
			err = unix.Renameat2(int(from.Fd()), name, int(r.top.Fd()), ".moved-"+strconv.Itoa(r.moved), unix.RENAME_NOREPLACE)
		}
		return err
	}
}

// unlink removes one file or empty directory, where need be after what protects it.
func (r *remover) unlink(dir *os.File, name string, flags int) error {
	err := unix.Unlinkat(int(dir.Fd()), name, flags)
	if (err == unix.EPERM || err == unix.EACCES) && r.unprotect(dir, name) {
		err = unix.Unlinkat(int(dir.Fd()), name, flags)
	}
	if err == unix.ENOENT {
		return nil
	}
	return err
}

// unprotect takes away what keeps a file from being removed, of its own and of the
// directory that it is in. It reports whether something may have changed.
func (r *remover) unprotect(dir *os.File, name string) bool {
	changed := unix.Fchmod(int(dir.Fd()), 0o700) == nil
	changed = clearFlags(int(dir.Fd())) || changed
	kind, err := typeOf(dir, name)
	if err != nil || kind != unix.S_IFREG && kind != unix.S_IFDIR { // to open another may have an effect
		return changed
	}
	if kind == unix.S_IFDIR {
		changed = r.openUp(dir, name) == nil || changed
	}
	fd, err := unix.Openat(int(dir.Fd()), name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return changed
	}
	changed = clearFlags(fd) || changed
	return unix.Close(fd) == nil && changed
}

// clearFlags takes away what chattr(1) has set. Not every file system has such flags.
func clearFlags(fd int) bool {
	const protecting = 0x10 | 0x20 // FS_IMMUTABLE_FL, FS_APPEND_FL (linux/fs.h)
	flags, err := unix.IoctlGetInt(fd, unix.FS_IOC_GETFLAGS)
	return err == nil && flags&protecting != 0 && unix.IoctlSetPointerInt(fd, unix.FS_IOC_SETFLAGS, flags&^protecting) == nil
}

// open opens a directory, unless another file system is mounted there.
func (r *remover) open(at *os.File, name string) (*os.File, error) {
	fd, err := openHere(at, name)
	if err == unix.EACCES {
		if err = r.openUp(at, name); err == nil {
			fd, err = openHere(at, name)
		}
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

func openHere(at *os.File, name string) (int, error) {
	const flags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	fd, err := unix.Openat2(int(at.Fd()), name, &unix.OpenHow{Flags: flags, Resolve: unix.RESOLVE_NO_XDEV | unix.RESOLVE_NO_SYMLINKS})
	if err != unix.ENOSYS { // Linux 5.6
		return fd, err
	}
	var above, here unix.Stat_t
	if fd, err = unix.Openat(int(at.Fd()), name, flags, 0); err != nil {
		return -1, err
	}
	if err = errors.Join(unix.Fstat(int(at.Fd()), &above), unix.Fstat(fd, &here)); err == nil && above.Dev != here.Dev {
		err = unix.EXDEV
	}
	if err != nil {
		return -1, errors.Join(err, unix.Close(fd))
	}
	return fd, nil
}

// openUp gives the owner all rights to a directory that has none, as overlayfs's own has.
func (r *remover) openUp(at *os.File, name string) error {
	fd, err := unix.Openat(int(at.Fd()), name, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return errors.Join(unix.Chmod(utils.FDPath(fd), 0o700), unix.Close(fd))
}

func typeOf(at *os.File, name string) (uint32, error) {
	var stat unix.Stat_t
	err := unix.Fstatat(int(at.Fd()), name, &stat, unix.AT_SYMLINK_NOFOLLOW)
	return stat.Mode & unix.S_IFMT, err
}

// RemoveTree removes a file or directory and all that is in it, whatever a container has
// put there. That there is nothing is no error.
func RemoveTree(at *os.File, name string) error { return removeTree(at, name, nil) }
