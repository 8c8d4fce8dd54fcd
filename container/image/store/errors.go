package store

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
)

// DigestError says that content is not what its name promises.
type DigestError struct {
	What      string
	Want, Got image.Digest
}

func (e *DigestError) Error() string {
	return e.What + ": its content has the digest " + string(e.Got) + ", not " + string(e.Want)
}

// InUseError says that an image is in use, and by what.
type InUseError struct {
	Image image.Digest
	By    string
}

func (e *InUseError) Error() string {
	return fmt.Sprintf("image %s is in use by %s", e.Image.Short(), e.By)
}

// Explained adds to an error of writing what helps, where that is known.
func Explained(err error) error {
	var already *explained
	if err == nil || errors.As(err, &already) {
		return err
	}
	for errno, help := range map[unix.Errno]string{
		unix.ENOSPC: "the disk is full: mydocker image prune removes what nobody needs; MYDOCKER_STATE=DIR names a directory on another disk",
		unix.EDQUOT: "the quota is used up: mydocker image prune removes what nobody needs; MYDOCKER_STATE=DIR names a directory on another disk",
		unix.EROFS:  "the store can be read, and not be changed; MYDOCKER_STATE=DIR names another directory",
		unix.EMFILE: "too many files are open: ulimit -n raises the limit",
		unix.ENFILE: "too many files are open on this host",
	} {
		if errors.Is(err, errno) {
			return &explained{err, help}
		}
	}
	return err
}

// explained is an error that is explained once.
type explained struct {
	err  error
	help string
}

func (e *explained) Error() string { return fmt.Sprintf("%v (%s)", e.err, e.help) }

// Unwrap implements errors.Unwrap.
func (e *explained) Unwrap() error { return e.err }
