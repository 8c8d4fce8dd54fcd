package utils

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// ReplaceSynced writes a file of a directory, so that at any moment, also after a crash, there
// is the old one or the new. It is first written under the name beside, which nobody else may
// use meanwhile.
func ReplaceSynced(dir int, name, beside string, content []byte) error {
	err := replace(dir, name, beside, content, (*os.File).Sync)
	if err == nil {
		err = unix.Fsync(dir)
	}
	return err
}

// Replace is ReplaceSynced for what does not have to outlast a power cut.
func Replace(dir int, name, beside string, content []byte) error {
	return replace(dir, name, beside, content, func(*os.File) error { return nil })
}

// IsFull reports whether there is no room on a disk, or the caller may use no more of it.
func IsFull(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }

func replace(dir int, name, beside string, content []byte, sync func(*os.File) error) error {
	err := writeBeside(dir, beside, content, sync)
	if err == nil {
		err = unix.Renameat(dir, beside, dir, name)
	}
	return err
}

func writeBeside(dir int, name string, content []byte, sync func(*os.File) error) error {
	fd, err := createNew(dir, name)
	if err == unix.EEXIST {
		if err = Ignore(unix.Unlinkat(dir, name, 0), unix.ENOENT); err == nil {
			fd, err = createNew(dir, name)
		}
	}
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(fd), name)
	if _, err = file.Write(content); err == nil {
		err = sync(file)
	}
	return errors.Join(err, file.Close())
}

// createNew opens nothing that is there: it may be a FIFO, or another file by a hard link.
func createNew(dir int, name string) (int, error) {
	return Retry(func() (int, error) {
		return unix.Openat(dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o600)
	})
}
