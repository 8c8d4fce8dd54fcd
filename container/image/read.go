package image

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// The bounds of what is read. A record holds what the image's configuration says of a run,
// which may be 4 MiB, and some of its characters take six in JSON.
const (
	maxRecord = 32 << 20
	maxName   = 8 << 10
	maxLayers = 10_000
)

// DamagedError says that a file of the store is not what mydocker has written.
type DamagedError struct {
	Path string
	Err  error
}

func (e *DamagedError) Error() string {
	return e.Path + ": " + e.Err.Error() + "; mydocker system check --repair puts the store in order"
}

// Unwrap implements errors.Unwrap.
func (e *DamagedError) Unwrap() error { return e.Err }

func (l Layout) damaged(file string, err error) error { return &DamagedError{file, err} }

// ReadRecord reads an image's record. The error is fs.ErrNotExist where there is none.
func (l Layout) ReadRecord(manifest Digest) (*Record, error) {
	file := l.Record(manifest)
	content, err := readFile(file, maxRecord)
	if err != nil {
		return nil, err
	}
	record := &Record{}
	if err := record.parse(content, manifest); err != nil {
		return nil, l.damaged(file, err)
	}
	return record, nil
}

// Manifests are the manifests of all images, sorted. Where there is no store there are none.
func (l Layout) Manifests() (manifests []Digest, err error) {
	files, err := l.list(RecordsDir)
	for _, file := range files {
		if manifest, err := ParseDigest(algorithm + ":" + file); err == nil {
			manifests = append(manifests, manifest)
		}
	}
	return manifests, err
}

// NameFiles are the files of all names, sorted.
func (l Layout) NameFiles() ([]string, error) { return l.list(NamesDir) }

// list lists a directory of the store, without what begins with a dot: that is on its way.
func (l Layout) list(dir string) (files []string, err error) {
	entries, err := os.ReadDir(filepath.Join(string(l), dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			files = append(files, e.Name())
		}
	}
	return files, err
}

// ReadName reads what a name means, from a file of NamesDir. The error is fs.ErrNotExist where
// there is none.
func (l Layout) ReadName(name string) (NameRecord, error) {
	file := filepath.Join(string(l), NamesDir, name)
	content, err := readFile(file, maxName)
	if err != nil {
		return NameRecord{}, err
	}
	record := NameRecord{}
	if err = utils.DecodeStrictly(content, &record); err == nil {
		err = CheckVersion(record.Version)
	}
	if err == nil {
		_, err = ParseDigest(string(record.Manifest))
	}
	var r Reference
	if err == nil {
		r, err = ParseReference(record.Name)
	}
	if err == nil && (r.String() != record.Name || NameFile(r) != name) {
		err = fmt.Errorf("it is about %q", utils.Shortened(record.Name))
	}
	if err != nil {
		return NameRecord{}, l.damaged(file, err)
	}
	return record, nil
}

// CheckVersion refuses a file of the store that another mydocker has written.
func CheckVersion(version int) error {
	if version != RecordVersion {
		return fmt.Errorf("it is of version %d, and this mydocker knows %d", version, RecordVersion)
	}
	return nil
}

// parse reads a record and checks all of it that becomes part of a path.
func (r *Record) parse(content []byte, manifest Digest) error {
	if err := utils.DecodeStrictly(content, r); err != nil {
		return err
	}
	if r.Manifest.Digest != manifest {
		return fmt.Errorf("it is about %q", utils.Shortened(string(r.Manifest.Digest)))
	}
	return r.Validate()
}

func readFile(name string, most int64) ([]byte, error) {
	fd, err := utils.Open(name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	content, err := utils.ReadOpen(fd, most)
	if err = errors.Join(err, unix.Close(fd)); err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return content, nil
}
