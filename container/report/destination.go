package report

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/utils"
)

// Open finds what where names, before anything is started: "-" is stderr, "fd:N"
// a descriptor that the caller has opened, which the system has names for, too;
// anything else is a file (utils.OpenOutput).
func Open(where string) (*utils.Output, error) {
	if where == "-" {
		return openStderr()
	}
	for _, prefix := range []string{"fd:", "/dev/fd/", "/proc/self/fd/"} {
		if number, isFD := strings.CutPrefix(where, prefix); isFD {
			return openFD(number)
		}
	}
	switch where {
	case "/dev/stdout":
		return openFD("1")
	case "/dev/stderr":
		return openStderr()
	}
	if where == "" {
		return nil, errors.New("neither a file, nor fd:N, nor -")
	}
	return utils.OpenOutput(where)
}

// openStderr takes stderr. Where that was closed at the start, the Go runtime has
// put /dev/null in its place, and the report would go nowhere.
func openStderr() (*utils.Output, error) {
	if entry.WasClosed(unix.Stderr) {
		return nil, fmt.Errorf("stderr is closed: %w", unix.EBADF)
	}
	return utils.OutputTo(os.Stderr), nil
}

// openFD takes a descriptor that was passed on to mydocker: one without the
// close-on-exec flag. The Go runtime has some of its own.
func openFD(number string) (*utils.Output, error) {
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
	return utils.OutputTo(os.NewFile(uintptr(fd), "fd:"+number)), nil
}
