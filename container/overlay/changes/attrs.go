package changes

import (
	"fmt"
	"maps"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// dirAttrs are what an apply sets of a directory that stays.
type dirAttrs struct {
	Mode uint32 `json:"mode"`
	UID  uint32 `json:"uid"`
	GID  uint32 `json:"gid"`
	// Times are the seconds and nanoseconds of the last access and change; none leaves
	// them as they become.
	Times  []int64           `json:"times,omitempty"`
	Xattrs map[string][]byte `json:"xattrs,omitempty"`
}

// dirAttrs describes a directory.
func (e entry) dirAttrs(a *attr) (*dirAttrs, error) {
	x, err := e.xattrs()
	d := &dirAttrs{Mode: a.permissions(), UID: a.uid, GID: a.gid, Times: timesOf(a)}
	if len(x) > 0 {
		d.Xattrs = map[string][]byte{}
	}
	for name, value := range x {
		d.Xattrs[name] = []byte(value)
	}
	return d, err
}

func timesOf(a *attr) []int64 {
	accessed, accessedNano := a.atime.Unix() // of 32 bits on some machines
	changed, changedNano := a.mtime.Unix()
	return []int64{accessed, accessedNano, changed, changedNano}
}

func (d *dirAttrs) xattrs() xattrs {
	x := xattrs{}
	for name, value := range d.Xattrs {
		x[name] = string(value)
	}
	return x
}

// differs reports whether a directory has other rights than d says.
func (d *dirAttrs) differs(other *dirAttrs) bool {
	return d.Mode != other.Mode || d.UID != other.UID || d.GID != other.GID || !maps.Equal(d.xattrs(), other.xattrs())
}

// set gives a directory the attributes. Between the calls it is open to nobody to whom it
// is not either before or after.
func (e entry) set(d *dirAttrs) (note string, err error) {
	a, err := e.stat()
	if err != nil {
		return "", err
	}
	if both := a.permissions() & d.Mode; both != a.permissions() && (a.uid != d.UID || a.gid != d.GID) {
		if err := unix.Fchmodat(e.dir, e.name, both, 0); err != nil {
			return "", fmt.Errorf("chmod: %w", err)
		}
	}
	if note, err = e.own(&a, d.UID, d.GID); err != nil {
		return note, err
	}
	if err := unix.Fchmodat(e.dir, e.name, d.Mode, 0); err != nil {
		return note, fmt.Errorf("chmod: %w", err)
	}
	if err := e.setXattrs(d.xattrs()); err != nil {
		return note, err
	}
	return note, e.setTimes(d.Times)
}

func (e entry) setTimes(times []int64) error {
	if len(times) != 4 {
		return nil
	}
	accessed, err := unix.TimeToTimespec(time.Unix(times[0], times[1]))
	if err != nil {
		return err
	}
	changed, err := unix.TimeToTimespec(time.Unix(times[2], times[3]))
	if err != nil {
		return err
	}
	list := []unix.Timespec{accessed, changed}
	if err := unix.UtimesNanoAt(e.dir, e.name, list, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return fmt.Errorf("utimensat: %w", err)
	}
	return nil
}

// own gives a file to its owner. An ordinary user cannot, which the note says.
func (e entry) own(a *attr, uid, gid uint32) (note string, err error) {
	if a.uid == uid && a.gid == gid {
		return "", nil
	}
	err = unix.Fchownat(e.dir, e.name, int(uid), int(gid), unix.AT_SYMLINK_NOFOLLOW)
	if (err == unix.EPERM || err == unix.EINVAL) && os.Geteuid() != 0 {
		return fmt.Sprintf("its owner %d:%d cannot be set by an ordinary user", uid, gid), nil
	}
	if err != nil {
		return "", fmt.Errorf("chown to %d:%d: %w", uid, gid, err)
	}
	return "", nil
}

// become gives a new file all that a file of the container has but its content.
func (e entry) become(upper entry, want *attr) (note string, err error) {
	have, err := e.stat()
	if err != nil {
		return "", err
	}
	x, err := upper.xattrs()
	if err != nil {
		return "", err
	}
	if note, err = e.own(&have, want.uid, want.gid); err != nil {
		return note, err
	}
	mode := want.permissions()
	if note != "" && !want.isDir() && (mode&(unix.S_ISUID|unix.S_ISGID) != 0 || x[capability] != "") {
		mode &^= unix.S_ISUID | unix.S_ISGID
		delete(x, capability)
		note += ", so it has no set-user-ID, set-group-ID or capabilities"
	}
	if !want.isLink() {
		if err := unix.Fchmodat(e.dir, e.name, mode, 0); err != nil {
			return note, fmt.Errorf("chmod: %w", err)
		}
	}
	if err := e.setXattrs(x); err != nil {
		return note, err
	}
	return note, e.setTimes(timesOf(want))
}

// stays tells the extended attributes that the host's security gives each file, and that
// cannot be taken away.
func stays(name string) bool {
	return strings.HasPrefix(name, "security.") && name != capability
}
