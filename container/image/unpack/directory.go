package unpack

import (
	"archive/tar"
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// directory is what a directory gets at the end, when all that is in it is there: its
// times, which change with each name, and what would be inherited.
type directory struct {
	path     string // from the root, "" is the root itself
	chown    bool
	uid, gid int
	mode     uint32
	chmod    bool // the mode is not that which it was made with
	times    []unix.Timespec
	records  map[string]string // with its extended attributes
}

// directory makes a directory, or takes the one that is there.
func (u *unpacker) directory(name string, h *tar.Header) error {
	mode := modeOf(h)
	d := directory{mode: mode, chmod: u.needsChmod(mode), times: timesOf(h), records: attributesIn(h)}
	err := unix.Mkdirat(u.at.fd(), name, mode&0o777)
	found := false
	if err == unix.EEXIST {
		if found, err = u.mergeDirectory(name, mode); found {
			d.chmod = true
		}
	}
	if err != nil {
		return named("mkdir", err)
	}
	if u.hasOwner(h) || found && u.Into == nil {
		had, err := u.own(h, func(uid, gid int) error {
			return unix.Fchownat(u.at.fd(), name, uid, gid, unix.AT_SYMLINK_NOFOLLOW)
		})
		if err != nil {
			return err
		}
		if !had {
			d.mode &^= unix.S_ISUID | unix.S_ISGID
		}
	}
	d.path = strings.Join(append(u.at.names, name), "/")
	delete(u.implied, d.path)
	u.directories = append(u.directories, d)
	return nil
}

// mergeDirectory is for a name that is there. A directory stays, with what is in it; what else
// it is is replaced, and a whiteout by a directory that hides all below.
func (u *unpacker) mergeDirectory(name string, mode uint32) (found bool, err error) {
	var stat unix.Stat_t
	if err := statAt(u.at.fd(), name, &stat); err != nil {
		return false, err
	}
	if stat.Mode&unix.S_IFMT == unix.S_IFDIR {
		return true, nil
	}
	if u.Into != nil {
		return false, u.overwrite(name, false)
	}
	err = unix.Unlinkat(u.at.fd(), name, 0)
	if err == nil {
		err = unix.Mkdirat(u.at.fd(), name, mode&0o777)
	}
	if err == nil && isWhiteout(&stat) && !u.Plain {
		if err = u.at.enter(name); err == nil {
			err = errors.Join(u.markOpaque(u.at.fd()), u.at.up())
		}
	}
	return false, err
}

// rootEntry is the entry of the root itself.
func (u *unpacker) rootEntry(h *tar.Header) error {
	if h.Typeflag != tar.TypeDir {
		return errors.New("it is the root, and no directory")
	}
	if u.Into != nil { // the directory stays what it is
		return nil
	}
	if err := checkIDs(h); err != nil {
		return err
	}
	mode := modeOf(h)
	had, err := u.own(h, func(uid, gid int) error { return unix.Fchown(u.root, uid, gid) })
	if !had {
		mode &^= unix.S_ISUID | unix.S_ISGID
	}
	u.directories = append(u.directories, directory{mode: mode, chmod: true, times: timesOf(h), records: attributesIn(h)})
	return err
}

// prepareRoot takes from the root what new files would inherit: a group, and an access
// control list.
func (u *unpacker) prepareRoot() error {
	err := unix.Fremovexattr(u.root, "system.posix_acl_default")
	if err != nil && err != unix.ENODATA && err != unix.ENOTSUP {
		return named("remove the default access control list", err)
	}
	var stat unix.Stat_t
	if err := unix.Fstat(u.root, &stat); err != nil {
		return named("stat", err)
	}
	if stat.Uid != 0 || stat.Gid != 0 {
		if err := unix.Fchown(u.root, 0, 0); err != nil {
			return named("chown to root", err)
		}
	}
	return named("chmod", unix.Fchmod(u.root, 0o755))
}

// finish gives the directories what they get at the end.
func (u *unpacker) finish() error {
	if err := u.hideAll(); err != nil {
		return err
	}
	for n := range u.directories {
		d := &u.directories[n]
		err := u.finishDirectory(d)
		if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
			continue // a later entry has replaced it
		}
		if err != nil {
			return fmt.Errorf("directory %s: %w", shown(d.path), err)
		}
	}
	if u.LowersUnknown {
		u.result.Implied = sortedKeys(u.implied)
		return nil
	}
	return u.implyAll(sortedKeys(u.implied))
}

func (u *unpacker) finishDirectory(d *directory) error {
	parts := linkParts(d.path)
	if len(parts) > 0 && !d.chmod && len(d.records) == 0 && !u.removed {
		name := parts[len(parts)-1]
		if err := u.at.move(parts[:len(parts)-1]); err != nil {
			return err
		}
		return named("set the times", unix.UtimesNanoAt(u.at.fd(), name, d.times, unix.AT_SYMLINK_NOFOLLOW))
	}
	if err := u.at.move(parts); err != nil {
		return err
	}
	if d.chown {
		if err := unix.Fchown(u.at.fd(), d.uid, d.gid); err != nil {
			return named("chown", err)
		}
	}
	if err := u.setAttributesOf(u.at.fd(), d.records); err != nil {
		return err
	}
	if d.chmod {
		if err := unix.Fchmod(u.at.fd(), d.mode); err != nil {
			return named("chmod", err)
		}
	}
	return named("set the times", futimens(u.at.fd(), d.times))
}

// attributesIn returns the records of an entry if there are extended attributes among them.
func attributesIn(h *tar.Header) map[string]string {
	for key := range h.PAXRecords {
		if strings.HasPrefix(key, "SCHILY.") {
			return h.PAXRecords
		}
	}
	return nil
}

// futimens sets the times of an open file (utimensat(2)), for which package unix has no name.
func futimens(fd int, times []unix.Timespec) error {
	_, _, errno := unix.Syscall6(unix.SYS_UTIMENSAT, uintptr(fd), 0, uintptr(unsafe.Pointer(&times[0])), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
