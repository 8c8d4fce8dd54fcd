package utils

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"
)

// maxKernelFile bounds what ReadFile reads. Most control files hold a line; the
// longest is the list of the processes in a cgroup.
const maxKernelFile = 1 << 20

// WriteError says which kernel file refused which value.
type WriteError struct {
	Path  string
	Value string
	Err   error
}

func (e *WriteError) Error() string {
	return fmt.Sprintf("write %s = %q: %v", e.Path, e.Value, e.Err)
}

// Unwrap gives the errno to errors.Is.
func (e *WriteError) Unwrap() error { return e.Err }

// WriteFile writes value to an existing kernel file with a single write(2).
// It never creates or truncates: on a path that is not a kernel file that
// would turn a limit into an ordinary file that limits nothing.
func WriteFile(path, value string) error {
	fd, err := Open(path, unix.O_WRONLY)
	if err != nil {
		return &WriteError{path, value, err}
	}
	_, err = Retry(func() (int, error) { return unix.Write(fd, []byte(value)) })
	if closeErr := unix.Close(fd); err == nil {
		err = closeErr
	}
	if err != nil {
		return &WriteError{path, value, err}
	}
	return nil
}

// ReadFile returns the content of a kernel file without its last newline.
//
// The os package would register the file with the runtime's poller first;
// these files are read once on the way of every start.
func ReadFile(path string) (string, error) {
	fd, err := Open(path, unix.O_RDONLY)
	if err != nil {
		return "", fmt.Errorf("open %s: %w", path, err)
	}
	content, err := readAll(fd)
	if closeErr := unix.Close(fd); err == nil {
		err = closeErr
	}
	if err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return string(bytes.TrimSuffix(content, []byte("\n"))), nil
}

// Reader reads a descriptor with plain system calls, without the runtime's
// poller that an os.File brings along.
type Reader int

// Read implements io.Reader.
func (r Reader) Read(p []byte) (int, error) {
	n, err := Retry(func() (int, error) { return unix.Read(int(r), p) })
	if err != nil {
		return 0, err
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

func readAll(fd int) ([]byte, error) {
	content := make([]byte, 0, 1024)
	for len(content) < maxKernelFile {
		if len(content) == cap(content) {
			content = append(content, 0)[:len(content)]
		}
		n, err := Retry(func() (int, error) { return unix.Read(fd, content[len(content):cap(content)]) })
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return content, nil
		}
		content = content[:len(content)+n]
	}
	return nil, fmt.Errorf("more than %d bytes", maxKernelFile)
}

// Gone reports whether err says that a file or directory is not there: it
// never was (ENOENT), or it belongs to a cgroup or process that ended between
// open and read (ENODEV, ESRCH).
func Gone(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ESRCH)
}

// Open opens a path close-on-exec and returns the bare errno on failure.
func Open(path string, flags int) (int, error) {
	return Retry(func() (int, error) { return unix.Open(path, flags|unix.O_CLOEXEC, 0) })
}

// Retry repeats a system call for as long as a signal interrupts it (EINTR).
func Retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != unix.EINTR {
			return n, err
		}
	}
}

// Flock is flock(2), which a signal does not interrupt.
func Flock(fd, how int) error {
	_, err := Retry(func() (int, error) { return 0, unix.Flock(fd, how) })
	return err
}

// Ignore is err, or nil where it is one of those that do no harm.
func Ignore(err error, harmless ...error) error {
	for _, one := range harmless {
		if errors.Is(err, one) {
			return nil
		}
	}
	return err
}

// CloseAll closes descriptors.
func CloseAll(fds ...int) error {
	var errs []error
	for _, fd := range fds {
		errs = append(errs, unix.Close(fd))
	}
	return errors.Join(errs...)
}
