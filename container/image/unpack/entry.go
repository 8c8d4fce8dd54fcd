package unpack

import (
	"archive/tar"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// entry unpacks one entry.
func (u *unpacker) entry(h *tar.Header) error {
	if h.Typeflag == tar.TypeXGlobalHeader {
		return checkGlobal(h)
	}
	parts, err := u.split(h.Name)
	if err != nil {
		return err
	}
	if u.Into != nil {
		u.Into.adjust(h)
	}
	if len(parts) == 0 {
		return u.rootEntry(h)
	}
	parents, name := parts[:len(parts)-1], parts[len(parts)-1]
	kind, hidden := noMark, ""
	if !u.Plain {
		if kind, hidden, err = markOf(parts); err != nil || kind == ignored {
			return err
		}
	}
	if err := u.walk(&u.at, parents, true); err != nil {
		return err
	}
	switch kind {
	case whiteout:
		return u.hide(hidden)
	case opaque:
		return u.markOpaque(u.at.fd())
	}
	if err := checkIDs(h); err != nil {
		return err
	}
	return u.make(name, h)
}

func (u *unpacker) make(name string, h *tar.Header) error {
	switch h.Typeflag {
	case tar.TypeReg, tar.TypeCont, tar.TypeGNUSparse:
		return u.file(name, h)
	case tar.TypeDir:
		return u.directory(name, h)
	case tar.TypeSymlink:
		return u.symlink(name, h)
	case tar.TypeLink:
		return u.hardLink(name, h)
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		return u.node(name, h)
	}
	return fmt.Errorf("its type %q is not known", h.Typeflag)
}

// checkGlobal refuses what would hold for all following entries: archive/tar does not do it.
// Comments do nothing.
func checkGlobal(h *tar.Header) error {
	for key := range h.PAXRecords {
		if key != "comment" {
			return fmt.Errorf("a global header with %s is not known", shown(key))
		}
	}
	return nil
}

// maxID is the highest id that somebody can have: the kernel takes the one above for none.
const maxID = 1<<32 - 2

func checkIDs(h *tar.Header) error {
	for _, id := range []int{h.Uid, h.Gid} {
		if id < 0 || int64(id) > maxID {
			return fmt.Errorf("%d is no id", id)
		}
	}
	return nil
}

// create makes a name. What had it before goes; the last entry of a name counts.
func (u *unpacker) create(name string, try func() error) error {
	err := try()
	if err != unix.EEXIST {
		return err
	}
	if err := u.clear(name); err != nil {
		return err
	}
	return try()
}

func (u *unpacker) symlink(name string, h *tar.Header) error {
	if h.Linkname == "" {
		return errors.New("it is a symbolic link to nothing")
	}
	err := u.create(name, func() error { return unix.Symlinkat(h.Linkname, u.at.fd(), name) })
	if err != nil {
		return fmt.Errorf("make the link to %s: %w", shown(h.Linkname), err)
	}
	_, err = u.ownAt(name, h)
	if err == nil {
		err = u.setAttributesAt(name, h)
	}
	if err == nil {
		err = u.timesAt(name, h)
	}
	return err
}

// node makes a device node or a FIFO. Who may make no device, as in a user namespace, has none:
// a container gets its devices elsewhere.
func (u *unpacker) node(name string, h *tar.Header) error {
	kind, device, err := nodeOf(h)
	if err != nil {
		return err
	}
	mode := modeOf(h)
	err = u.create(name, func() error { return unix.Mknodat(u.at.fd(), name, kind|mode&0o777, device) })
	if err == unix.EPERM && kind != unix.S_IFIFO {
		u.result.Devices++
		return nil
	}
	if err != nil {
		return named("mknod", err)
	}
	had, err := u.ownAt(name, h)
	if err == nil {
		err = u.setAttributesAt(name, h)
	}
	if !had {
		mode &^= unix.S_ISUID | unix.S_ISGID
	}
	if err == nil && u.needsChmod(mode) {
		err = chmodAt(u.at.fd(), name, mode)
	}
	if err == nil {
		err = u.timesAt(name, h)
	}
	return err
}

func nodeOf(h *tar.Header) (kind uint32, device int, err error) {
	const maxMajor, maxMinor = 1<<12 - 1, 1<<20 - 1
	switch h.Typeflag {
	case tar.TypeFifo:
		return unix.S_IFIFO, 0, nil
	case tar.TypeChar:
		kind = unix.S_IFCHR
	case tar.TypeBlock:
		kind = unix.S_IFBLK
	}
	switch {
	case h.Devmajor < 0 || h.Devmajor > maxMajor || h.Devminor < 0 || h.Devminor > maxMinor:
		return 0, 0, fmt.Errorf("there is no device %d:%d", h.Devmajor, h.Devminor)
	case kind == unix.S_IFCHR && h.Devmajor == 0 && h.Devminor == 0:
		return 0, 0, errors.New("the device 0:0 is overlayfs's own mark of a file that is deleted, and no layer may have it")
	}
	return kind, int(unix.Mkdev(uint32(h.Devmajor), uint32(h.Devminor))), nil
}

// hardLink gives a file one more name. Owner, mode and times are those of the file.
func (u *unpacker) hardLink(name string, h *tar.Header) error {
	parts, err := u.split(h.Linkname)
	if err == nil && len(parts) == 0 {
		err = errors.New("it is the root")
	}
	if err != nil {
		return fmt.Errorf("hard link to %s: %w", shown(h.Linkname), err)
	}
	err = u.link(name, parts)
	if err == unix.EEXIST {
		if err = u.clear(name); err == nil {
			err = u.link(name, parts)
		}
	}
	return named("hard link to "+shown(h.Linkname), err)
}

func (u *unpacker) link(name string, parts []string) error {
	if err := u.findTarget(parts); err != nil {
		return err
	}
	target := parts[len(parts)-1]
	if name == target && slices.Equal(u.at.names, u.links.names) {
		return nil
	}
	return unix.Linkat(u.links.fd(), target, u.at.fd(), name, 0)
}

// findTarget finds the file that a hard link is to, and has links be its directory. What this
// layer does not have is copied from below, as overlayfs does it where a file gets a name.
func (u *unpacker) findTarget(parts []string) error {
	parents, target := parts[:len(parts)-1], parts[len(parts)-1]
	err := u.walk(&u.links, parents, false)
	var stat unix.Stat_t
	if err == nil {
		err = unix.Fstatat(u.links.fd(), target, &stat, unix.AT_SYMLINK_NOFOLLOW)
	}
	switch {
	case err == nil && !isWhiteout(&stat):
		return nil
	case err != nil && err != unix.ENOENT:
		return err
	case u.LowersUnknown && err != nil:
		return &DependsError{Name: strings.Join(parts, "/")}
	case u.Lowers == nil || err == nil: // it is deleted
		return unix.ENOENT
	}
	return u.copyUp(parents, target)
}
