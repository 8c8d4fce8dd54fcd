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

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
)

// tree tells whether the root of a layer is as it was unpacked.
type tree struct {
	Entries int64 `json:"entries"`
	// Digest is over what can be told without reading the files: names, types, modes, owners,
	// sizes, times and extended attributes, in the order of the names.
	Digest image.Digest `json:"digest"`
}

// readTree looks at all of a layer. A directory that the caller may not read, which belongs
// to a subordinate id, counts as one entry.
func readTree(root *os.File) (tree, error) {
	r := treeReader{root: root, hash: sha256.New()}
	dirs := []string{"."}
	err := r.entry(".")
	for len(dirs) > 0 && err == nil {
		dir := dirs[len(dirs)-1]
		dirs = dirs[:len(dirs)-1]
		var below []string
		below, err = r.directory(dir)
		slices.Reverse(below) // so that the first is the next
		dirs = append(dirs, below...)
	}
	if err != nil {
		return tree{}, fmt.Errorf("look at %s: %w", root.Name(), err)
	}
	return tree{r.entries, image.NewDigest(r.hash.Sum(nil))}, nil
}

type treeReader struct {
	root    *os.File
	hash    hash.Hash
	entries int64
	line    []byte
	list    [64 << 10]byte // room for the names of attributes, or a value (XATTR_SIZE_MAX)
}

// directory adds the entries of a directory and returns those that are directories.
func (r *treeReader) directory(name string) (below []string, err error) {
	fd, err := unix.Openat(int(r.root.Fd()), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err == unix.EACCES {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", name, err)
	}
	dir := os.NewFile(uintptr(fd), name)
	names, err := dir.Readdirnames(-1)
	if err = errors.Join(err, dir.Close()); err != nil {
		return nil, err
	}
	slices.Sort(names)
	for _, entry := range names {
		full := path.Join(name, entry)
		if err := r.entry(full); err != nil {
			return nil, fmt.Errorf("%q: %w", full, err)
		}
		if r.isDir() {
			below = append(below, full)
		}
	}
	return below, nil
}

// isDir reports whether the entry that was added last is a directory.
func (r *treeReader) isDir() bool {
	return binary.LittleEndian.Uint32(r.line[len(r.line)-4:])&unix.S_IFMT == unix.S_IFDIR
}

// entry adds one entry. Its line ends with its mode.
func (r *treeReader) entry(name string) error {
	var stat unix.Stat_t
	if err := unix.Fstatat(int(r.root.Fd()), name, &stat, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	r.entries++
	r.line = append(append(r.line[:0], name...), 0)
	if stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		stat.Size, stat.Nlink = 0, 0 // the file system's affair
	}
	if stat.Mode&unix.S_IFMT == unix.S_IFLNK {
		target, err := os.Readlink(r.path(name))
		if err != nil {
			return err
		}
		r.line = append(append(r.line, target...), 0)
	} else if err := r.attributes(name); err != nil {
		return err
	}
	seconds, nanoseconds := stat.Mtim.Unix()
	for _, n := range []int64{stat.Size, int64(stat.Nlink), int64(stat.Uid), int64(stat.Gid), int64(stat.Rdev), seconds, nanoseconds} {
		r.line = binary.LittleEndian.AppendUint64(r.line, uint64(n))
	}
	r.line = binary.LittleEndian.AppendUint32(r.line, stat.Mode)
	_, err := r.hash.Write(r.line)
	return err
}

// path names an entry for system calls that take no descriptor.
func (r *treeReader) path(name string) string {
	return fmt.Sprintf("/proc/self/fd/%d/%s", r.root.Fd(), name)
}

// attributes adds the extended attributes that come from the layer.
func (r *treeReader) attributes(name string) error {
	name = r.path(name)
	n, err := unix.Llistxattr(name, r.list[:])
	if err == unix.ENOTSUP || err == unix.EACCES || n == 0 {
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
		n, err := unix.Lgetxattr(name, attribute, r.list[:])
		if err != nil && err != unix.EACCES && err != unix.EPERM && err != unix.ENODATA {
			return err
		}
		r.line = append(append(r.line, attribute...), 0)
		r.line = append(append(r.line, r.list[:max(n, 0)]...), 0)
	}
	return nil
}
