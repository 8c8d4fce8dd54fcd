// Package fill copies what an image has in a directory to a volume: owners, modes, times, links and
// extended attributes. It is an archive of the one that is unpacked in the other, so what holds
// for layers holds here: both are looked at by descriptors, and no link is followed.
package fill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/unpack"
	"github.com/mydocker/mydocker/container/image/userns"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/utils"
)

// worker reads and writes as root of the container.
type worker interface {
	Archive(ctx context.Context, to io.Writer, dirs []*os.File, o *unpack.ArchiveOptions) (unpack.Archived, error)
	Layer(ctx context.Context, r io.Reader, dir *os.File, o *unpack.Options) (unpack.Result, error)
	Close() error
}

// here is the process itself.
type here struct{}

func (here) Archive(ctx context.Context, to io.Writer, dirs []*os.File, o *unpack.ArchiveOptions) (unpack.Archived, error) {
	return unpack.Archive(ctx, to, dirs, o)
}

func (here) Layer(ctx context.Context, r io.Reader, dir *os.File, o *unpack.Options) (unpack.Result, error) {
	return unpack.Layer(ctx, r, dir, o)
}

// Close closes nothing.
func (here) Close() error { return nil }

// Directory copies what is merged of directories, the uppermost first, into another, and returns
// when it is on the disk. namespace is the container's user namespace, nil for the caller's own.
func Directory(ctx context.Context, namespace *users.UserNamespace, dirs []string, into string) (err error) {
	var opened []*os.File
	defer func() {
		for _, dir := range opened {
			err = errors.Join(err, dir.Close())
		}
	}()
	for _, path := range append([]string{into}, dirs...) {
		fd, err := utils.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW)
		if err != nil {
			return &fs.PathError{Op: "open", Path: path, Err: err}
		}
		opened = append(opened, os.NewFile(uintptr(fd), path))
	}
	var w worker = here{}
	variant, err := image.OwnVariant()
	if err != nil {
		return err
	}
	if namespace != nil {
		started, err := userns.Start(namespace)
		if err != nil {
			return err
		}
		w, variant = started, started.Variant
	}
	err = duplicate(ctx, w, variant, opened[1:], opened[0])
	if err = errors.Join(err, w.Close()); err != nil {
		return fmt.Errorf("copy from the image to %s: %w", into, err)
	}
	return os.NewSyscallError("syncfs", unix.Syncfs(int(opened[0].Fd())))
}

func duplicate(ctx context.Context, w worker, variant image.Variant, from []*os.File, into *os.File) error {
	reader, writer := io.Pipe()
	archived := make(chan error, 1)
	go func() {
		_, err := w.Archive(ctx, writer, from, &unpack.ArchiveOptions{Variant: variant})
		archived <- errors.Join(err, writer.CloseWithError(err))
	}()
	_, err := w.Layer(ctx, reader, into, &unpack.Options{
		Variant: variant, Plain: true, OneOwner: variant != "", MaxBytes: math.MaxInt64, MaxEntries: math.MaxInt64,
	})
	err = errors.Join(err, reader.CloseWithError(errStopped))
	if failed := <-archived; !errors.Is(failed, errStopped) {
		err = errors.Join(failed, err)
	}
	return err
}

// errStopped is why an archive is not written any more: it could not be unpacked.
const errStopped = utils.Sentinel("stopped")
