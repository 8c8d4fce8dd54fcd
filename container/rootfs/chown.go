package rootfs

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Give gives the source, and all that is in it, to a user and group. No link is
// followed, and nothing is changed that is mounted in it.
func (m *Mount) Give(uid, gid int) error {
	if isHosts(m.source) {
		return fmt.Errorf("%s: U gives all files of %s away, which the host cannot do without", m.Mount, m.source)
	}
	fd, err := openPath(unix.AT_FDCWD, m.source, unix.RESOLVE_NO_SYMLINKS)
	if err == nil {
		err = give(fd, m.source, uid, gid)
	}
	switch {
	case errors.Is(err, unix.ENOSYS):
		return fmt.Errorf("%s: U needs openat2(2), of Linux 5.6: %w", m.Mount, err)
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("%s: %w (to give files away takes CAP_CHOWN: chown them as root before)", m.Mount, err)
	case err != nil:
		return fmt.Errorf("%s: %w", m.Mount, err)
	}
	return nil
}

// isHosts tells of directories that distributions have, whose owner nobody changes.
func isHosts(dir string) bool {
	return dir == "/" || slices.Contains(strings.Fields(
		"/bin /boot /dev /etc /home /lib /lib32 /lib64 /libx32 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /usr/bin /usr/lib /usr/local /usr/sbin /usr/share /var /var/lib /var/log /var/tmp"), dir)
}

// openPath opens a file without looking into it.
func openPath(dir int, name string, resolve uint64) (int, error) {
	fd, err := unix.Openat2(dir, name, &unix.OpenHow{Flags: unix.O_PATH | unix.O_NOFOLLOW | unix.O_CLOEXEC, Resolve: resolve})
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return fd, nil
}

// give changes the owner of an open file, which it closes, and of all in it.
func give(fd int, path string, uid, gid int) (err error) {
	defer func() { err = errors.Join(err, unix.Close(fd)) }()
	var status unix.Stat_t
	if err := unix.Fstat(fd, &status); err != nil {
		return &os.PathError{Op: "stat", Path: path, Err: err}
	}
	if int(status.Uid) != uid || int(status.Gid) != gid {
		if err := unix.Fchownat(fd, "", uid, gid, unix.AT_EMPTY_PATH); err != nil {
			return &os.PathError{Op: "chown", Path: path, Err: err}
		}
	}
	if status.Mode&unix.S_IFMT != unix.S_IFDIR {
		return nil
	}
	return giveEntries(fd, path, uid, gid)
}

func giveEntries(dir int, path string, uid, gid int) error {
	readable, err := unix.Openat(dir, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	list := os.NewFile(uintptr(readable), path)
	names, err := list.Readdirnames(-1)
	if err := errors.Join(err, list.Close()); err != nil {
		return err
	}
	for _, name := range names {
		fd, err := openPath(dir, name, unix.RESOLVE_NO_XDEV)
		switch {
		case errors.Is(err, unix.EXDEV), errors.Is(err, unix.ENOENT): // a mount, and what is gone
			continue
		case err != nil:
			return err
		}
		if err := give(fd, path+"/"+name, uid, gid); err != nil {
			return err
		}
	}
	return nil
}
