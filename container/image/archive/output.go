package archive

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Save writes images to a file, or for OCIDirectory to a directory. It is written beside and
// renamed: there is all of it, or what was there before. A FIFO or a device is written to.
func Save(ctx context.Context, path string, blobs Blobs, format Format, images []Saved) error {
	if format == OCIDirectory {
		return saveDirectory(ctx, path, blobs, images)
	}
	return WriteFile(ctx, path, func(w io.Writer) error { return Write(ctx, w, blobs, format, images) })
}

// WriteFile has something be written to a file: beside it, which is renamed. There is all of it,
// or what was there before. A FIFO or a device is written to.
func WriteFile(ctx context.Context, path string, write func(w io.Writer) error) error {
	info, err := os.Stat(path)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case err == nil && info.IsDir():
		return fmt.Errorf("%s is a directory", path)
	case err == nil && !info.Mode().IsRegular():
		return writeTo(ctx, path, write)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // the link stays
	}
	return writeBeside(path, write)
}

func writeBeside(path string, write func(w io.Writer) error) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return &fs.PathError{Op: failed.Op, Path: path, Err: failed.Err} // the name that the user knows
	}
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	if err := errors.Join(write(file), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// writeTo writes to what is neither file nor directory.
func writeTo(ctx context.Context, path string, write func(w io.Writer) error) (err error) {
	file, err := await(ctx, path, unix.O_WRONLY)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	stop := context.AfterFunc(ctx, func() {
		if err := file.SetWriteDeadline(time.Unix(1, 0)); err != nil {
			return // a device, on which nobody lets a write wait
		}
	})
	defer stop()
	buffered := bufio.NewWriterSize(file, 1<<20)
	if err := write(buffered); err != nil {
		return err
	}
	return buffered.Flush()
}

func saveDirectory(ctx context.Context, path string, blobs Blobs, images []Saved) (err error) {
	path = filepath.Clean(path)
	if names, err := os.ReadDir(path); err == nil && len(names) > 0 {
		return fmt.Errorf("%s is not empty: a layout needs a directory of its own", path)
	}
	beside, err := os.MkdirTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(beside))
		}
	}()
	root, err := os.OpenRoot(beside)
	if err != nil {
		return err
	}
	if err := errors.Join(WriteDirectory(ctx, root, blobs, images), root.Close()); err != nil {
		return err
	}
	if err := os.Chmod(beside, 0o755); err != nil {
		return err
	}
	return os.Rename(beside, path)
}
