package report

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/utils"
)

// Destination is where a report is written: an open file, or one to be replaced.
type Destination struct {
	file  *os.File
	place *place // where file is nil
}

// Waits reports whether writing may have to wait for a reader.
func (d *Destination) Waits() bool { return d.file != nil }

// Open finds what where names, before anything is started: "-" is stderr, "fd:N"
// a descriptor that the caller has opened, anything else a file. A file that is
// there, or can be, is replaced in one step, so that nobody reads half a report;
// a pipe or a device is written to. A symbolic link to a file is refused: neither
// the link (/dev/stdout is one) nor what it leads to is there to be replaced.
func Open(where string) (*Destination, error) {
	if where == "-" {
		return openStderr()
	}
	if number, isFD := strings.CutPrefix(where, "fd:"); isFD {
		return openFD(number)
	}
	stat, err := os.Stat(where)
	switch {
	case where == "":
		return nil, errors.New("neither a file, nor fd:N, nor -")
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	case stat.IsDir():
		return nil, &fs.PathError{Op: "write", Path: where, Err: unix.EISDIR}
	case !stat.Mode().IsRegular():
		return openDevice(where)
	}
	if link, err := os.Lstat(where); err == nil && link.Mode()&fs.ModeSymlink != 0 {
		return nil, fmt.Errorf("%s is a symbolic link to a file; name the file itself, fd:N or -", where)
	}
	place, err := openPlace(where)
	return &Destination{place: place}, err
}

// openStderr takes stderr. Where that was closed at the start, the Go runtime has
// put /dev/null in its place, and the report would go nowhere.
func openStderr() (*Destination, error) {
	if entry.WasClosed(unix.Stderr) {
		return nil, fmt.Errorf("stderr is closed: %w", unix.EBADF)
	}
	return &Destination{file: os.Stderr}, nil
}

// openFD takes a descriptor that was passed on to mydocker: one without the
// close-on-exec flag. The Go runtime has some of its own.
func openFD(number string) (*Destination, error) {
	n, err := strconv.ParseUint(number, 10, 31)
	fd := int(n)
	if err != nil {
		return nil, fmt.Errorf("fd:%s: not the number of a descriptor", number)
	}
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC != 0 || entry.WasClosed(fd) {
		return nil, fmt.Errorf("fd:%d: %w (it is not open in mydocker; a shell opens it by %d>FILE)", fd, unix.EBADF, fd)
	}
	mode, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil || mode&unix.O_ACCMODE == unix.O_RDONLY {
		return nil, fmt.Errorf("fd:%d: %w (it is not open for writing)", fd, unix.EBADF)
	}
	if fd > unix.Stderr {
		unix.CloseOnExec(fd) // mydocker's own children have no use for it
	}
	return &Destination{file: os.NewFile(uintptr(fd), "fd:"+number)}, nil
}

// openDevice opens what is no file. It does not wait for a pipe's reader, which
// no signal could end here.
func openDevice(path string) (*Destination, error) {
	fd, err := utils.Open(path, unix.O_WRONLY|unix.O_APPEND|unix.O_NONBLOCK|unix.O_NOCTTY)
	if err == unix.ENXIO {
		err = fmt.Errorf("%w (nobody reads from it)", err)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return &Destination{file: os.NewFile(uintptr(fd), path)}, nil
}

// Write writes the whole report.
func (d *Destination) Write(content []byte) error {
	if d.file != nil {
		_, err := d.file.Write(content)
		return err
	}
	return d.place.replace(content)
}
