package changes

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// copyFile makes a file with the content of another. Holes stay holes, and where the file
// system can, both share their blocks.
func copyFile(from, to entry) (err error) {
	source, err := from.openFile()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	fd, err := unix.Openat(to.dir, to.name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	target := os.NewFile(uintptr(fd), to.name)
	defer func() { err = errors.Join(err, target.Close()) }()
	if unix.IoctlFileClone(fd, int(source.Fd())) == nil {
		return nil
	}
	info, err := source.Stat()
	if err != nil {
		return err
	}
	if err := target.Truncate(info.Size()); err != nil {
		return err
	}
	return copyData(source, target, info.Size())
}

// copyData copies the parts of a file that are no holes.
func copyData(source, target *os.File, size int64) error {
	buffer := make([]byte, blockSize)
	for offset := int64(0); offset < size; {
		start, err := unix.Seek(int(source.Fd()), offset, unix.SEEK_DATA)
		if err == unix.ENXIO {
			return nil // the rest is a hole
		}
		end := size
		switch err {
		case nil:
			end, err = unix.Seek(int(source.Fd()), start, unix.SEEK_HOLE)
		case unix.EINVAL:
			start, err = offset, nil // the file system does not know holes
		}
		if err != nil {
			return err
		}
		part := io.NewSectionReader(source, start, end-start)
		if _, err := io.CopyBuffer(io.NewOffsetWriter(target, start), struct{ io.Reader }{part}, buffer); err != nil {
			return err
		}
		offset = end
	}
	return nil
}
