package utils

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// ReadRegular reads the regular file of a descriptor of OpenInRoot, at most so many bytes
// of it. Nothing else is even opened: a device may act on that, and a FIFO wait.
func ReadRegular(fd int, most int64) ([]byte, error) {
	if _, err := sizeOfRegular(fd, most); err != nil {
		return nil, err
	}
	file, err := Open(FDPath(fd), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY)
	if err != nil {
		return nil, err
	}
	content, err := ReadOpen(file, most)
	return content, errors.Join(err, unix.Close(file))
}

// ErrNotRegular says that a file is something else, such as a directory or a pipe.
const ErrNotRegular = Sentinel("not a regular file")

// ReadOpen reads a file that is open for reading, and has to be a regular one of at most so
// many bytes, from its beginning.
func ReadOpen(fd int, most int64) ([]byte, error) {
	size, err := sizeOfRegular(fd, most)
	if err != nil {
		return nil, err
	}
	content := make([]byte, 0, size+1)
	for {
		if len(content) == cap(content) {
			content = append(content, 0)[:len(content)]
		}
		n, err := Retry(func() (int, error) {
			return unix.Pread(fd, content[len(content):cap(content)], int64(len(content)))
		})
		switch {
		case err != nil:
			return nil, err
		case n == 0:
			return content, nil
		}
		if content = content[:len(content)+n]; int64(len(content)) > most {
			return nil, tooLong(most)
		}
	}
}

func sizeOfRegular(fd int, most int64) (int64, error) {
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return 0, err
	}
	switch {
	case stat.Mode&unix.S_IFMT != unix.S_IFREG:
		return 0, ErrNotRegular
	case stat.Size > most:
		return 0, tooLong(most)
	}
	return stat.Size, nil
}

func tooLong(most int64) error { return fmt.Errorf("longer than %d bytes", most) }
