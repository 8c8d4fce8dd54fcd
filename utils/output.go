package utils

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// Output is a file that a user named to have something written there: an open file, or
// one to be replaced.
type Output struct {
	file  *os.File
	entry *dirEntry // where file is nil
}

// OpenOutput finds what path names. A file that is there, or can be, is replaced in one
// step, so that nobody reads half of it, and what is in it otherwise, perhaps under
// another name, stays. A pipe or a device is written to.
//
// A symbolic link is not followed: who can put one there could have any file of the
// caller's written to. The exceptions are those of the system, such as /dev/stdout,
// where they do not lead to a file.
func OpenOutput(path string) (*Output, error) {
	var found unix.Stat_t
	err := unix.Lstat(path, &found)
	isLink := err == nil && found.Mode&unix.S_IFMT == unix.S_IFLNK
	if isLink && slices.Contains([]string{"/dev", "/dev/fd", "/proc/self/fd"}, filepath.Dir(path)) {
		err = unix.Stat(path, &found)
	}
	format := found.Mode & unix.S_IFMT
	switch {
	case err == unix.ENOENT && !isLink, err == nil && !isLink && format == unix.S_IFREG:
		entry, err := openEntry(path)
		return &Output{entry: entry}, err
	case err != nil:
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	case format == unix.S_IFLNK || format == unix.S_IFREG:
		return nil, fmt.Errorf("%s is a symbolic link; name the file itself", path)
	case format == unix.S_IFDIR:
		return nil, &fs.PathError{Op: "write", Path: path, Err: unix.EISDIR}
	case isLink:
		return openDevice(path, 0)
	}
	return openDevice(path, unix.O_NOFOLLOW)
}

// openDevice opens what is no file. It does not wait for a pipe's reader, which
// no signal could end here.
func openDevice(path string, flags int) (*Output, error) {
	fd, err := Open(path, unix.O_WRONLY|unix.O_APPEND|unix.O_NONBLOCK|unix.O_NOCTTY|flags)
	if err == unix.ENXIO {
		err = fmt.Errorf("%w (nobody reads from it)", err)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	var stat unix.Stat_t
	if err = unix.Fstat(fd, &stat); err == nil && stat.Mode&unix.S_IFMT == unix.S_IFREG {
		err = errors.New("it has become a file just now")
	}
	if err != nil {
		return nil, errors.Join(&fs.PathError{Op: "open", Path: path, Err: err}, unix.Close(fd))
	}
	return OutputTo(os.NewFile(uintptr(fd), path)), nil
}

// OutputTo is an Output to an open file.
func OutputTo(file *os.File) *Output { return &Output{file: file} }

// Waits reports whether writing may have to wait for a reader.
func (o *Output) Waits() bool { return o.file != nil }

// Write writes all of content, to stay.
func (o *Output) Write(content []byte) error {
	if o.file != nil {
		_, err := o.file.Write(content)
		return err
	}
	return o.entry.replace(content, lasting)
}

// Mark writes content that is of use for a while. It waits for no reader and no disk. A
// file is the caller's own, whoever's was there.
func (o *Output) Mark(content []byte) error {
	if o.entry != nil {
		return o.entry.replace(content, passing)
	}
	raw, err := o.file.SyscallConn()
	if err != nil {
		return err
	}
	var writeErr error
	err = raw.Write(func(fd uintptr) bool {
		_, writeErr = Retry(func() (int, error) { return unix.Write(int(fd), content) })
		return true
	})
	if err == nil && writeErr != nil {
		err = &fs.PathError{Op: "write", Path: o.file.Name(), Err: writeErr}
	}
	return err
}

// Close gives up what is not going to be written, or has been.
func (o *Output) Close() error {
	if o.file != nil {
		return o.file.Close()
	}
	return o.entry.dir.Close()
}
