package changes

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// The kinds of a Change, as docker diff has them.
const (
	Added   = 'A'
	Changed = 'C'
	Deleted = 'D'
)

// Change is a path of the host that is another one in the container.
type Change struct {
	Kind byte
	// Path is the host's.
	Path string

	layer    *layer
	name     string // below the layer
	new, old attr   // new is empty where it is deleted, old where it is added
	// attributes is whether mode, owner or extended attributes of a directory differ; if
	// not, it is only its entries or its times that do.
	attributes bool
	// problem is why nothing more is known.
	problem error
}

// String is the change as docker diff writes it, in one line.
func (c *Change) String() string { return string(c.Kind) + " " + utils.OneLine(c.Path) }

// attr is that of what is there in the end, or was deleted.
func (c *Change) attr() *attr {
	if c.Kind == Deleted {
		return &c.old
	}
	return &c.new
}

// Problem is why nothing more is known of the change.
func (c *Change) Problem() error {
	if c.problem == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", c.Path, c.problem)
}

// isMerged reports whether the change is that of a directory which stays.
func (c *Change) isMerged() bool { return c.Kind == Changed && c.new.isDir() && c.old.isDir() }

// isNewDir reports whether the change is a directory where none is.
func (c *Change) isNewDir() bool { return c.new.isDir() && !c.old.isDir() }

// upper opens the directory that holds what the container has left.
func (c *Change) upper() (entry, error) { return c.layer.upper.at(c.name) }

// host opens the directory that holds what the host has.
func (c *Change) host() (entry, error) { return c.layer.host.at(c.name) }

// Details is the change for programs.
type Details struct {
	Kind string `json:"kind"`
	Path string `json:"path"`
	// PathBytes is there where the path is no UTF-8, which JSON cannot hold.
	PathBytes []byte `json:"path_bytes,omitempty"`
	Type      string `json:"type"`
	OldType   string `json:"old_type,omitempty"` // where it is another
	Mode      string `json:"mode"`
	OldMode   string `json:"old_mode,omitempty"` // of what is changed
	UID       uint32 `json:"uid"`
	GID       uint32 `json:"gid"`
	Size      int64  `json:"size"`
	Device    string `json:"device,omitempty"`
	Target    string `json:"target,omitempty"` // of a symbolic link
	ModTime   string `json:"mtime"`
	// Privileged is what apply needs --privileged-files for.
	Privileged string `json:"privileged,omitempty"`
	Problem    string `json:"problem,omitempty"`
}

// Details looks at what the change is. Of what is deleted, they are those of the host.
func (c *Change) Details() Details {
	a := c.attr()
	d := Details{
		Kind: string(c.Kind), Path: c.Path, Type: typeName(a.mode), Mode: octal(a), UID: a.uid, GID: a.gid,
		Size: a.size, ModTime: timeText(a.mtime),
	}
	if !utf8.ValidString(c.Path) {
		d.PathBytes = []byte(c.Path)
	}
	if a.isDevice() {
		d.Device = fmt.Sprintf("%d:%d", unix.Major(a.rdev), unix.Minor(a.rdev))
	}
	if c.Kind == Changed {
		d.OldMode = octal(&c.old)
		if c.old.format() != c.new.format() {
			d.OldType = typeName(c.old.mode)
		}
	}
	if c.problem == nil {
		c.problem = c.describe(&d)
	}
	if c.problem != nil {
		d.Problem = c.problem.Error()
	}
	return d
}

// describe adds what stat(2) does not tell.
func (c *Change) describe(d *Details) error {
	if c.Kind == Deleted {
		return nil
	}
	e, err := c.upper()
	if err != nil {
		return err
	}
	if c.new.isLink() {
		d.Target, err = e.readLink()
	} else {
		d.Privileged, err = privileged(e, &c.new)
	}
	return errors.Join(err, e.close())
}

// privileged says what of a file gives rights that its user does not have.
func privileged(e entry, a *attr) (string, error) {
	switch {
	case a.isDevice():
		return "a device node", nil
	case !a.isRegular():
		return "", nil
	case a.mode&unix.S_ISUID != 0:
		return "set-user-ID", nil
	case a.mode&unix.S_ISGID != 0:
		return "set-group-ID", nil
	}
	_, has, err := e.xattr(capability)
	if has {
		return "file capabilities", err
	}
	return "", err
}

func octal(a *attr) string { return "0" + strconv.FormatUint(uint64(a.permissions()), 8) }

func hostPath(l *layer, name string) string { return path.Join(l.Mount, name) }
