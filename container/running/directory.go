package running

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// directory is the open one of a user's records.
type directory struct {
	path string
	fd   int
}

// errNoDirectory says that this user's runs in the foreground leave no records.
var errNoDirectory = errors.New("XDG_RUNTIME_DIR does not name a directory for what runs")

// Dir is the path of the caller's records.
func Dir() (string, error) {
	if os.Geteuid() == 0 {
		return "/run/mydocker", nil
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if !filepath.IsAbs(dir) {
		return "", errNoDirectory
	}
	return filepath.Join(dir, "mydocker"), nil
}

// open opens it, and makes it if it is missing and to be made. It has to be the caller's alone.
func open(create bool) (*directory, error) {
	path, err := Dir()
	if err != nil {
		return nil, err
	}
	const flags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW
	fd, err := utils.Open(path, flags)
	if err == unix.ENOENT && create {
		if err = unix.Mkdir(path, 0o700); err == nil || err == unix.EEXIST {
			fd, err = utils.Open(path, flags)
		}
	}
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	var stat unix.Stat_t
	if err = unix.Fstat(fd, &stat); err == nil && (int(stat.Uid) != os.Geteuid() || stat.Mode&0o077 != 0) {
		err = errors.New("it has to be the user's, and closed to all others (mode 0700)")
	}
	if err != nil {
		return nil, errors.Join(&fs.PathError{Op: "use", Path: path, Err: err}, unix.Close(fd))
	}
	return &directory{path, fd}, nil
}

// Kept is the record of a container that runs.
type Kept struct {
	directory *directory
	id        string
	fd        int
	named     bool
}

// The modes of a file before the container's command begins, and afterwards.
const (
	making = 0o600
	ready  = 0o400
)

// Keep writes a record.
func Keep(r *Record) (*Kept, error) {
	content, err := r.marshal()
	if err != nil {
		return nil, err
	}
	d, err := open(true)
	if err != nil {
		return nil, err
	}
	return d.keep(r.ID, content)
}

func (d *directory) keep(id string, content []byte) (k *Kept, err error) {
	k = &Kept{directory: d, id: id}
	k.fd, err = utils.Retry(func() (int, error) {
		return unix.Openat(d.fd, ".", unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, making)
	})
	if err != nil {
		return nil, errors.Join(&fs.PathError{Op: "make a file in", Path: d.path, Err: err}, unix.Close(d.fd))
	}
	err = k.fill(content)
	if err != nil {
		return nil, errors.Join(&fs.PathError{Op: "write a file in", Path: d.path, Err: err}, k.Remove())
	}
	err = unix.Linkat(unix.AT_FDCWD, utils.FDPath(k.fd), d.fd, k.id, unix.AT_SYMLINK_FOLLOW)
	if err != nil {
		return nil, errors.Join(&fs.PathError{Op: "link", Path: filepath.Join(d.path, k.id), Err: err}, k.Remove())
	}
	k.named = true
	return k, nil
}

// fill locks the file, and writes what is in it.
func (k *Kept) fill(content []byte) error {
	err := utils.Flock(k.fd, unix.LOCK_EX|unix.LOCK_NB)
	for err == nil && len(content) > 0 {
		var n int
		n, err = utils.Retry(func() (int, error) { return unix.Write(k.fd, content) })
		content = content[max(n, 0):]
	}
	return err
}

// Begin says that the container's command runs.
func (k *Kept) Begin() error {
	if err := unix.Fchmod(k.fd, ready); err != nil {
		return &fs.PathError{Op: "chmod", Path: filepath.Join(k.directory.path, k.id), Err: err}
	}
	return nil
}

// Remove takes it away.
func (k *Kept) Remove() error {
	var err error
	if k.named {
		err = utils.Ignore(unix.Unlinkat(k.directory.fd, k.id, 0), unix.ENOENT)
	}
	if k.fd >= 0 {
		err = errors.Join(err, unix.Close(k.fd))
	}
	return errors.Join(err, unix.Close(k.directory.fd))
}

// most is how many files a run looks at: it is not held up by many that live.
const most = 16

// Clear removes leftovers of runs that were killed, some of them where there are many.
func (k *Kept) Clear() error {
	names, err := k.directory.names(most)
	for _, name := range names {
		if fd, live, openErr := k.directory.openFile(name); openErr == nil {
			if !live {
				err = errors.Join(err, k.directory.remove(name))
			}
			err = errors.Join(err, unix.Close(fd))
		}
	}
	return err
}

func (d *directory) remove(name string) error {
	return utils.Ignore(unix.Unlinkat(d.fd, name, 0), unix.ENOENT)
}

// names lists the first of the ids that have files, at most as many as asked for; 0 is all.
func (d *directory) names(most int) (names []string, err error) {
	if _, err := unix.Seek(d.fd, 0, unix.SEEK_SET); err != nil {
		return nil, err
	}
	buffer := make([]byte, 4096)
	for {
		n, err := utils.Retry(func() (int, error) { return unix.ReadDirent(d.fd, buffer) })
		if err != nil || n == 0 {
			return names, err
		}
		_, _, all := unix.ParseDirent(buffer[:n], -1, nil)
		for _, name := range all {
			if utils.IsID(name) {
				names = append(names, name)
			}
		}
		if most > 0 && len(names) >= most {
			return names[:most], nil
		}
	}
}

// openFile opens the file of an id, and says whether its run lives.
func (d *directory) openFile(id string) (fd int, live bool, err error) {
	fd, err = utils.Retry(func() (int, error) {
		return unix.Openat(d.fd, id, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return -1, false, err
	}
	err = utils.Flock(fd, unix.LOCK_SH|unix.LOCK_NB)
	if live = err == unix.EWOULDBLOCK; live {
		err = nil
	}
	if err != nil {
		return -1, false, errors.Join(err, unix.Close(fd))
	}
	return fd, live, nil
}

// NotFoundError says that no container of that name or id runs.
type NotFoundError struct {
	Name string
	Why  error // why nothing could be looked up, or nil
}

func (e *NotFoundError) Error() string {
	text := "No such container: " + utils.Shortened(e.Name)
	if e.Why != nil {
		text += fmt.Sprintf(" (of those that run in the foreground nothing is known: %v)", e.Why)
	}
	return text
}

// Find returns the record of the container that has a name, an id, or the beginning of one.
func Find(name string) (*Record, error) {
	d, err := open(false)
	if err != nil {
		return nil, &NotFoundError{name, utils.Ignore(err, unix.ENOENT)}
	}
	r, err := d.find(name)
	return r, errors.Join(err, unix.Close(d.fd))
}

func (d *directory) find(name string) (found *Record, err error) {
	if name == "" { // which is no container's, also of those without one
		return nil, &NotFoundError{Name: name}
	}
	ids := []string{name}
	if !utils.IsID(name) {
		if ids, err = d.names(0); err != nil {
			return nil, err
		}
	}
	var other error
	for _, id := range ids {
		r, err := d.readOwn(id, id == name, &other)
		if err != nil {
			return nil, err
		}
		if r == nil || r.Name != name && !strings.HasPrefix(id, name) {
			continue
		}
		if found != nil {
			return nil, fmt.Errorf("%q is both container %s and %s: say more of the id", utils.Shortened(name), found.ID, id)
		}
		found = r
	}
	if found == nil {
		return nil, &NotFoundError{Name: name, Why: other}
	}
	return found, nil
}

// errMade says that a run has not come to its command for a long time. Somebody may have stopped it.
const errMade = utils.Sentinel("its container is still being made")

// readOwn reads a record. One of another version of mydocker may be meant, or not, and so may one that
// is still being made: where it is not named, other is told of it.
func (d *directory) readOwn(id string, named bool, other *error) (*Record, error) {
	r, err := d.read(id)
	if err == nil {
		return r, nil
	}
	err = fmt.Errorf("%s: %w", filepath.Join(d.path, id), err)
	if (errors.Is(err, errOther) || errors.Is(err, errMade)) && !named {
		*other = err
		return nil, nil
	}
	return nil, err
}

// maxContent is the longest record: fields, and the message.
const maxContent = 1<<20 + wire.MaxConfig

// read reads the record of a container that runs; it is nil for one that does not.
func (d *directory) read(id string) (r *Record, err error) {
	fd, live, err := d.openFile(id)
	if err == unix.ENOENT {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unix.Close(fd)) }()
	if !live {
		return nil, d.remove(id)
	}
	return readLive(fd, id)
}

// readLive reads the record of a container that lives, when its command runs.
func readLive(fd int, id string) (*Record, error) {
	if err := awaitReady(fd); err != nil {
		return nil, err
	}
	content, err := utils.ReadOpen(fd, maxContent)
	if err != nil {
		return nil, err
	}
	return parse(id, content)
}

// awaitReady waits until the container's command runs, or its run has ended.
func awaitReady(fd int) error {
	const patience, pause = 10 * time.Second, time.Millisecond
	for since := time.Now(); ; time.Sleep(pause) {
		var stat unix.Stat_t
		if err := unix.Fstat(fd, &stat); err != nil || stat.Mode&0o777 == ready || stat.Nlink == 0 {
			return err
		}
		if time.Since(since) > patience {
			return errMade
		}
	}
}
