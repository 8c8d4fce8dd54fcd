package utils

import (
	"errors"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// OpenInRoot opens a path below the directory root (O_PATH), in which every symbolic link
// stays: an absolute one begins at root, and ".." ends there. Links of /proc, which the
// kernel would follow to anywhere, are read as any other. It works as openat2(2) with
// RESOLVE_IN_ROOT does, on all kernels, and holds each directory on the way open: so
// nobody who renames one of them leads it out.
func OpenInRoot(root, file string) (fd int, err error) {
	top, err := Open(root, unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return -1, err
	}
	w := rootWalk{open: []int{top}, left: SplitPath(file)}
	for len(w.left) > 0 && err == nil {
		err = w.step()
	}
	last := len(w.open) - 1
	if err != nil {
		return -1, errors.Join(err, CloseAll(w.open...))
	}
	return w.open[last], CloseAll(w.open[:last]...)
}

// TargetInRoot is where a path leads below root, with its links followed as OpenInRoot does.
// What does not exist, or cannot be looked at, stays as it is written.
func TargetInRoot(root, file string) string {
	top, err := Open(root, unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return file
	}
	w := rootWalk{open: []int{top}, left: SplitPath(file)}
	for len(w.left) > 0 && err == nil {
		next := w.left
		if err = w.step(); err != nil {
			w.left = next
		}
	}
	if CloseAll(w.open...) != nil || err != nil && err != unix.ENOENT {
		return file
	}
	return path.Join("/", path.Join(w.at...), path.Join(w.left...))
}

// InRoot is what a path in a root leads to, with what is on the way.
type InRoot struct {
	// Names lead there from the root. None is a symbolic link, but the last where that was not
	// followed.
	Names []string
	// Missing are the names that are still left where the first of them is not there.
	Missing []string

	open []int
}

// FD is what was found, or as far as that went (O_PATH).
func (r *InRoot) FD() int { return r.open[len(r.open)-1] }

// Dir is the directory that it is in (O_PATH); that of the root is the root.
func (r *InRoot) Dir() int { return r.open[max(len(r.open)-2, 0)] }

// Close closes it.
func (r *InRoot) Close() error { return CloseAll(r.open...) }

// LookInRoot looks a path up as OpenInRoot does, below an open directory, and keeps all open that
// is on the way. What is not there is no error. A link that the path ends with is followed if
// follow says so, or if more than its name says that it is a directory ("link/", "link/.").
func LookInRoot(root int, file string, follow bool) (*InRoot, error) {
	top, err := unix.FcntlInt(uintptr(root), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	w := rootWalk{open: []int{top}, left: SplitPath(file), keepLast: !follow}
	if strings.HasSuffix(file, "/") {
		w.left = append(w.left, ".")
	}
	for len(w.left) > 0 && err == nil {
		left := w.left
		if err = w.step(); err != nil {
			w.left = left
		}
	}
	if err == unix.ENOENT {
		err = nil
	}
	if err != nil {
		return nil, errors.Join(err, CloseAll(w.open...))
	}
	return &InRoot{Names: w.at, Missing: w.left, open: w.open}, nil
}

// rootWalk is a path that is being looked up.
type rootWalk struct {
	keepLast bool     // the last name is found itself, also where it is a link
	at       []string // the names that lead from the root to where it is
	open     []int    // the root, the directories that lead to where it is now, and that
	left     []string // names that are still to be looked up
	links    int      // that were followed
}

// step looks up the next name.
func (w *rootWalk) step() error {
	name := w.left[0]
	w.left = w.left[1:]
	here := w.open[len(w.open)-1]
	switch name {
	case ".":
		return w.isDirectory()
	case "..":
		if len(w.open) == 1 {
			return nil
		}
		w.open, w.at = w.open[:len(w.open)-1], w.at[:len(w.at)-1]
		return unix.Close(here)
	}
	fd, err := Retry(func() (int, error) {
		return unix.Openat(here, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return err
	}
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return errors.Join(err, unix.Close(fd))
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFLNK || w.keepLast && len(w.left) == 0 {
		w.open, w.at = append(w.open, fd), append(w.at, name)
		return nil
	}
	return errors.Join(w.follow(fd), unix.Close(fd))
}

// isDirectory fails where it is not at a directory, as "file/" does.
func (w *rootWalk) isDirectory() error {
	var stat unix.Stat_t
	if err := unix.Fstat(w.open[len(w.open)-1], &stat); err != nil {
		return err
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		return unix.ENOTDIR
	}
	return nil
}

// follow puts the text of a link before what is left of the path.
func (w *rootWalk) follow(link int) error {
	if w.links++; w.links > MaxLinks {
		return unix.ELOOP
	}
	text, err := ReadLink(link, "")
	if err != nil {
		return err
	}
	left := SplitPath(text)
	if strings.HasSuffix(text, "/") {
		left = append(left, ".")
	}
	w.left = append(left, w.left...)
	if !strings.HasPrefix(text, "/") {
		return nil
	}
	above := w.open[1:]
	w.open, w.at = w.open[:1], nil
	return CloseAll(above...)
}
