package unpack

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// isWhiteout reports whether overlayfs takes a file for a whiteout.
func isWhiteout(stat *unix.Stat_t) bool {
	return stat.Mode&unix.S_IFMT == unix.S_IFCHR && stat.Rdev == 0
}

// hide makes a whiteout, which is about the layers below alone: a file that this layer has
// hides theirs by itself, and a directory has to be opaque for that. So it is the same whether
// the whiteout or the file is first in the archive.
func (u *unpacker) hide(name string) error {
	err := unix.Mknodat(u.at.fd(), name, unix.S_IFCHR, 0)
	if err != unix.EEXIST {
		return named("mknod", err) // Linux 5.8 lets root of a user namespace make this one
	}
	var stat unix.Stat_t
	if err := statAt(u.at.fd(), name, &stat); err != nil {
		return err
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		return nil
	}
	if err := u.at.enter(name); err != nil {
		return err
	}
	return u.markOpaque(u.at.fd())
}

// markOpaque has a directory hide all that the layers below have in it.
func (u *unpacker) markOpaque(fd int) error {
	if fd == u.root { // overlayfs merges roots whatever they say
		u.opaque = true
		return nil
	}
	name := u.Variant.OverlayXattr("opaque")
	return named("set "+name, unix.Fsetxattr(fd, name, []byte("y"), 0))
}

// hideAll hides all names that the layers below have in their root, one by one.
func (u *unpacker) hideAll() error {
	if !u.opaque {
		return nil
	}
	if u.LowersUnknown {
		return &DependsError{Name: "/"}
	}
	if u.Lowers == nil {
		return nil
	}
	entries, err := u.Lowers.List("/")
	if err != nil {
		return fmt.Errorf("list the root of the layers below: %w", err)
	}
	for n := range entries {
		err := u.at.leave(0)
		if err == nil {
			err = u.hide(entries[n].Name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// named says which operation has failed, if it has.
func named(operation string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", operation, err)
}

func statAt(dir int, name string, stat *unix.Stat_t) error {
	return named("stat", unix.Fstatat(dir, name, stat, unix.AT_SYMLINK_NOFOLLOW))
}
