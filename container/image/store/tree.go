package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"os"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/utils"
)

// tree tells whether the root of a layer is as it was unpacked.
type tree struct {
	Entries int64 `json:"entries"`
	// Digest is over what can be told without reading the files: names, types, modes, owners,
	// sizes, times and extended attributes, in the order of the names.
	Digest image.Digest `json:"digest"`
}

// readTree looks at all of a layer. A directory that the caller may not read, which belongs
// to a subordinate id, counts as one entry. It is done on a thread of its own, whose working
// directory is where it is: by relative names the system calls for attributes take a quarter of
// the time. The thread does not end, for with it the kernel would end children that the process
// has made by it (PR_SET_PDEATHSIG).
func (s *Store) readTree(root *os.File) (t tree, err error) {
	s.looking.once.Do(func() {
		s.looking.thread = utils.NewThread()
		s.looking.thread.Do(func() { s.looking.moves = unix.Unshare(unix.CLONE_FS) == nil })
	})
	s.looking.mutex.Lock()
	defer s.looking.mutex.Unlock()
	s.looking.thread.Do(func() {
		r := treeReader{root: root, hash: sha256.New(), moves: s.looking.moves}
		t, err = r.read()
		if r.moves {
			err = errors.Join(err, unix.Chdir("/")) // the layer may go
		}
	})
	if err != nil {
		return tree{}, fmt.Errorf("look at %s: %w", root.Name(), err)
	}
	return t, nil
}

// looking is where layers are looked at, one at a time.
type looking struct {
	once   sync.Once
	mutex  sync.Mutex
	thread *utils.Thread
	moves  bool // the thread has a working directory of its own
}

func (r *treeReader) read() (tree, error) {
	dirs := []string{"."}
	for len(dirs) > 0 {
		dir := dirs[len(dirs)-1]
		below, err := r.directory(dir)
		if err != nil {
			return tree{}, err
		}
		slices.Reverse(below) // so that the first is the next
		dirs = append(dirs[:len(dirs)-1], below...)
	}
	return tree{r.entries, image.NewDigest(r.hash.Sum(nil))}, nil
}

type treeReader struct {
	root    *os.File
	hash    hash.Hash
	moves   bool // the thread has a working directory of its own
	entries int64
	line    []byte
	list    [64 << 10]byte // room for the names of attributes, or a value (XATTR_SIZE_MAX)
}

// directory adds a directory and all that is in it, and returns the directories in it.
func (r *treeReader) directory(name string) (below []string, err error) {
	r.line = append(append(r.line[:0], name...), '/', 0)
	fd, err := unix.Openat(int(r.root.Fd()), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err == unix.EACCES {
		_, err = r.hash.Write(r.line)
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", name, err)
	}
	dir := os.NewFile(uintptr(fd), name)
	names, err := dir.Readdirnames(-1)
	slices.Sort(names)
	if name == "." {
		names = slices.Insert(names, 0, ".")
	}
	self := utils.FDPath(fd) + "/"
	if r.moves && unix.Fchdir(fd) == nil {
		self = "./"
	}
	for n := 0; n < len(names) && err == nil; n++ {
		var isDir bool
		if isDir, err = r.entry(fd, self, names[n]); err != nil {
			err = fmt.Errorf("%q: %w", path.Join(name, names[n]), err)
		} else if isDir && names[n] != "." {
			below = append(below, path.Join(name, names[n]))
		}
		if err == nil {
			_, err = r.hash.Write(r.line)
		}
		r.line = r.line[:0]
	}
	return below, errors.Join(err, dir.Close())
}

// entry adds one entry of a directory. For system calls that take no descriptor of a
// directory, self is its path.
func (r *treeReader) entry(dir int, self, name string) (isDir bool, err error) {
	var stat unix.Stat_t
	if err := unix.Fstatat(dir, name, &stat, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return false, err
	}
	r.entries++
	r.line = append(append(r.line, name...), 0)
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFLNK:
		n, err := unix.Readlinkat(dir, name, r.list[:])
		if err != nil {
			return false, err
		}
		r.line = append(append(r.line, r.list[:n]...), 0)
	case unix.S_IFDIR:
		stat.Size, stat.Nlink = 0, 0 // the file system's affair
		isDir = true
		err = r.attributes(self + name)
	default:
		err = r.attributes(self + name)
	}
	seconds, nanoseconds := stat.Mtim.Unix()
	for _, n := range []int64{int64(stat.Mode), stat.Size, int64(stat.Nlink), int64(stat.Uid), int64(stat.Gid), int64(stat.Rdev), seconds, nanoseconds} {
		r.line = binary.LittleEndian.AppendUint64(r.line, uint64(n))
	}
	return isDir, err
}

// attributes adds the extended attributes that come from the layer.
func (r *treeReader) attributes(path string) error {
	n, err := unix.Llistxattr(path, r.list[:])
	if n == 0 || err == unix.ENOTSUP || err == unix.EACCES {
		return nil
	}
	if err != nil {
		return err
	}
	names := strings.Split(string(bytes.TrimRight(r.list[:n], "\x00")), "\x00")
	slices.Sort(names)
	for _, attribute := range names {
		if attribute == "security.selinux" || attribute == "security.ima" || attribute == "security.evm" {
			continue // the host's
		}
		n, err := unix.Lgetxattr(path, attribute, r.list[:])
		if err != nil && err != unix.EACCES && err != unix.EPERM && err != unix.ENODATA {
			return err
		}
		r.line = append(append(r.line, attribute...), 0)
		r.line = append(append(r.line, r.list[:max(n, 0)]...), 0)
	}
	return nil
}
