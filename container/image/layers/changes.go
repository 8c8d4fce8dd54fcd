package layers

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Change is a path that an upper directory changes, in Docker's words: A is added, C changed,
// D deleted, with all that was in it.
type Change struct {
	Kind string
	Path string
}

func (c Change) String() string { return c.Kind + " " + utils.OneLine(c.Path) }

// The kinds of a change.
const (
	kindAdded   = "A"
	kindChanged = "C"
	kindDeleted = "D"
)

// ChangesOptions say how changes are looked for.
type ChangesOptions struct {
	// UserXattr is that of the stack.
	UserXattr bool
	// Ignored are paths at which something that is empty is no change: mounts need it.
	Ignored []string
}

// ChangesOf are what an upper directory of overlayfs changes of the layers that it lies over,
// the uppermost first, sorted by path. A directory is changed if its owner, its mode, its time
// or one of its names is.
func ChangesOf(upper *os.File, lowers []*os.File, o *ChangesOptions) ([]Change, error) {
	stack := &Stack{UserXattr: o.UserXattr}
	for _, lower := range lowers {
		stack.Lowers = append(stack.Lowers, utils.FDPath(int(lower.Fd()))+"/.")
	}
	below, err := stack.openRoot()
	if err != nil {
		return nil, errors.Join(err, below.close())
	}
	c := comparison{stack: stack, ignored: o.Ignored}
	_, err = c.directory("/", part{fd: int(upper.Fd())}, &below)
	err = errors.Join(err, below.close())
	runtime.KeepAlive(lowers)
	runtime.KeepAlive(upper)
	slices.SortFunc(c.changes, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	return c.changes, err
}

type comparison struct {
	stack   *Stack
	ignored []string
	changes []Change
}

func (c *comparison) add(kind, path string) { c.changes = append(c.changes, Change{kind, path}) }

// outcome is what has become of names in a directory.
type outcome struct {
	changed bool // one was added or deleted
	ignored bool // one is ignored
}

// directory compares what is in a directory. below are the directories that it lies over; they
// may be none.
func (c *comparison) directory(dir string, upper part, below *node) (found outcome, err error) {
	entries, err := read(upper.fd, dir)
	if err != nil {
		return found, err
	}
	here := map[string]bool{}
	for _, entry := range entries {
		here[entry.Name()] = true
		one, err := c.entry(path.Join(dir, entry.Name()), entry.Name(), upper, below)
		if err != nil {
			return found, fmt.Errorf("%s: %w", utils.OneLine(path.Join(dir, entry.Name())), err)
		}
		found.changed, found.ignored = found.changed || one.changed, found.ignored || one.ignored
	}
	opaque, err := c.stack.isOpaque(upper.fd)
	if err != nil || !opaque {
		return found, err
	}
	hidden, err := c.stack.list(below, dir)
	for _, entry := range hidden {
		if !here[entry.Name] {
			c.add(kindDeleted, path.Join(dir, entry.Name))
			found.changed = true
		}
	}
	return found, err
}

// entry compares a name of the upper directory.
func (c *comparison) entry(file, name string, dir part, below *node) (found outcome, err error) {
	p, kind, err := open(dir, name)
	if err == unix.ENOENT { // it has been removed meanwhile, by a container that runs
		return found, nil
	}
	if err != nil {
		return found, err
	}
	lower, _, err := c.stack.lookup(below, name)
	if errors.Is(err, unix.ENOENT) {
		err = nil
	}
	defer func() { err = errors.Join(err, unix.Close(p.fd), lower.close()) }()
	was := len(lower.parts) > 0
	switch {
	case err != nil:
		return found, err
	case kind == whiteout:
		if was {
			c.add(kindDeleted, file)
		}
		return outcome{changed: was}, nil
	case !was && slices.Contains(c.ignored, file):
		empty, err := c.isEmpty(file, p, kind)
		if empty || err != nil {
			return outcome{ignored: true}, err
		}
	}
	if !was {
		c.add(kindAdded, file)
		found.changed = true
	}
	if kind != directory {
		if was {
			c.add(kindChanged, file)
		}
		return found, nil
	}
	if !lower.isDir {
		lower = node{parts: lower.parts}
	}
	return found, c.merged(file, p, &lower, was)
}

// merged compares a directory with what it lies over.
func (c *comparison) merged(dir string, upper part, lower *node, was bool) error {
	below := lower
	if !lower.isDir {
		below = &node{isDir: true}
	}
	names, err := c.directory(dir, upper, below)
	if err != nil || !was {
		return err
	}
	same := false
	if lower.isDir {
		if same, err = isSame(upper.fd, lower.parts[0].fd, names.ignored); err != nil {
			return err
		}
	}
	if names.changed || !same {
		c.add(kindChanged, dir)
	}
	return nil
}

// isSame compares the attributes of two directories.
func isSame(one, other int, anyTime bool) (bool, error) {
	var a, b unix.Stat_t
	if err := errors.Join(unix.Fstat(one, &a), unix.Fstat(other, &b)); err != nil {
		return false, err
	}
	return a.Mode == b.Mode && a.Uid == b.Uid && a.Gid == b.Gid && (anyTime || a.Mtim == b.Mtim), nil
}

// isEmpty reports whether a file has nothing in it, or a directory nothing but what is ignored.
func (c *comparison) isEmpty(name string, p part, kind kind) (bool, error) {
	if kind == directory {
		inside := comparison{stack: c.stack, ignored: c.ignored}
		_, err := inside.directory(name, p, &node{isDir: true})
		return len(inside.changes) == 0, err
	}
	var stat unix.Stat_t
	err := unix.Fstat(p.fd, &stat)
	return stat.Mode&unix.S_IFMT == unix.S_IFREG && stat.Size == 0, os.NewSyscallError("fstat", err)
}
