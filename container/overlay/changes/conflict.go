package changes

import (
	"errors"
	"fmt"
	"path"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// conflict says what of the host has changed since the run began, so that an apply of the
// change would lose it; "" is nothing.
func (k *Kept) conflict(c *Change, m memory) (string, error) {
	switch {
	case c.layer.foreign:
		return "another file system is there than in the run", nil
	case c.isMerged():
		if c.attributes && m.changedSince(c.layer, c.Path, &c.old) {
			return "the host has changed it since the run began", nil
		}
		return "", nil
	case c.Kind == Added:
		return k.deletedSince(c, m)
	}
	return changedBelow(c.layer, c.name, &c.old, func(name string, a *attr) bool {
		return m.changedSince(c.layer, hostPath(c.layer, name), a)
	})
}

// changedBelow looks at a file of the host, or a directory and all that is in it. It tells
// the first that changed says to be changed. A mount in it is an error: it cannot be moved.
func changedBelow(l *layer, name string, a *attr, changed func(name string, a *attr) bool) (string, error) {
	if changed(name, a) {
		return "the host has changed " + hostPath(l, name) + " since", nil
	}
	if !a.isDir() {
		return "", nil
	}
	names, err := l.host.names(name)
	if errors.Is(err, unix.EXDEV) {
		return "", fmt.Errorf("another file system is mounted on %s", hostPath(l, name))
	}
	if err != nil {
		return "", err
	}
	dir, err := l.host.at(path.Join(name, "x"))
	if err != nil {
		return "", err
	}
	list := make([]attr, len(names))
	for i, child := range names {
		found, statErr := entry{dir.dir, child}.lookup()
		list[i], err = found, errors.Join(err, statErr)
	}
	if err = errors.Join(err, dir.close()); err != nil {
		return "", err
	}
	for i, child := range names {
		if text, err := changedBelow(l, path.Join(name, child), &list[i], changed); text != "" || err != nil {
			return text, err
		}
	}
	return "", nil
}

// deletedSince tells whether what seems to be added was there when the run began, and the
// host has deleted it: overlayfs marks what it copied. A marked file may also have had
// another name, so for one the host's directory must have changed, too.
func (k *Kept) deletedSince(c *Change, m memory) (string, error) {
	e, err := c.upper()
	if err != nil {
		return "", err
	}
	copied, err := c.layer.marks.isCopy(e)
	if err = errors.Join(err, e.close()); err != nil || !copied {
		return "", err
	}
	if !c.new.isDir() {
		parent := path.Dir(c.name)
		dir, err := c.layer.host.lookup(path.Join(parent, "."))
		if err != nil || dir.exists() && !m.changedSince(c.layer, hostPath(c.layer, parent), &dir) {
			return "", err
		}
	}
	return "the host may have deleted it since the run began", nil
}

// obstacle says why a change cannot be made on the host, whatever was asked for; "" is
// nothing. What the kernel would refuse is found before anything is changed.
func (k *Kept) obstacle(c *Change) (string, error) {
	if reason := k.holdsItself(c); reason != "" {
		return reason, nil
	}
	e, err := c.host()
	switch {
	case errors.Is(err, unix.ELOOP) || errors.Is(err, unix.ENOTDIR):
		return "its directory has become a symbolic link, or no directory, on the host", nil
	case errors.Is(err, unix.EXDEV):
		return "another file system is mounted on its directory", nil
	case errors.Is(err, unix.ENOENT):
		return "its directory is missing on the host", nil
	case err != nil:
		return "", err
	}
	reason, err := e.obstacle(c)
	return reason, errors.Join(err, e.close())
}

func (e entry) obstacle(c *Change) (string, error) {
	var dir, file unix.Statx_t
	if err := unix.Statx(e.dir, "", unix.AT_EMPTY_PATH, unix.STATX_BASIC_STATS, &dir); err != nil {
		return "", fmt.Errorf("statx: %w", err)
	}
	err := unix.Statx(e.dir, e.name, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BASIC_STATS, &file)
	if err != nil && err != unix.ENOENT {
		return "", fmt.Errorf("statx: %w", err)
	}
	const fixed = unix.STATX_ATTR_IMMUTABLE | unix.STATX_ATTR_APPEND
	switch {
	case err == nil && file.Attributes&fixed != 0:
		return "it is immutable or append-only on the host (chattr -ia)", nil
	case err == nil && c.name != "." && file.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0:
		return "another file system is mounted on it", nil
	case c.isMerged():
		return "", nil
	case dir.Attributes&fixed != 0:
		return "its directory is immutable or append-only on the host (chattr -ia)", nil
	}
	if err := unix.Faccessat(e.dir, ".", unix.W_OK|unix.X_OK, unix.AT_EACCESS); err != nil {
		return fmt.Sprintf("its directory cannot be written to: %v", err), nil
	}
	return "", nil
}

// holdsItself keeps a change away from the directory of changes, and from the old versions
// that an undo needs.
func (k *Kept) holdsItself(c *Change) string {
	if utils.IsAt(c.Path, k.path) {
		return "it is in the directory of these changes"
	}
	if !c.isMerged() && utils.IsAt(k.path, c.Path) {
		return "it holds the directory of these changes"
	}
	for _, j := range k.journals {
		for _, s := range j.stores {
			if s.Path != "" && j.removed == 0 && (utils.IsAt(c.Path, s.Path) || !c.isMerged() && utils.IsAt(s.Path, c.Path)) {
				return "mydocker undo needs it"
			}
		}
	}
	return ""
}
