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

// rootWalk is a path that is being looked up.
type rootWalk struct {
	at    []string // the names that lead from the root to where it is
	open  []int    // the root, the directories that lead to where it is now, and that
	left  []string // names that are still to be looked up
	links int      // that were followed
}

// step looks up the next name.
func (w *rootWalk) step() error {
	name := w.left[0]
	w.left = w.left[1:]
	here := w.open[len(w.open)-1]
	switch name {
	case ".":
		return nil
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
	if stat.Mode&unix.S_IFMT != unix.S_IFLNK {
		w.open, w.at = append(w.open, fd), append(w.at, name)
		return nil
	}
	return errors.Join(w.follow(fd), unix.Close(fd))
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
	w.left = append(SplitPath(text), w.left...)
	if !strings.HasPrefix(text, "/") {
		return nil
	}
	above := w.open[1:]
	w.open, w.at = w.open[:1], nil
	return CloseAll(above...)
}
