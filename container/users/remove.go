package users

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/utils"
)

// RemoveInside removes a directory with files that belong to subordinate ids of the caller. Who has no
// such ids gets fs.ErrPermission.
func RemoveInside(dir string) error {
	namespace, err := ownNamespace()
	if err != nil {
		return err
	}
	if remove := namespace.Remover(); remove != nil {
		return remove(dir)
	}
	return &fs.PathError{Op: "remove", Path: dir, Err: unix.EACCES}
}

// ownNamespace is the user namespace that containers of the caller have, nil for none.
func ownNamespace() (*UserNamespace, error) {
	privileged, err := utils.HasCapability(unix.CAP_SYS_ADMIN)
	if privileged || err != nil {
		return nil, err
	}
	return Resolve(&spec.UserNamespace{})
}

// Remover removes a directory as root of the user namespace: what is in it may belong to the
// caller's subordinate ids, as which the caller cannot remove it. It is nil where the namespace
// has no such ids.
func (u *UserNamespace) Remover() func(dir string) error {
	if u == nil || !u.NeedsHelpers() {
		return nil
	}
	return u.remove
}

func (u *UserNamespace) remove(dir string) error {
	// Until it is root there, it has nobody's rights. It gets them with the next execve.
	remover := exec.Command("/bin/sh", "-c", `read -r _ && exec rm -rf -- "$1"`, "sh", dir)
	remover.SysProcAttr = &unix.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER, Pdeathsig: unix.SIGKILL}
	mapped, err := remover.StdinPipe()
	if err != nil {
		return err
	}
	if err := remover.Start(); err != nil {
		return fmt.Errorf("remove %s in a user namespace: %w", dir, err)
	}
	leftOut, err := u.Write(remover.Process.Pid)
	if err = errors.Join(leftOut, err); err == nil {
		_, err = mapped.Write([]byte("\n"))
	}
	return errors.Join(err, mapped.Close(), remover.Wait())
}
