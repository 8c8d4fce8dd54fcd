package volume

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

// directory is STATE/volumes, open.
type directory struct{ file *os.File }

const (
	volumesName = "volumes"
	// newPrefix and removedPrefix begin the names of volumes that are on their way in and out. No
	// name of a volume begins with a dot.
	newPrefix     = ".new-"
	removedPrefix = ".removed-"
)

func (d *directory) fd() int { return int(d.file.Fd()) }

func (d *directory) path(names ...string) string {
	return filepath.Join(append([]string{d.file.Name()}, names...)...)
}

// Close closes it.
func (d *directory) Close() error { return d.file.Close() }

// makeDirectory opens the directory, and makes it where there is none. Others may pass through
// it: root of a user namespace has volumes there.
func makeDirectory(state string) (*directory, error) {
	if state == "" {
		return nil, errors.New("there is no directory for volumes: HOME is not set; MYDOCKER_STATE=DIR names one")
	}
	if err := os.MkdirAll(filepath.Join(state, volumesName), 0o711); err != nil {
		return nil, err
	}
	return openDirectory(state)
}

// openDirectory opens the directory. What is in it decides what is mounted with the caller's
// rights, so it is the caller's own, and nobody else can write to it.
func openDirectory(state string) (*directory, error) {
	file, err := utils.OpenOwnDir(filepath.Join(state, volumesName), 0o711)
	if err != nil {
		return nil, err
	}
	return &directory{file}, nil
}

// readRecord reads the record of a volume.
func readRecord(dir int, path, name string) (r Record, err error) {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(dir, recordName, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	})
	if err == nil {
		var content []byte
		content, err = utils.ReadOpen(fd, maxRecord)
		err = errors.Join(err, unix.Close(fd))
		if err == nil {
			r, err = parse(content, name)
		}
	}
	if errors.Is(err, fs.ErrNotExist) { // a volume that is locked has one
		err = errors.New("it is not there")
	}
	if err != nil {
		return Record{}, &DamagedError{filepath.Join(path, recordName), err}
	}
	return r, nil
}

// parse reads a record, in which nothing is unknown.
func parse(content []byte, name string) (r Record, err error) {
	if err := utils.DecodeStrictly(content, &r); err != nil {
		return r, err
	}
	switch {
	case r.Version < 1 || r.Version > Version:
		return r, fmt.Errorf("it is of version %d, and this mydocker knows up to %d", r.Version, Version)
	case r.Name != name:
		return r, fmt.Errorf("it is about %q", utils.Shortened(r.Name))
	}
	_, err = ParseOptions(r.Options)
	return r, err
}

// CheckName refuses what cannot be the name of a volume, in Docker's words.
func CheckName(name string) error {
	const (
		most  = 255
		first = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	)
	isOf := func(text, characters string) bool {
		return strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune(characters, r) }) < 0
	}
	switch {
	case len(name) == 1:
		return errors.New("volume name is too short, names should be at least two alphanumeric characters")
	case name == "" || !isOf(name[:1], first) || !isOf(name, first+"_.-"):
		return fmt.Errorf("%q includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. "+
			"If you intended to pass a host directory, use absolute path", utils.Shortened(name))
	case len(name) > most:
		return fmt.Errorf("volume name %q is longer than %d characters", utils.Shortened(name), most)
	}
	return nil
}

// NewName is a name for a volume that nobody names: 64 hexadecimal digits, as in Docker.
func NewName() (string, error) {
	const length = 64
	name := ""
	for len(name) < length {
		id, err := utils.NewID()
		if err != nil {
			return "", err
		}
		name += id
	}
	return name[:length], nil
}
