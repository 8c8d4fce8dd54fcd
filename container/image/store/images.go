package store

import (
	"errors"
	"io/fs"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/mount"
	"github.com/mydocker/mydocker/utils"
)

// Named is an image, and the names that it has, whole and sorted.
type Named struct {
	image.Record
	Names []image.Reference
	// Used tells whether a container or a command has it in use, a container needs it that has
	// ended and was kept, or it is mounted.
	Used bool
}

// Images are all images, with their names, sorted by their digests. Where one is damaged, the
// error says which, and the others are returned all the same.
func (s *Store) Images() ([]Named, error) {
	var names []image.NameRecord
	var files []recordFile
	var kept map[image.Digest]string
	var mounted []image.Digest
	err := s.look(func() error {
		var errs [4]error
		names, errs[0] = s.readNames()
		kept, errs[1] = s.kept()
		mounted, errs[2] = mount.Mounted(s.state)
		files, errs[3] = s.readRecords()
		return errors.Join(errs[:]...)
	})
	errs := []error{err}
	byDigest := map[image.Digest][]image.Reference{}
	for _, name := range names {
		reference, err := image.ParseReference(name.Name)
		byDigest[name.Manifest] = append(byDigest[name.Manifest], reference)
		errs = append(errs, err)
	}
	parseRecords(files)
	images := make([]Named, 0, len(files))
	for n := range files {
		file := &files[n]
		if file.err != nil {
			errs = append(errs, &image.DamagedError{Path: file.path, Err: file.err})
			continue
		}
		images = append(images, Named{
			Record: *file.record, Names: byDigest[file.manifest],
			Used: file.used || kept[file.manifest] != "" || slices.Contains(mounted, file.manifest),
		})
	}
	return images, errors.Join(errs...)
}

// parseRecords parses records on all CPUs: that is most of the work of a list.
func parseRecords(files []recordFile) {
	var workers sync.WaitGroup
	many := runtime.GOMAXPROCS(0)
	for first := range many {
		workers.Go(func() {
			for n := first; n < len(files); n += many {
				files[n].record, files[n].err = image.ParseRecord(files[n].content, files[n].manifest)
			}
		})
	}
	workers.Wait()
}

// recordFile is a record, which is parsed when nobody has to wait for that.
type recordFile struct {
	path     string
	manifest image.Digest
	content  []byte
	used     bool

	record *image.Record
	err    error
}

// readRecords reads all records.
func (s *Store) readRecords() ([]recordFile, error) {
	manifests, err := s.layout.Manifests()
	errs := []error{err}
	files := make([]recordFile, 0, len(manifests))
	for _, manifest := range manifests {
		file, err := s.readRecordFile(manifest)
		if err != nil {
			errs = append(errs, utils.Ignore(err, fs.ErrNotExist))
			continue
		}
		files = append(files, file)
	}
	return files, errors.Join(errs...)
}

func (s *Store) readRecordFile(manifest image.Digest) (r recordFile, err error) {
	r.path, r.manifest = s.layout.Record(manifest), manifest
	file, err := openFile(r.path, unix.O_RDONLY)
	if err != nil {
		return r, err
	}
	if r.content, err = readAll(file, maxRecord); err == nil {
		r.used, err = isUsed(file)
	}
	return r, errors.Join(err, file.Close())
}
