package overlay

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// layer is the directory with the upper and work directories of a piece, which are made
// where there are none yet.
func (s *store) layer(part *piece) (string, error) {
	if name, made := s.layers[part.path]; made { // the view is computed anew
		return filepath.Join(s.path, name), nil
	}
	number := len(s.layers)
	if s.record != nil {
		at := slices.IndexFunc(s.record.Layers, func(l Layer) bool { return l.Mount == part.path })
		if at >= 0 {
			return s.known(&s.record.Layers[at])
		}
		for slices.ContainsFunc(s.record.Layers, func(l Layer) bool { return l.Directory == strconv.Itoa(number) }) {
			number++
		}
	}
	name := strconv.Itoa(number)
	if !s.request.Dry {
		if err := s.make(part, name); err != nil {
			return "", fmt.Errorf("make the layer of %s: %w", part.path, err)
		}
	}
	s.layers[part.path] = name
	return filepath.Join(s.path, name), nil
}

// known is a layer of an earlier run.
func (s *store) known(l *Layer) (string, error) {
	if l.UserXattr != s.userXattr {
		how := "in a user namespace, as by an ordinary user"
		if s.userXattr {
			how = "by root, without a user namespace"
		}
		return "", fmt.Errorf("--overlay=%s: its changes were made %s; only such a run can go on from there", s.path, how)
	}
	for _, name := range []string{"upper", "work"} {
		if info, err := os.Lstat(filepath.Join(s.path, l.Directory, name)); err != nil {
			return "", err
		} else if !info.IsDir() {
			return "", fmt.Errorf("%s/%s/%s is no directory", s.path, l.Directory, name)
		}
	}
	s.layers[l.Mount] = l.Directory
	return filepath.Join(s.path, l.Directory), nil
}

// make makes the directories of a layer. What is there under that name already, no record
// tells of: the run that made it failed.
func (s *store) make(part *piece, name string) error {
	layer, err := NewLayer(part.path, name, s.userXattr)
	if err != nil {
		return err
	}
	if s.record != nil {
		if err := removeTree(s.dir, name, nil); err != nil {
			return err
		}
		s.record.Layers = append(s.record.Layers, layer)
		s.changed = true
	}
	var made []*os.File
	for _, below := range []string{name, name + "/upper", name + "/work"} {
		var dir *os.File
		if dir, err = s.makeDir(below); err != nil {
			break
		}
		made = append(made, dir)
	}
	if err == nil {
		err = s.copyAttributes(part.path, made[1])
	}
	for _, dir := range made {
		err = errors.Join(err, dir.Close())
	}
	if err != nil && s.record == nil { // the next layer gets its name
		err = errors.Join(err, removeTree(s.dir, name, nil))
	}
	return err
}

// makeDir makes a directory in the store, of container's root and closed to others.
func (s *store) makeDir(name string) (*os.File, error) {
	at := int(s.dir.Fd())
	err := unix.Mkdirat(at, name, 0o700)
	fd := -1
	if err == nil {
		fd, err = unix.Openat(at, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	}
	if err == nil && s.others() {
		err = unix.Fchown(fd, s.request.UID, s.request.GID)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "mkdir", Path: filepath.Join(s.path, name), Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}
