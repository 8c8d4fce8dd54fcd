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
	err := writeSynced(dir, beside, content)
	if err == nil {
		err = unix.Renameat(dir, beside, dir, name)
	}
	if err == nil {
		err = unix.Fsync(dir)
	}
	return err
}

func writeSynced(dir int, name string, content []byte) error {
	fd, err := unix.Openat(dir, name, unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(fd), name)
	if _, err = file.Write(content); err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}
