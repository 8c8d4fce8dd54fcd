package changes

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/overlay"
)

// marks reads how overlayfs marks the files of an upper directory. Only one of its two
// kinds of attributes counts: those of users are the container's own to set where
// overlayfs uses the trusted ones.
type marks struct{ prefix string }

func marksOf(l *overlay.Layer) marks {
	if l.UserXattr {
		return marks{userOverlay}
	}
	return marks{trustedOverlay}
}

// isWhiteout reports whether an entry says that there is none in the lower directory: a
// character device 0:0, or, since Linux 6.7, an empty file with an attribute.
func (m marks) isWhiteout(e entry, a *attr) (bool, error) {
	if a.format() == unix.S_IFCHR {
		return a.rdev == 0, nil
	}
	if !a.isRegular() || a.size != 0 {
		return false, nil
	}
	_, is, err := e.xattr(m.prefix + "whiteout")
	return is, err
}

// isOpaque reports whether a directory hides what the lower one holds.
func (m marks) isOpaque(e entry) (bool, error) {
	value, _, err := e.xattr(m.prefix + "opaque")
	return value == "y", err
}

// isCopy reports whether a file was copied from the lower directory, by this name or by
// another.
func (m marks) isCopy(e entry) (bool, error) {
	_, is, err := e.xattr(m.prefix + "origin")
	return is, err
}

// flags tells which flags of chattr(1) a file has in the container: "i" and "a". Overlayfs
// does not set them in the upper directory, which it could not write to then.
func (m marks) flags(e entry) (string, error) {
	value, _, err := e.xattr(m.prefix + "protattr")
	return value, err
}

// checkWhole refuses a file that is not the whole change.
func (m marks) checkWhole(e entry, a *attr) error {
	mark, meaning := "metacopy", "its content is elsewhere (metacopy=on), which mydocker does not mount with"
	switch {
	case a.isDir():
		mark, meaning = "redirect", "it was moved as a whole (redirect_dir=on), which mydocker does not mount with"
	case !a.isRegular():
		return nil
	}
	_, has, err := e.xattr(m.prefix + mark)
	if err == nil && has {
		err = errors.New(meaning)
	}
	return err
}
