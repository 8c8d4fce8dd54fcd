package archive

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// OpenFile opens a file to read it. A FIFO waits for who writes to it, until ctx is done.
func OpenFile(ctx context.Context, path string) (*os.File, error) {
	return await(ctx, path, unix.O_RDONLY)
}

// await opens what may wait for another program.
func await(ctx context.Context, path string, flags int) (*os.File, error) {
	type result struct {
		file *os.File
		err  error
	}
	opened := make(chan result, 1)
	go func() {
		fd, err := utils.Open(path, flags)
		if err != nil {
			opened <- result{nil, &fs.PathError{Op: "open", Path: path, Err: err}}
			return
		}
		file, err := newFile(fd, path)
		opened <- result{file, err}
	}()
	select {
	case r := <-opened:
		return r.file, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// newFile is a file on which a deadline ends what waits, where it is a FIFO.
func newFile(fd int, path string) (*os.File, error) {
	var stat unix.Stat_t
	err := unix.Fstat(fd, &stat)
	if err == nil && stat.Mode&unix.S_IFMT == unix.S_IFIFO {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), path), nil
}
