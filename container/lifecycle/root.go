package lifecycle

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Root is the directory with the containers of an engine (--root). A container is a directory in
// it, ROOT/ID:
//
//	record.json   the Record
//	config.json   the bundle's, as it was when the container was created
//	start         a FIFO at which init waits; that it has a reader says that it does
//	result        a FIFO by which init tells what fails after the start: neither a full disk nor
//	              RLIMIT_FSIZE of the command's keep it from that
//	notify/       where there is a service manager, the socket at which the command says that it is
//	              ready: all of it that the container sees, read-only
//	lock          locked by the verb that changes the container
//
// That a container runs is in none of them: the kernel is asked.
type Root struct {
	path string
	warn func(error)
	done Done
}

// OpenRoot returns that of a path. It is made when the first container is. What goes wrong and is no
// failure is told to warn, and each step of a verb to done.
func OpenRoot(path string, warn func(error), done Done) (*Root, error) {
	absolute, err := filepath.Abs(path)
	return &Root{absolute, warn, done}, err
}

// maxID is the longest id of a container, in bytes: it is the name of a file.
const maxID = unix.NAME_MAX

// InvalidIDError says that an id is none.
type InvalidIDError struct{ ID string }

func (e *InvalidIDError) Error() string {
	return fmt.Sprintf("invalid container ID format: %q has no characters, too many, or an invalid character (1 to %d of A-Z, a-z, 0-9, _, +, - and ., and not . or ..)", utils.Shortened(e.ID), maxID)
}

// CheckID refuses what is no id of a container.
func CheckID(id string) error {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-."
	if id == "" || len(id) > maxID || id == "." || id == ".." || strings.ContainsFunc(id, func(r rune) bool { return !strings.ContainsRune(allowed, r) }) {
		return &InvalidIDError{id}
	}
	return nil
}

// NotExistError says that there is no such container.
type NotExistError struct{ ID string }

func (e *NotExistError) Error() string { return "container does not exist" }

// ExistsError says that the id is another container's.
type ExistsError struct{ ID string }

func (e *ExistsError) Error() string { return "container with given ID already exists" }

// BusyError says that another command changes the container.
type BusyError struct{ ID string }

func (e *BusyError) Error() string {
	return "container " + e.ID + " is being changed by another command (try again; delete --force ends what hangs)"
}

// Container is a container's directory, open.
type Container struct {
	Record
	path string
	dir  *os.File
	lock *os.File // while this process has it locked
	// destroyed says that this process has removed it, after a failure.
	destroyed bool
	warn      func(error)
	done      Done
}

// make makes a container's directory, and has it locked.
func (r *Root) make(id string) (*Container, error) {
	if err := CheckID(id); err != nil {
		return nil, err
	}
	path := filepath.Join(r.path, id)
	err := os.Mkdir(path, 0o700)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(r.path, 0o700); err == nil {
			err = os.Mkdir(path, 0o700)
		}
	}
	if errors.Is(err, fs.ErrExist) {
		return nil, &ExistsError{id}
	}
	if errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0 {
		err = fmt.Errorf("%w (an ordinary user's are in $XDG_RUNTIME_DIR/mydocker-oci, if that is set, or where --root says)", err)
	}
	if err != nil {
		return nil, err
	}
	c, err := r.open(id)
	if err == nil {
		err = c.Lock()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(path))
	}
	return c, nil
}

// open opens the directory of a container.
func (r *Root) open(id string) (*Container, error) {
	if err := CheckID(id); err != nil {
		return nil, err
	}
	path := filepath.Join(r.path, id)
	fd, err := utils.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW)
	if err == unix.ENOENT {
		return nil, &NotExistError{id}
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	if err := checkOwner(fd, path); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return &Container{Record: Record{ID: id}, path: path, dir: os.NewFile(uintptr(fd), path), warn: r.warn, done: r.done}, nil
}

// ForeignError says that a container's directory is another user's.
type ForeignError struct {
	Path  string
	Owner uint32
}

func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s belongs to user %d, and could have any process killed and any program executed: its owner alone can use it", e.Path, e.Owner)
}

// checkOwner refuses the directory of another user but root, who names in it the processes that are
// signalled, the cgroups that are cleared, and the hooks that are run.
func checkOwner(dir int, path string) error {
	var status unix.Stat_t
	if err := unix.Fstat(dir, &status); err != nil {
		return &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	if status.Uid != 0 && int(status.Uid) != os.Geteuid() {
		return &ForeignError{path, status.Uid}
	}
	return nil
}

// Open opens a container. A *DamagedError comes with one that can only be deleted.
func (r *Root) Open(id string) (*Container, error) {
	c, err := r.open(id)
	if err != nil {
		return nil, err
	}
	return c, c.read()
}

// List opens all containers that have a record, those that cannot be read left out.
func (r *Root) List() ([]*Container, error) {
	entries, err := os.ReadDir(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []*Container
	for _, entry := range entries {
		if !entry.IsDir() || CheckID(entry.Name()) != nil {
			continue
		}
		c, err := r.Open(entry.Name())
		if err == nil {
			all = append(all, c)
		} else if c != nil {
			err = c.Close()
		}
		if err != nil && !isLeftOut(err) {
			return all, err
		}
	}
	return all, nil
}

// isLeftOut reports whether an error is about a container that is just made or removed, damaged, or another user's.
func isLeftOut(err error) bool {
	var damaged *DamagedError
	var foreign *ForeignError
	var gone *NotExistError
	return errors.As(err, &damaged) || errors.As(err, &foreign) || errors.As(err, &gone) || errors.Is(err, fs.ErrNotExist)
}

// Close closes the directory, and gives the lock up.
func (c *Container) Close() error {
	err := c.dir.Close()
	if c.lock != nil {
		err = errors.Join(err, c.lock.Close())
		c.lock = nil
	}
	return err
}

const lockName = "lock"

// Lock has the container for this process alone. It is a *BusyError where another one has it.
func (c *Container) Lock() error {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(int(c.dir.Fd()), lockName, unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	})
	if err == unix.ENOENT { // the directory has been removed
		return &NotExistError{c.ID}
	}
	if err != nil {
		return &fs.PathError{Op: "open", Path: filepath.Join(c.path, lockName), Err: err}
	}
	c.lock = os.NewFile(uintptr(fd), lockName)
	if err := utils.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		if err == unix.EWOULDBLOCK {
			err = &BusyError{c.ID}
		}
		return errors.Join(err, c.unlock())
	}
	return nil
}

// lockSoon is Lock that has patience with a create that comes to its end: who sees the state
// "created" may start the container at once. Others hold it for as long as their hooks run.
func (c *Container) lockSoon() (err error) {
	for end := time.Now().Add(lockedWithin); ; time.Sleep(lockInterval) {
		var busy *BusyError
		if err = c.Lock(); !errors.As(err, &busy) || time.Now().After(end) {
			return err
		}
	}
}

const (
	lockedWithin = 2 * time.Second
	lockInterval = 5 * time.Millisecond
)

func (c *Container) unlock() error {
	err := c.lock.Close()
	c.lock = nil
	return err
}

// remove removes the directory.
func (c *Container) remove() error { return os.RemoveAll(c.path) }
