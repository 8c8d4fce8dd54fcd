package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/container/image/unpack"
	"github.com/mydocker/mydocker/container/image/userns"
)

// ReadDirectory puts the root that is in a directory into the store, as ReadRoot does with
// an archive of it. What belongs to an ordinary user belongs to root in a container.
func ReadDirectory(ctx context.Context, dir *os.File, images *store.Store, options *ingest.Options) (*Root, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	output, input := io.Pipe()
	ended := make(chan struct{})
	var archived unpack.Archived
	go func() {
		defer close(ended)
		var err error
		archived, err = archiveDirectory(ctx, input, dir, options)
		input.CloseWithError(err)
	}()
	root, err := ReadRoot(ctx, output, images, options.MaxBytes)
	if err != nil {
		output.CloseWithError(err) // ends the other one, too
		cancel(err)
	}
	<-ended
	if err == nil && archived.SkippedCount > 0 && options.Warn != nil {
		options.Warn(fmt.Sprintf("%d files are left out, because no archive can hold them: %q", archived.SkippedCount, archived.Skipped))
	}
	return root, err
}

func archiveDirectory(ctx context.Context, w io.Writer, dir *os.File, options *ingest.Options) (archived unpack.Archived, err error) {
	dirs := []*os.File{dir}
	if options.Maps == nil {
		return unpack.Archive(ctx, w, dirs, &unpack.ArchiveOptions{})
	}
	worker, err := userns.Start(options.Maps)
	if err != nil {
		return unpack.Archived{}, err
	}
	defer func() { err = errors.Join(err, worker.Close()) }()
	return worker.Archive(ctx, w, dirs, &unpack.ArchiveOptions{})
}
