package changes

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// tree is a directory and what is below it. A name in it is relative and clean. None
// leads through a symbolic link or into another mount, whoever puts one there meanwhile.
type tree struct {
	top *os.File
}

// openTree opens a directory by its absolute path, in which no symbolic link may be. With
// O_PATH the caller need not be permitted to read it.
func openTree(name string, flags uint64) (*tree, error) {
	how := unix.OpenHow{Flags: flags | unix.O_DIRECTORY | unix.O_CLOEXEC, Resolve: unix.RESOLVE_NO_SYMLINKS}
	fd, err := openat2(unix.AT_FDCWD, name, &how)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &tree{os.NewFile(uintptr(fd), name)}, nil
}

// openat2 repeats the call where the kernel could not tell for sure (EAGAIN).
func openat2(dir int, name string, how *unix.OpenHow) (int, error) {
	for {
		fd, err := unix.Openat2(dir, name, how)
		switch err {
		case unix.EINTR, unix.EAGAIN:
		case unix.ENOSYS:
			return -1, fmt.Errorf("openat2: %w (it needs Linux 5.6)", err)
		default:
			return fd, err
		}
	}
}

func (t *tree) path(name string) string { return path.Join(t.top.Name(), name) }

// open opens a file or directory below t. To look up "." would need rights to t itself.
func (t *tree) open(name string, flags int) (int, error) {
	if name == "." && flags&unix.O_PATH != 0 {
		return unix.FcntlInt(t.top.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	}
	how := unix.OpenHow{
		Flags:   uint64(flags | unix.O_CLOEXEC | unix.O_NOFOLLOW),
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_XDEV,
	}
	fd, err := openat2(int(t.top.Fd()), name, &how)
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: t.path(name), Err: err}
	}
	return fd, nil
}

// entry is a name in an open directory.
type entry struct {
	dir  int
	name string
}

// at opens the directory that holds name.
func (t *tree) at(name string) (entry, error) {
	fd, err := t.open(path.Dir(name), unix.O_PATH|unix.O_DIRECTORY)
	return entry{fd, path.Base(name)}, err
}

func (e entry) close() error { return unix.Close(e.dir) }

// path leads to the entry without that the directory is looked up again. The last part of
// it is not followed by the calls that are made with it.
func (e entry) path() string { return utils.FDPath(e.dir) + "/" + e.name }

// stat returns the attributes of the entry; an error is the bare errno.
func (e entry) stat() (attr, error) {
	var s unix.Stat_t
	if err := unix.Fstatat(e.dir, e.name, &s, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return attr{}, err
	}
	return attrOf(&s), nil
}

// lookup is stat, in which what is not there has no type.
func (e entry) lookup() (attr, error) {
	a, err := e.stat()
	if err == unix.ENOENT {
		return attr{}, nil
	}
	return a, err
}

// lookup returns the attributes of name; of what is not there they are empty.
func (t *tree) lookup(name string) (attr, error) {
	e, err := t.at(name)
	if errors.Is(err, fs.ErrNotExist) {
		return attr{}, nil
	}
	if err != nil {
		return attr{}, err
	}
	a, err := e.lookup()
	return a, errors.Join(t.failed("stat", name, err), e.close())
}

func (t *tree) failed(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: t.path(name), Err: err}
}

// maxEntries bounds the names in a directory.
const maxEntries = 4 << 20

// names lists a directory, in the order of the bytes.
func (t *tree) names(name string) ([]string, error) {
	fd, err := t.open(name, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	dir := os.NewFile(uintptr(fd), t.path(name))
	names, err := dir.Readdirnames(maxEntries)
	if err = errors.Join(ignoreEOF(err), dir.Close()); err != nil {
		return nil, err
	}
	if len(names) == maxEntries {
		return nil, fmt.Errorf("%s: more than %d entries", t.path(name), maxEntries)
	}
	slices.Sort(names)
	return names, nil
}

// mountID is the number of the mount that an open file is in.
func mountID(fd int) (string, error) {
	info, err := utils.ReadFile("/proc/self/fdinfo/" + strconv.Itoa(fd))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(info) {
		if id, is := strings.CutPrefix(line, "mnt_id:"); is {
			return strings.TrimSpace(id), nil
		}
	}
	return "", errors.New("/proc/self/fdinfo tells no mount")
}

// readLink reads where a symbolic link leads.
func (e entry) readLink() (string, error) {
	return utils.ReadLink(e.dir, e.name)
}
