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
	// standIns are directories of layers that stand for the host's, by the host's path.
	standIns map[string]*os.File
}

const (
	layersName  = "overlay"
	lockSuffix  = ".lock"
	stateAdvice = "MYDOCKER_STATE=DIR names a directory on ext4, xfs or btrfs"
)

func openStore(request *Request, userXattr bool) (s *store, err error) {
	s = &store{request: request, userXattr: userXattr, layers: map[string]string{}, standIns: map[string]*os.File{}}
	if request.Dry {
		s.path = cmp.Or(request.Root.Changes, filepath.Join(request.Root.State, layersName, request.ID))
		return s, nil
	}
	if request.Root.Changes != "" {
		err = s.openChanges(request.Root.Changes)
	} else {
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
		if err = unix.Flock(fd, unix.LOCK_EX); err == nil {
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

// checkAbove refuses a directory that anybody can put another in the place of: init mounts
// its layers by their paths.
func checkAbove(name string) error {
	for above := filepath.Dir(name); ; above = filepath.Dir(above) {
		info, err := os.Lstat(above)
		switch {
		case errors.Is(err, fs.ErrNotExist): // it is about to be made
		case err != nil:
			return err
		case info.Mode().Perm()&0o002 != 0 && info.Mode()&fs.ModeSticky == 0:
			return fmt.Errorf("%s lies in %s, which everybody can write to (chmod +t helps)", name, above)
		}
		if above == "/" {
			return nil
		}
	}
}

// existing is the path, or what of it there is.
func existing(name string) string {
	for {
		if _, err := os.Stat(name); err == nil || name == "/" {
			return name
		}
		name = filepath.Dir(name)
	}
}

// checkUpper refuses a directory on a file system that cannot hold an upper directory, in
// words that say what helps.
func checkUpper(dir, advice string) error {
	var status unix.Statfs_t
	if err := unix.Statfs(dir, &status); err != nil {
		return &fs.PathError{Op: "statfs", Path: dir, Err: err}
	}
	kind := cannotBeUpper(int64(status.Type)) //nolint:unconvert // it is another type on 32 bits
	if kind == "" && status.Flags&unix.ST_RDONLY != 0 {
		kind = "read-only"
	}
	if kind != "" {
		return fmt.Errorf("%s cannot hold what is written to an overlay: its file system is %s; %s", dir, kind, advice)
	}
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

// layer is the directory with the upper and work directories of a piece, which are made
// where there are none yet.
func (s *store) layer(part *piece) (string, error) {
	number := len(s.layers)
	if s.record != nil {
		at := slices.IndexFunc(s.record.Layers, func(l Layer) bool { return l.Mount == part.path })
		if at >= 0 {
			return s.known(&s.record.Layers[at])
		}
		for slices.ContainsFunc(s.record.Layers, func(l Layer) bool { return l.Directory == strconv.Itoa(number) }) {
			number++
		}
	}
	name := strconv.Itoa(number)
	if !s.request.Dry {
		if err := s.make(part, name); err != nil {
			return "", fmt.Errorf("make the layer of %s: %w", part.path, err)
		}
	}
	s.layers[part.path] = name
	return filepath.Join(s.path, name), nil
}

// known is a layer of an earlier run.
func (s *store) known(l *Layer) (string, error) {
	if l.UserXattr != s.userXattr {
		how := "in a user namespace, as by an ordinary user"
		if s.userXattr {
			how = "by root, without a user namespace"
		}
		return "", fmt.Errorf("--overlay=%s: its changes were made %s; only such a run can go on from there", s.path, how)
	}
	for _, name := range []string{"upper", "work"} {
		if info, err := os.Lstat(filepath.Join(s.path, l.Directory, name)); err != nil {
			return "", err
		} else if !info.IsDir() {
			return "", fmt.Errorf("%s/%s/%s is no directory", s.path, l.Directory, name)
		}
	}
	s.layers[l.Mount] = l.Directory
	return filepath.Join(s.path, l.Directory), nil
}

// make makes the directories of a layer. What is there under that name already, no record
// tells of: the run that made it failed.
func (s *store) make(part *piece, name string) error {
	layer, err := describe(part.path, name, s.userXattr)
	if err != nil {
		return err
	}
	if s.record != nil {
		if err := removeTree(s.dir, name, nil); err != nil {
			return err
		}
		s.record.Layers = append(s.record.Layers, layer)
		s.changed = true
	}
	var made []*os.File
	for _, below := range []string{name, name + "/upper", name + "/work"} {
		var dir *os.File
		if dir, err = s.makeDir(below); err != nil {
			break
		}
		made = append(made, dir)
	}
	if err == nil {
		err = s.copyAttributes(part.path, made[1])
	}
	for _, dir := range made {
		err = errors.Join(err, dir.Close())
	}
	return err
}

// makeDir makes a directory in the store, of container's root and closed to others.
func (s *store) makeDir(name string) (*os.File, error) {
	at := int(s.dir.Fd())
	err := unix.Mkdirat(at, name, 0o700)
	fd := -1
	if err == nil {
		fd, err = unix.Openat(at, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	}
	if err == nil && s.others() {
		err = unix.Fchown(fd, s.request.UID, s.request.GID)
	}
	if err != nil {
		return nil, &fs.PathError{Op: "mkdir", Path: filepath.Join(s.path, name), Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

// describe is NewLayer without the time, which all layers of a run share.
func describe(mount, directory string, userXattr bool) (Layer, error) {
	var stat unix.Stat_t
	if err := unix.Lstat(mount, &stat); err != nil {
		return Layer{}, &fs.PathError{Op: "stat", Path: mount, Err: err}
	}
	return Layer{Mount: mount, Directory: directory, Device: stat.Dev, Inode: stat.Ino, UserXattr: userXattr}, nil
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
