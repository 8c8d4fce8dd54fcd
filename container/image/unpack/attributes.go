package unpack

import (
	"archive/tar"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// ownUmask is the caller's umask. To ask the kernel for it is to change it (umask(2)).
func ownUmask() (uint32, error) {
	runtime.LockOSThread() // the file goes with the thread that has opened it
	defer runtime.UnlockOSThread()
	status, err := utils.ReadFile("/proc/thread-self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(status) {
		if text, found := strings.CutPrefix(line, "Umask:"); found {
			umask, err := strconv.ParseUint(strings.TrimSpace(text), 8, 32)
			return uint32(umask), err
		}
	}
	return 0o777, nil // Linux before 4.7 does not say it: then each mode is set
}

// modeOf is the mode of an entry. Some programs write the type of the file in it, too.
func modeOf(h *tar.Header) uint32 { return uint32(h.Mode) & 0o7777 }

// needsChmod reports whether what was made with a mode has another one: because of the umask, or
// because it is set when owner and content are.
func (u *unpacker) needsChmod(mode uint32) bool {
	return mode&^0o777 != 0 || mode&u.umask != 0 || u.Into != nil
}

// own gives a file its owner, by set. It reports whether it has that now.
func (u *unpacker) own(h *tar.Header, set func(uid, gid int) error) (had bool, err error) {
	err = set(h.Uid, h.Gid)
	if err == nil {
		return true, nil
	}
	if err != unix.EINVAL || !u.OneOwner { // EINVAL: the user namespace has no such id
		return false, fmt.Errorf("chown to %d:%d: %w", h.Uid, h.Gid, err)
	}
	u.result.Owners++
	const same = -1
	for _, ids := range [][2]int{{h.Uid, same}, {same, h.Gid}} {
		if err := set(ids[0], ids[1]); err != nil && err != unix.EINVAL {
			return false, fmt.Errorf("chown to %d:%d: %w", ids[0], ids[1], err)
		}
	}
	return false, nil
}

// ownAt is own for a name that was made just now, and so belongs to root.
func (u *unpacker) ownAt(name string, h *tar.Header) (had bool, err error) {
	if !u.hasOwner(h) {
		return true, nil
	}
	return u.own(h, func(uid, gid int) error {
		return unix.Fchownat(u.at.fd(), name, uid, gid, unix.AT_SYMLINK_NOFOLLOW)
	})
}

// chmodAt sets the mode of a name. Where that is a symbolic link, nothing happens to what the
// link points to (CVE-2026-17106): the descriptor is the link's own, and the kernel refuses it.
func chmodAt(dir int, name string, mode uint32) error {
	fd, err := openAt(dir, name, unix.O_PATH, 0)
	if err != nil {
		return named("open", err)
	}
	err = named("chmod", unix.Chmod(utils.FDPath(fd), mode))
	if closed := unix.Close(fd); err == nil {
		err = closed
	}
	return err
}

// procFD is a path that means an open file, for calls that take no O_PATH descriptor.
// timesOf are the times of an entry: of the last access, if the archive has it, and of the
// last change.
func timesOf(h *tar.Header) []unix.Timespec {
	accessed := h.AccessTime
	if accessed.IsZero() {
		accessed = h.ModTime
	}
	return []unix.Timespec{timespec(accessed), timespec(h.ModTime)}
}

func timespec(t time.Time) unix.Timespec {
	spec, err := unix.TimeToTimespec(t)
	if err != nil { // of processors with 32 bits, which know no such year
		spec, err = unix.TimeToTimespec(time.Unix(math.MaxInt32, 0))
	}
	if err != nil {
		return unix.Timespec{}
	}
	return spec
}

func (u *unpacker) timesAt(name string, h *tar.Header) error {
	return named("set the times", unix.UtimesNanoAt(u.at.fd(), name, timesOf(h), unix.AT_SYMLINK_NOFOLLOW))
}

const attributePrefix = "SCHILY.xattr."

// setAttributes sets the extended attributes that a layer may have, by set. The others are
// left out and counted: those of overlayfs would command it, and those of security modules
// and of the kernel are the host's.
func (u *unpacker) setAttributes(records map[string]string, set func(name string, value []byte) error) error {
	for key, value := range records {
		name, is := strings.CutPrefix(key, attributePrefix)
		if !is && !strings.HasPrefix(key, "SCHILY.acl.") { // those are in words, by tar --acls
			continue
		}
		err := error(unix.EPERM)
		if mayHave(name) {
			err = set(name, []byte(value))
		}
		switch {
		case err == nil:
		case err == unix.EPERM, err == unix.ENOTSUP, err == unix.EINVAL && isACL(name):
			u.drop(name)
		default:
			return fmt.Errorf("set the attribute %s: %w", shown(name), err)
		}
	}
	return nil
}

func isACL(name string) bool { return strings.HasPrefix(name, "system.posix_acl_") }

func mayHave(name string) bool {
	switch name {
	case "security.capability", "system.posix_acl_access", "system.posix_acl_default":
		return true
	}
	return strings.HasPrefix(name, "user.") && !strings.HasPrefix(name, "user.overlay.")
}

// drop counts an attribute that is left out.
func (u *unpacker) drop(name string) {
	const most = 16 // names
	if len(name) > 64 {
		name = name[:64]
	}
	if _, known := u.result.Dropped[name]; !known && len(u.result.Dropped) >= most {
		name = "others"
	}
	if u.result.Dropped == nil {
		u.result.Dropped = map[string]int64{}
	}
	u.result.Dropped[name]++
}

// setAttributesAt sets those of a name, never of what it points to.
func (u *unpacker) setAttributesAt(name string, h *tar.Header) error {
	if len(h.PAXRecords) == 0 {
		return nil
	}
	path := utils.FDPath(u.at.fd()) + "/" + name
	return u.setAttributes(h.PAXRecords, func(name string, value []byte) error { return unix.Lsetxattr(path, name, value, 0) })
}

func (u *unpacker) setAttributesOf(fd int, records map[string]string) error {
	return u.setAttributes(records, func(name string, value []byte) error { return unix.Fsetxattr(fd, name, value, 0) })
}
