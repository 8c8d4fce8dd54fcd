// Package overlay knows the changes that a copy-on-write root file system has kept: it
// lists them, applies them to the host, and takes that back.
//
// A directory of changes holds:
//
//	changes.json   the Record
//	lock           locked with flock(2) while a run or a command uses the directory
//	N/upper        the upper directory of layer N, as overlayfs writes it
//	N/work         overlayfs's own
//	apply.N        what apply number N did, and the old versions of what it replaced
package overlay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

const (
	recordName    = "changes.json"
	recordVersion = 1
	// maxRecord bounds the record's file, maxLayers its layers.
	maxRecord = 4 << 20
	maxLayers = 4096
)

// Record says what the layers of a directory of changes lie over.
type Record struct {
	Version int     `json:"version"`
	Layers  []Layer `json:"layers"`
}

// Layer is what was written to one file system of the host.
//
// It is mounted without redirect_dir and metacopy: with those the upper directory alone
// is not the change. The upper directory's own mode, owner, times and extended attributes
// are those of Mount when the layer is made, for they are what a container sees there.
type Layer struct {
	// Mount is the directory that the layer lies over, as the host names it: absolute and
	// clean, without symbolic links. It need not be a mount point.
	Mount string `json:"mount"`
	// Directory is where the layer's upper and work are, below the directory of changes.
	Directory string `json:"directory"`
	// Device and Inode are those of Mount.
	Device uint64 `json:"device"`
	Inode  uint64 `json:"inode"`
	// UserXattr is whether overlayfs marks its files by attributes of users (userxattr),
	// as it has to in a user namespace.
	UserXattr bool `json:"user_xattr,omitempty"`
	// Started is when the first run with this layer began, by Now. What has changed on the
	// host since is a conflict. A later run may have seen that, but a file that is renamed
	// over another does not tell which of the runs made it; so the first counts.
	Started int64 `json:"started"`
}

// NewLayer describes a layer over mount, which it looks at. When it began is not said yet:
// all layers of a run share that.
func NewLayer(mount, directory string, userXattr bool) (Layer, error) {
	var stat unix.Stat_t
	if err := unix.Lstat(mount, &stat); err != nil {
		return Layer{}, &fs.PathError{Op: "stat", Path: mount, Err: err}
	}
	return Layer{Mount: mount, Directory: directory, Device: stat.Dev, Inode: stat.Ino, UserXattr: userXattr}, nil
}

// Load reads the record of a directory of changes. An error that is fs.ErrNotExist says
// that there is none.
func Load(dir *os.File) (*Record, error) {
	fd, err := unix.Openat(int(dir.Fd()), recordName, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	name := path.Join(dir.Name(), recordName)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	file := os.NewFile(uintptr(fd), name)
	content, err := io.ReadAll(io.LimitReader(file, maxRecord+1))
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	record, err := parseRecord(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return record, nil
}

func parseRecord(content []byte) (*Record, error) {
	if len(content) > maxRecord {
		return nil, fmt.Errorf("more than %d bytes", maxRecord)
	}
	record := new(Record)
	if err := utils.DecodeStrictly(content, record); err != nil {
		return nil, fmt.Errorf("not a record of changes: %w", err)
	}
	return record, record.validate()
}

func (r *Record) validate() error {
	if r.Version != recordVersion {
		return fmt.Errorf("version %d is not known, only %d is", r.Version, recordVersion)
	}
	if len(r.Layers) > maxLayers {
		return fmt.Errorf("more than %d layers", maxLayers)
	}
	mounts, directories := map[string]bool{}, map[string]bool{}
	for _, l := range r.Layers {
		if err := l.validate(); err != nil {
			return err
		}
		if mounts[l.Mount] || directories[l.Directory] {
			return fmt.Errorf("layer %s of %q is there twice", l.Directory, l.Mount)
		}
		mounts[l.Mount], directories[l.Directory] = true, true
	}
	return nil
}

func (l *Layer) validate() error {
	number, err := strconv.ParseUint(l.Directory, 10, 16)
	switch {
	case !path.IsAbs(l.Mount) || path.Clean(l.Mount) != l.Mount || bytes.IndexByte([]byte(l.Mount), 0) >= 0:
		return fmt.Errorf("layer %q: %q is not an absolute path", l.Directory, l.Mount)
	case !utf8.ValidString(l.Mount):
		return fmt.Errorf("layer %q: the name %q is not UTF-8", l.Directory, l.Mount)
	case err != nil || strconv.FormatUint(number, 10) != l.Directory:
		return fmt.Errorf("layer %q: not a number", l.Directory)
	case l.Started <= 0:
		return fmt.Errorf("layer %s: it is not said when it began", l.Directory)
	}
	return nil
}

// Save writes the record, so that at any moment there is the old one or the new.
func (r *Record) Save(dir *os.File) error {
	if err := r.validate(); err != nil {
		return err
	}
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := utils.ReplaceSynced(int(dir.Fd()), recordName, recordName+".new", append(content, '\n')); err != nil {
		return fmt.Errorf("write %s: %w", path.Join(dir.Name(), recordName), err)
	}
	return nil
}
