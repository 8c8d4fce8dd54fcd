package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/utils"
)

// openFile opens a file of the store, or makes it, for its owner alone.
func openFile(path string, flags int) (*os.File, error) {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Open(path, flags|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// readFile reads a regular file of at most so many bytes.
func readFile(path string, most int64) (content []byte, err error) {
	file, err := openFile(path, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	content, err = readAll(file, most)
	return content, errors.Join(err, file.Close())
}

func readAll(file *os.File, most int64) ([]byte, error) {
	content, err := utils.ReadOpen(int(file.Fd()), most)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file.Name(), err)
	}
	return content, nil
}

// maxRecord bounds a record (container/image/read.go).
const maxRecord = 32 << 20

// beside is where a file is written before it gets its name. Only who has the mutex does so.
const beside = image.PartialDir + "/file"

// writeBeside writes a file of the store, under the mutex: at any moment there is the old one
// or the new.
func (s *Store) writeBeside(name string, content []byte, sync bool) error {
	err := s.write(beside, content, sync)
	if err == nil {
		err = os.Rename(s.path(beside), s.path(name))
	}
	return err
}

// write writes a file, or nothing.
func (s *Store) write(name string, content []byte, sync bool) error {
	file, err := openFile(s.path(name), unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil && sync {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// syncDir has the names in a directory of the store be on the disk.
func (s *Store) syncDir(name string) error {
	dir, err := os.Open(s.path(name))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// syncAll has all data be on the disk that was written to the store's file system.
func (s *Store) syncAll() error {
	dir, err := os.Open(s.path())
	if err != nil {
		return err
	}
	err = unix.Syncfs(int(dir.Fd()))
	if err != nil {
		err = fmt.Errorf("sync the file system of %s: %w", s.path(), err)
	}
	return errors.Join(err, dir.Close())
}

// list are the names in a directory of the store; one that is missing has none.
func (s *Store) list(name string) ([]string, error) {
	dir, err := os.Open(s.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	names, err := dir.Readdirnames(-1)
	return names, errors.Join(err, dir.Close())
}

// isOnDisk reports whether a file is marked as being on the disk: its owner may not write to it.
func isOnDisk(info fs.FileInfo) bool { return info.Mode()&0o200 == 0 }

// markOnDisk marks files so, after their data was synced. The marks are on the disk before a
// record is written: all are made before the first is synced, for one write of the file system's
// journal has them all.
func markOnDisk(files ...*os.File) error {
	for _, file := range files {
		if err := file.Chmod(0o400); err != nil {
			return err
		}
	}
	for _, file := range files {
		if err := file.Sync(); err != nil {
			return err
		}
	}
	return nil
}
