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

// explained adds to an error what helps.
func explained(err error) error {
	for errno, help := range map[unix.Errno]string{
		unix.ENOSPC: "the disk is full: mydocker image prune removes what nobody needs; MYDOCKER_STATE=DIR names a directory on another disk",
		unix.EDQUOT: "the quota is used up: mydocker image prune removes what nobody needs; MYDOCKER_STATE=DIR names a directory on another disk",
		unix.EROFS:  "the store can be read, and not be changed; MYDOCKER_STATE=DIR names another directory",
		unix.EMFILE: "too many files are open: ulimit -n raises the limit",
		unix.ENFILE: "too many files are open on this host",
	} {
		if errors.Is(err, errno) {
			return fmt.Errorf("%w (%s)", err, help)
		}
	}
	return err
}
