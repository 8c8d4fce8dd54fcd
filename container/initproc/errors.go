package initproc

import (
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// InitError is the failure of a step of the child, as it told it: the command
// was never executed.
type InitError struct {
	wire.Status
}

func (e *InitError) Error() string {
	operand := e.Operand
	if operand == "" {
		operand = `""`
	}
	message := fmt.Sprintf("%s: %s: %v", e.Step, operand, e.Errno)
	detail := e.Detail
	if detail == "" {
		detail = causeOf(&e.Status)
	}
	if detail != "" {
		message += " (" + detail + ")"
	}
	return message
}

// Unwrap gives the errno to errors.Is.
func (e *InitError) Unwrap() error { return e.Errno }

// causeOf is the likely cause of a failure that the errno alone does not tell.
func causeOf(status *wire.Status) string {
	if status.Step == wire.StepLookUp && status.Operand == "" {
		return "an empty word is no command"
	}
	if status.Step == wire.StepLookUp && status.Errno == unix.ENOENT && !strings.Contains(status.Operand, "/") {
		return "not found in PATH"
	}
	for _, cause := range [...]struct {
		step  string
		errno syscall.Errno
		text  string
	}{
		{wire.StepMountProc, unix.EPERM, "in a user namespace there is no new /proc where parts of the old one are covered, as in another runtime's container: " +
			"start that one with --security-opt systempaths=unconfined (podman: unmask=ALL), or use --pid host"},
		{wire.StepRlimits, unix.EPERM, "above the caller's hard limit, which takes CAP_SYS_RESOURCE, or for nofile above /proc/sys/fs/nr_open"},
		{wire.StepOOMScore, unix.EACCES, "below the caller's, which takes CAP_SYS_RESOURCE"},
		{wire.StepSysctls, unix.ENOENT, "this kernel has no such sysctl, or not in a namespace"},
		{wire.StepSysctls, unix.EINVAL, "not a value for it"},
		{wire.StepRootFS, unix.ENOSYS, "mounts below it cannot be made read-only: that takes mount_setattr(2), Linux 5.12"},
		{wire.StepDir, unix.ENOENT, "mydocker makes no directory on the host, nor in a root that is read-only; mkdir it before"},
		{wire.StepJoin, unix.ESRCH, "the container has just ended"},
		{wire.StepDir, unix.EXDEV, "it is outside of the container's root"},
		{wire.StepDir, unix.EACCES, "neither root of the container nor the command's user may enter it"},
		{wire.StepUser, unix.EPERM, "CAP_SETUID and CAP_SETGID are needed; a user namespace with the caller alone lets nobody change groups"},
		{wire.StepUser, unix.EINVAL, "an id that the user namespace does not have"},
		{wire.StepExec, unix.E2BIG, "arguments and environment together may be a quarter of the stack's limit, 6 MiB at most, and each of them 128 KiB"},
		{wire.StepExec, unix.EAGAIN, "the user's limit on processes is reached: --ulimit nproc"},
	} {
		if cause.step == status.Step && cause.errno == status.Errno {
			return cause.text
		}
	}
	return ""
}
