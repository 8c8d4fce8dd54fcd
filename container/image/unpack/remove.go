package unpack

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// clear removes a name of the current directory, and all that is in it.
func (u *unpacker) clear(name string) error {
	var stat unix.Stat_t
	if err := statAt(u.at.fd(), name, &stat); err != nil {
		return err
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		return named("remove", unix.Unlinkat(u.at.fd(), name, 0))
	}
	if u.Into != nil {
		return u.overwrite(name, true)
	}
	u.removed = true
	err := u.links.leave(0)
	return errors.Join(err, named("remove", removeTree(u.at.fd(), name)))
}

// removeTree removes a directory that was unpacked, and follows no link.
func removeTree(dir int, name string) error {
	fd, err := openAt(dir, name, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	tree := os.NewFile(uintptr(fd), name)
	for err == nil {
		var names []string
		if names, err = tree.Readdirnames(1024); err != nil {
			break
		}
		for n := 0; n < len(names) && err == nil; n++ {
			if err = unix.Unlinkat(fd, names[n], 0); err == unix.EISDIR {
				err = removeTree(fd, names[n])
			}
		}
		if err == nil { // what follows may have moved
			_, err = tree.Seek(0, io.SeekStart)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	if err = errors.Join(err, tree.Close()); err != nil {
		return err
	}
	return unix.Unlinkat(dir, name, unix.AT_REMOVEDIR)
}
