package layers

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Entry is a name in a merged directory.
type Entry struct {
	Name string
	// Layer is the number of the lower that it is from, 0 for the uppermost.
	Layer int
}

// List lists a merged directory, sorted by name.
func (s *Stack) List(dir string) (entries []Entry, err error) {
	w, err := s.look(dir)
	if err != nil {
		return nil, err
	}
	here := w.here()
	if err := here.canEnter(); err != nil {
		return nil, errors.Join(err, w.close())
	}
	entries, err = s.list(here, dir)
	return entries, errors.Join(err, w.close())
}

// list lists a merged directory that is open.
func (s *Stack) list(here *node, dir string) (entries []Entry, err error) {
	seen := map[string]bool{}
	for _, p := range here.parts {
		names, err := read(p.fd, filepath.Join(s.Lowers[p.layer], dir))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if seen[name.Name()] {
				continue
			}
			seen[name.Name()] = true
			if hidden, err := isWhiteout(p.fd, name); err != nil {
				return nil, err
			} else if !hidden {
				entries = append(entries, Entry{name.Name(), p.layer})
			}
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Name, b.Name) })
	return entries, nil
}

// read lists a directory of one layer, which is open with O_PATH.
func read(dir int, name string) ([]fs.DirEntry, error) {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(dir, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	file := os.NewFile(uintptr(fd), name)
	names, err := file.ReadDir(-1)
	if errors.Is(err, fs.ErrNotExist) { // it has been removed meanwhile
		names, err = nil, nil
	}
	return names, errors.Join(err, file.Close())
}

// IsEmpty reports whether a file of the merged root is an empty one, or a directory with nothing in
// it.
func (s *Stack) IsEmpty(file string) (bool, error) {
	w, err := s.look(file)
	if err != nil {
		return false, err
	}
	empty := true
	for _, p := range w.here().parts {
		var stat unix.Stat_t
		if err = unix.Fstat(p.fd, &stat); err != nil {
			break
		}
		switch stat.Mode & unix.S_IFMT {
		case unix.S_IFREG:
			empty = empty && stat.Size == 0
		case unix.S_IFDIR:
			var names []fs.DirEntry
			names, err = read(p.fd, file)
			empty = empty && len(names) == 0
		default:
			empty = false
		}
	}
	return empty && err == nil, errors.Join(err, w.close())
}

func isWhiteout(dir int, name fs.DirEntry) (bool, error) {
	if name.Type()&fs.ModeCharDevice == 0 {
		return false, nil
	}
	var stat unix.Stat_t
	err := unix.Fstatat(dir, name.Name(), &stat, unix.AT_SYMLINK_NOFOLLOW)
	return err == nil && stat.Rdev == 0, err
}
