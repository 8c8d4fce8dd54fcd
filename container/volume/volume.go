// Package volume keeps directories that containers share, and that outlast them. A volume is a
// directory, STATE/volumes/NAME:
//
//	volume.json   the Record
//	lock          locked by who uses the volume, see Volume
//	_data         what is in it, unless its options say where that is
//	fill          what is just being copied there from an image, see Fill
//
// It is made under another name and renamed, and it is renamed before it is removed: so there
// is a volume, whole, or none. What is left of either when that is interrupted,
// ClearLeftovers removes. Nothing in a volume is trusted: a container has written it.
package volume

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Record is what is known of a volume. It is written once.
type Record struct {
	Version int               `json:"version"`
	Name    string            `json:"name"`
	Created time.Time         `json:"created"`
	Labels  map[string]string `json:"labels,omitempty"`
	// Options are those of Docker's driver local, see ParseOptions.
	Options map[string]string `json:"options,omitempty"`
	// Anonymous is whether nobody has named it.
	Anonymous bool `json:"anonymous,omitempty"`
	// Temporary is whether it goes with the run that has made it: who finds it unused removes it.
	Temporary bool `json:"temporary,omitempty"`
}

// Version is that of the records that are written, and read.
const Version = 1

const (
	recordName = "volume.json"
	recordNew  = recordName + ".new"
	lockName   = "lock"
	dataName   = "_data"
	fillName   = "fill"
	maxRecord  = 1 << 20
)

// NotFoundError says that there is no volume of that name.
type NotFoundError struct{ Name string }

func (e *NotFoundError) Error() string { return "get " + utils.Shortened(e.Name) + ": no such volume" }

// DamagedError says that a volume's record is not what mydocker has written.
type DamagedError struct {
	Path string
	Err  error
}

func (e *DamagedError) Error() string { return e.Path + ": " + e.Err.Error() }

// Unwrap implements errors.Unwrap.
func (e *DamagedError) Unwrap() error { return e.Err }

// Volume is a volume that is open: the caller uses it, or has it alone, until Close.
type Volume struct {
	Record
	// Dir is the volume's directory, Path its path.
	Dir  *os.File
	Path string

	volumes *directory
	lock    *os.File
}

// Data is the directory with what is in the volume, which exists. Backing says whether that
// is elsewhere.
func (v *Volume) Data() string { return filepath.Join(v.Path, dataName) }

// DataPath is where the content of a volume is, or will be.
func DataPath(state, name string) string {
	return filepath.Join(state, volumesName, name, dataName)
}

// Backing is what the volume's options say.
func (v *Volume) Backing() (Backing, error) {
	b, err := ParseOptions(v.Options)
	if err != nil {
		err = fmt.Errorf("volume %s: %w", v.Name, err)
	}
	return b, err
}

// Lock is the file that the volume's locks are on: a child that has it open, too, has them.
func (v *Volume) Lock() *os.File { return v.lock }

// Close gives the locks up. A child that is just being made has the file, too, until its
// execve: closing alone would not unlock it.
func (v *Volume) Close() error {
	return errors.Join(unlock(v.lock), v.lock.Close(), v.Dir.Close(), v.volumes.Close())
}

// Create opens the volume that has the record's name, and makes it if there is none. Of several
// callers who do so at once, one makes it, and all have it. What an existing one was made
// with stays.
func Create(state string, wanted *Record) (v *Volume, made bool, err error) {
	if err := CheckName(wanted.Name); err != nil {
		return nil, false, fmt.Errorf("create %s: %w", utils.Shortened(wanted.Name), err)
	}
	if _, err := ParseOptions(wanted.Options); err != nil {
		return nil, false, fmt.Errorf("create %s: %w", wanted.Name, err)
	}
	d, err := makeDirectory(state)
	if err != nil {
		return nil, false, fmt.Errorf("create %s: %w", wanted.Name, err)
	}
	const attempts = 100 // others may remove it again and again
	for range attempts {
		v, err = d.open(wanted.Name, toUse())
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
		if v, made, err = d.create(wanted); made || err != nil {
			break
		}
	}
	if v == nil && err == nil {
		err = errors.New("others are in the way again and again")
	}
	if err != nil {
		return nil, false, errors.Join(fmt.Errorf("create %s: %w", wanted.Name, err), d.Close())
	}
	return v, made, nil
}

// create makes a volume. It returns none where it is to be tried again: another one has the name
// meanwhile, or who removes what others have left took this for that, before it was locked.
func (d *directory) create(wanted *Record) (v *Volume, made bool, err error) {
	random, err := utils.NewID()
	if err != nil {
		return nil, false, err
	}
	name := newPrefix + random
	v, err = d.build(name, wanted)
	if err == nil {
		err = unix.Renameat(d.fd(), name, d.fd(), wanted.Name)
	}
	if err == nil {
		v.Path = d.path(wanted.Name)
		if err = unix.Fsync(d.fd()); err == nil {
			return v, true, nil
		}
	}
	if isAgain(err) {
		err = nil
	}
	if v != nil {
		err = errors.Join(err, v.closeOwn())
	}
	return nil, false, errors.Join(err, d.abandon(name))
}

// isAgain reports whether others are in the way: no volume is empty that another one is renamed to.
func isAgain(err error) bool {
	for _, errno := range []unix.Errno{unix.ENOTEMPTY, unix.EEXIST, unix.ENOENT, unix.EAGAIN} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}

// build makes the directory of a volume, which the caller uses.
func (d *directory) build(name string, wanted *Record) (*Volume, error) {
	if err := unix.Mkdirat(d.fd(), name, 0o700); err != nil {
		return nil, &fs.PathError{Op: "mkdir", Path: d.path(name), Err: err}
	}
	v, err := d.openDir(name, unix.O_RDWR|unix.O_CREAT)
	if err != nil {
		return nil, err
	}
	v.Record = *wanted
	v.Version = Version
	err = setLock(v.lock, unix.F_OFD_SETLK, unix.F_RDLCK, useByte)
	if err == nil {
		err = v.makeData()
	}
	if err == nil {
		err = v.save()
	}
	if err != nil {
		return v, fmt.Errorf("make %s: %w", d.path(name), err)
	}
	return v, nil
}

// makeData makes the directory for the content. Its mode is Docker's, whatever the umask.
func (v *Volume) makeData() error {
	err := unix.Mkdirat(int(v.Dir.Fd()), dataName, 0o755)
	if err == nil {
		err = unix.Fchmodat(int(v.Dir.Fd()), dataName, 0o755, 0)
	}
	return err
}

func (v *Volume) save() error {
	content, err := json.Marshal(&v.Record)
	if err != nil {
		return err
	}
	return utils.ReplaceSynced(int(v.Dir.Fd()), recordName, recordNew, append(content, '\n'))
}

// closeOwn is Close for a volume of a directory that stays open.
func (v *Volume) closeOwn() error {
	return errors.Join(unlock(v.lock), v.lock.Close(), v.Dir.Close())
}

// Open opens a volume, for the caller to use it. The error is a *NotFoundError where there is none.
func Open(state, name string) (*Volume, error) { return open(state, name, toUse()) }

// OpenToRemove opens a volume for the caller alone. One that somebody uses is an *InUseError.
// Also one whose record is damaged is opened.
func OpenToRemove(state, name string) (*Volume, error) { return open(state, name, toRemove()) }

func open(state, name string, as access) (*Volume, error) {
	d, err := openDirectory(state)
	if errors.Is(err, fs.ErrNotExist) || err == nil && CheckName(name) != nil {
		if err == nil {
			err = d.Close()
		}
		return nil, errors.Join(&NotFoundError{name}, utils.Ignore(err, fs.ErrNotExist))
	}
	if err != nil {
		return nil, err
	}
	v, err := d.open(name, as)
	if errors.Is(err, fs.ErrNotExist) {
		err = &NotFoundError{name}
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return v, nil
}
