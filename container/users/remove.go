package users

import (
	"errors"
	"fmt"
	"os/exec"

	"golang.org/x/sys/unix"
)

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
