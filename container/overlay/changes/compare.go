package changes

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"os"

	"golang.org/x/sys/unix"
)

// sameAttributes compares what chmod, chown and setfattr change.
func sameAttributes(a, b entry, aa, ba *attr) (bool, error) {
	if aa.mode != ba.mode || aa.uid != ba.uid || aa.gid != ba.gid {
		return false, nil
	}
	ax, err := a.xattrs()
	if err != nil {
		return false, err
	}
	bx, err := b.xattrs()
	return err == nil && maps.Equal(ax, bx), err
}

// same compares two files that are no directories, in all that an apply would change.
func same(a, b entry, aa, ba *attr) (bool, error) {
	if aa.mtime != ba.mtime || aa.size != ba.size || aa.rdev != ba.rdev {
		return false, nil
	}
	if is, err := sameAttributes(a, b, aa, ba); !is || err != nil {
		return false, err
	}
	switch {
	case aa.isLink():
		at, err := a.readLink()
		if err != nil {
			return false, err
		}
		bt, err := b.readLink()
		return err == nil && at == bt, err
	case aa.isRegular():
		return sameContent(a, b)
	}
	return true, nil
}

// openFile opens a regular file to read. What has become something else is not waited for.
func (e entry) openFile() (*os.File, error) {
	fd, err := unix.Openat(e.dir, e.name, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	var s unix.Stat_t
	if err = unix.Fstat(fd, &s); err == nil && s.Mode&unix.S_IFMT != unix.S_IFREG {
		err = errors.New("it has become something else just now")
	}
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), e.name), nil
}

const blockSize = 256 << 10

func sameContent(a, b entry) (is bool, err error) {
	af, err := a.openFile()
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, af.Close()) }()
	bf, err := b.openFile()
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, bf.Close()) }()
	ab, bb := make([]byte, blockSize), make([]byte, blockSize)
	for {
		an, aErr := io.ReadFull(af, ab)
		bn, bErr := io.ReadFull(bf, bb)
		for _, err := range []error{aErr, bErr} {
			if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
				return false, err
			}
		}
		if !bytes.Equal(ab[:an], bb[:bn]) {
			return false, nil
		}
		if aErr != nil || bErr != nil {
			return true, nil
		}
	}
}
