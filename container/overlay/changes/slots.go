package changes

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/utils"
)

// store is a directory with slots: each holds what is new until it is exchanged for what
// is old, and then that. It is on the file system of the targets, for a rename(2) to reach
// them, and closed to everybody else: an old set-user-ID program is not to be called any
// more. It is in the directory of changes if that is on the same file system, else in the
// topmost directory there that the caller can write to.
type store struct {
	// Path is "" for one in the directory of changes.
	Path string `json:"path,omitempty"`
}

// openStore is a store that is used.
type openStore struct {
	*tree
	number int // in the journal
	mount  string
	device uint64
}

const storePrefix = ".mydocker.apply."

func (k *Kept) storePath(j *journal, s store) string {
	if s.Path != "" {
		return s.Path
	}
	return path.Join(k.path, journalPrefix+strconv.Itoa(j.number))
}

// placeOf tells which file system a directory is on, as far as rename(2) is concerned.
func placeOf(fd int) (mount string, device uint64, err error) {
	var s unix.Stat_t
	if err := unix.Fstat(fd, &s); err != nil {
		return "", 0, err
	}
	mount, err = mountID(fd)
	return mount, s.Dev, err
}

// openStore opens a store of a journal.
func (k *Kept) openStore(j *journal, number int) (*openStore, error) {
	s := j.stores[number]
	t, err := openTree(k.storePath(j, s), unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	opened := &openStore{tree: t, number: number}
	var stat unix.Stat_t
	if err = unix.Fstat(int(t.top.Fd()), &stat); err == nil && (int(stat.Uid) != os.Geteuid() || stat.Mode&0o077 != 0) {
		err = fmt.Errorf("%s is not the caller's alone", t.top.Name())
	}
	if err == nil {
		opened.mount, opened.device, err = placeOf(int(t.top.Fd()))
	}
	if err != nil {
		return nil, errors.Join(err, t.top.Close())
	}
	return opened, nil
}

// makeStore makes a store for targets in a directory of the host.
func (k *Kept) makeStore(j *journal, l *layer, name string) (*openStore, error) {
	fd, err := l.host.open(name, unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	mount, device, err := placeOf(fd)
	if err = errors.Join(err, unix.Close(fd)); err != nil {
		return nil, err
	}
	if ownMount, ownDevice, err := placeOf(int(k.dir.Fd())); err != nil {
		return nil, err
	} else if ownMount == mount && ownDevice == device {
		return k.makeStoreAt(j, k.dir, store{})
	}
	var refused error
	for _, above := range parents(name) {
		fd, err := l.host.open(above, unix.O_RDONLY|unix.O_DIRECTORY)
		if err != nil {
			refused = err
			continue
		}
		dir := os.NewFile(uintptr(fd), l.host.path(above))
		var made *openStore
		if _, found, placeErr := placeOf(fd); placeErr != nil || found == device {
			made, err = k.makeStoreAbove(j, dir)
			err = errors.Join(err, placeErr)
		}
		if err = errors.Join(err, dir.Close()); made != nil || isFatal(err) {
			return made, err
		}
		refused = err
	}
	return nil, fmt.Errorf("no directory above %s takes the new and old versions: %w", l.host.path(name), refused)
}

// parents are the directories above a name and the name itself, the topmost first.
func parents(name string) []string {
	list := []string{"."}
	for i := range name {
		if name[i] == '/' {
			list = append(list, name[:i])
		}
	}
	if name != "." {
		list = append(list, name)
	}
	return list
}

func (k *Kept) makeStoreAbove(j *journal, dir *os.File) (*openStore, error) {
	if err := unix.Faccessat(int(dir.Fd()), ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS); err != nil {
		return nil, err
	}
	var id strings.Builder
	for range 2 {
		part, err := utils.NewID()
		if err != nil {
			return nil, err
		}
		id.WriteString(part)
	}
	return k.makeStoreAt(j, dir, store{path.Join(dir.Name(), storePrefix+id.String())})
}

// makeStoreAt makes a store in a directory. The journal knows of it before it is there.
func (k *Kept) makeStoreAt(j *journal, dir *os.File, s store) (*openStore, error) {
	if err := j.mark(line{Store: &s}); err != nil {
		return nil, err
	}
	if err := k.at("store"); err != nil {
		return nil, err
	}
	name := k.storePath(j, s)
	made := entry{int(dir.Fd()), path.Base(name)}
	err := keepTimes(made.dir, func() error { return unix.Mkdirat(made.dir, made.name, 0o700) })
	if err != nil {
		return nil, fmt.Errorf("mkdir %s: %w", name, err)
	}
	if err := unix.Lremovexattr(made.path(), defaultACL); err != nil && err != unix.ENODATA && err != unix.EOPNOTSUPP {
		return nil, fmt.Errorf("removexattr %s: %w", name, err)
	}
	opened, err := k.openStore(j, len(j.stores)-1)
	if err != nil {
		return nil, err
	}
	if err := opened.try(); err != nil {
		return nil, errors.Join(err, opened.top.Close())
	}
	return opened, nil
}

// try finds out whether the file system can exchange files.
func (s *openStore) try() error {
	fd := int(s.top.Fd())
	names := []string{"try1", "try2"}
	for _, name := range names {
		if err := unix.Mknodat(fd, name, unix.S_IFREG|0o600, 0); err != nil {
			return s.failed("create", name, err)
		}
	}
	err := unix.Renameat2(fd, names[0], fd, names[1], unix.RENAME_EXCHANGE)
	if err != nil {
		err = fmt.Errorf("the file system of %s cannot exchange files: %w", s.top.Name(), err)
	}
	for _, name := range names {
		err = errors.Join(err, unix.Unlinkat(fd, name, 0))
	}
	return err
}

// remove removes a store with all that is in it. One that was never made is gone, too.
func (k *Kept) remove(j *journal, s store) error {
	name := k.storePath(j, s)
	parent, err := openTree(path.Dir(name), unix.O_PATH)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return err
	}
	err = keepTimes(int(parent.top.Fd()), func() error { return overlay.RemoveTree(parent.top, path.Base(name)) })
	return errors.Join(parent.failed("remove", path.Base(name), err), parent.top.Close())
}

// keepTimes does something in a directory that leaves its times as they are.
func keepTimes(dir int, do func() error) error {
	d := entry{dir, "."}
	a, err := d.stat()
	if err = errors.Join(err, do()); err != nil {
		return err
	}
	if err = d.setTimes(timesOf(&a)); errors.Is(err, unix.EPERM) {
		err = nil // the directory is somebody else's
	}
	return err
}

// isFatal tells the errors after which nothing can be prepared any more.
func isFatal(err error) bool {
	for _, errno := range []error{unix.ENOSPC, unix.EDQUOT, unix.EIO, unix.EMFILE, unix.ENFILE, unix.ENOMEM} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}
