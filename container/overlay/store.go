package overlay

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/utils"
)

// store is a directory with the layers of a run: a directory of changes, which is kept, or
// one of mydocker's own, which is removed.
//
// Those of mydocker's own are below STATE/overlay: ID.lock, which the run has locked with
// flock(2), and the layers in ID. Who removes a leftover holds its lock meanwhile, and who
// makes one looks, once it has the lock, whether the file is still there.
type store struct {
	request   *Request
	userXattr bool

	path    string
	dir     *os.File
	lock    *os.File
	state   *os.File // the directory of all leftovers; nil for a directory of changes
	record  *Record  // of a directory of changes
	changed bool     // the record has to be written
	made    bool     // the directory of changes is new
	layers  map[string]string
	// imageLayers are those of an image: the directories of which the upper ones have the
	// attributes, by the layer's name.
	imageLayers map[string]string
	// standIns are directories of layers that stand for the host's, by the host's path.
	standIns map[string]*os.File
}

const (
	layersName  = "overlay"
	lockSuffix  = ".lock"
	stateAdvice = "MYDOCKER_STATE=DIR names a directory on ext4, xfs or btrfs"
)

func openStore(request *Request, userXattr bool) (s *store, err error) {
	s = &store{request: request, userXattr: userXattr, layers: map[string]string{}, imageLayers: map[string]string{}, standIns: map[string]*os.File{}}
	if request.Dry {
		s.path = cmp.Or(request.Root.Changes, filepath.Join(request.Root.State, layersName, request.ID))
		return s, nil
	}
	switch {
	case request.Root.Changes != "":
		err = s.openChanges(request.Root.Changes)
	case request.Image != nil && request.Image.Kept != nil:
		if err = checkUpper(request.Image.KeptPath, stateAdvice); err == nil {
			err = s.keep(request.Image.Kept, request.Image.KeptPath)
		}
	default:
		err = s.makeOwn(request.Root)
	}
	if err != nil {
		return nil, errors.Join(err, s.close(false))
	}
	return s, nil
}

// makeOwn makes a directory of mydocker's own.
func (s *store) makeOwn(root *spec.Root) error {
	if root.State == "" {
		return errors.New("there is no directory for changes: HOME is not set; " + stateAdvice)
	}
	if err := checkUpper(existing(root.State), stateAdvice); err != nil { // before anything is made
		return err
	}
	if err := checkAbove(root.State); err != nil {
		return err
	}
	state, err := openState(root.State)
	if err != nil {
		return err
	}
	s.state = state
	id := s.request.ID
	if s.lock, err = lockNew(state, id+lockSuffix); err != nil {
		return err
	}
	if err := unix.Mkdirat(int(state.Fd()), id, 0o700); err != nil {
		return &fs.PathError{Op: "mkdir", Path: filepath.Join(state.Name(), id), Err: err}
	}
	if err := s.open(filepath.Join(state.Name(), id)); err != nil || !s.others() {
		return err
	}
	return errors.Join(unix.Fchmod(int(state.Fd()), s.mode()), unix.Fchmod(int(s.dir.Fd()), s.mode()))
}

// openState opens the directory of all stores of a user's, which it makes if it is
// missing. Others may pass through it: root of a user namespace has a store there.
func openState(state string) (*os.File, error) {
	name := filepath.Join(state, layersName)
	if err := os.MkdirAll(name, 0o711); err != nil {
		return nil, fmt.Errorf("%w (%s)", err, stateAdvice)
	}
	name, err := filepath.EvalSymlinks(name)
	if err != nil {
		return nil, err
	}
	return OpenDir(name)
}

// lockNew makes a lock file and locks it. A remover that comes in between takes it for a
// leftover's, and has the file be gone, or locked for a moment.
func lockNew(dir *os.File, name string) (*os.File, error) {
	for range 100 {
		fd, err := unix.Openat(int(dir.Fd()), name, unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
		if err != nil {
			return nil, &fs.PathError{Op: "create", Path: filepath.Join(dir.Name(), name), Err: err}
		}
		file := os.NewFile(uintptr(fd), name)
		var stat unix.Stat_t
		if err = utils.Flock(fd, unix.LOCK_EX); err == nil {
			err = unix.Fstat(fd, &stat)
		}
		if err == nil && stat.Nlink > 0 {
			return file, nil
		}
		if err = errors.Join(err, file.Close()); err != nil {
			return nil, fmt.Errorf("lock %s: %w", filepath.Join(dir.Name(), name), err)
		}
	}
	return nil, fmt.Errorf("lock %s: it is removed again and again", filepath.Join(dir.Name(), name))
}

// open opens the store's own directory, and gives it to root of the container.
func (s *store) open(name string) (err error) {
	if err := checkAbove(name); err != nil {
		return err
	}
	if s.dir, err = OpenDir(name); err != nil {
		return err
	}
	s.path = name
	return nil
}

// openChanges opens a directory of changes, or makes one.
func (s *store) openChanges(name string) error {
	err := checkUpper(existing(name), "ext4, xfs and btrfs can")
	if err == nil {
		err = os.Mkdir(name, 0o700)
	}
	s.made = err == nil
	if err == nil || errors.Is(err, fs.ErrExist) {
		err = s.useChanges(name)
	}
	if err != nil {
		return fmt.Errorf("--overlay=%s: %w", name, err)
	}
	return nil
}

func (s *store) useChanges(name string) error {
	name, err := filepath.EvalSymlinks(name)
	if err == nil {
		err = s.open(name)
	}
	if err == nil { // before the lock makes a file
		err = s.checkOurs()
	}
	if err == nil {
		s.lock, err = Lock(s.dir)
	}
	if err == nil {
		err = awaitPrevious(s.dir, s.lock)
	}
	if err == nil {
		err = s.load()
	}
	if err == nil {
		err = unix.Fchmod(int(s.dir.Fd()), s.mode())
	}
	return err
}

// mode is that of a directory with layers: closed to others, for files in it may give who
// runs them its owner's rights.
func (s *store) mode() uint32 {
	if s.others() {
		return 0o711 // the layers in it are closed
	}
	return 0o700
}

// others reports whether root of the container is another user than the caller.
func (s *store) others() bool {
	return s.request.UserNamespace && (s.request.UID != os.Geteuid() || s.request.GID != os.Getegid())
}

// checkOurs refuses a directory that is not empty and has no record: it may be anything.
func (s *store) checkOurs() error {
	var stat unix.Stat_t
	err := unix.Fstatat(int(s.dir.Fd()), recordName, &stat, unix.AT_SYMLINK_NOFOLLOW)
	if err != unix.ENOENT {
		return err
	}
	names, err := s.dir.Readdirnames(-1)
	foreign := func(name string) bool { // what a run leaves that was killed before it had a record
		number, err := strconv.ParseUint(name, 10, 16)
		return name != lockName && name != recordName+".new" && (err != nil || strconv.FormatUint(number, 10) != name)
	}
	if slices.ContainsFunc(names, foreign) {
		return errors.New("it holds files and is no directory of changes; name a new one or an empty one")
	}
	return err
}

// load reads the record of a directory of changes, if there is one yet.
func (s *store) load() (err error) {
	s.record, err = Load(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		s.record, err = &Record{Version: recordVersion}, nil
	}
	return err
}

// save writes the record, where it says something new.
func (s *store) save() error {
	if err := s.closeStandIns(); err != nil {
		return err
	}
	if !s.changed || s.request.Dry {
		return nil
	}
	started, err := Now()
	if err != nil {
		return err
	}
	for n := range s.record.Layers {
		if l := &s.record.Layers[n]; l.Started == 0 {
			l.Started = started
		}
	}
	return s.record.Save(s.dir)
}

// close removes a store of mydocker's own, and lets go of a directory of changes, which is
// removed as well if it is new and the command never ran.
func (s *store) close(ran bool) error {
	errs := []error{s.closeStandIns()}
	switch {
	case s.request.Dry:
	case s.state != nil && s.lock != nil:
		errs = append(errs, removeStore(s.state, s.request.ID, nil, s.request.Remove))
	case s.made && !ran:
		errs = append(errs, s.removeChanges())
	}
	for _, file := range []*os.File{s.dir, s.lock, s.state} {
		if file != nil {
			errs = append(errs, file.Close())
		}
	}
	return errors.Join(errs...)
}

// removeChanges removes a directory of changes that is empty as yet.
func (s *store) removeChanges() error {
	if s.path == "" { // it could not be opened
		return os.Remove(s.request.Root.Changes)
	}
	parent, err := os.Open(filepath.Dir(s.path))
	if err != nil {
		return err
	}
	return errors.Join(removeTree(parent, filepath.Base(s.path), nil), parent.Close())
}
