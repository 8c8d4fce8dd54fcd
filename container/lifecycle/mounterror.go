package lifecycle

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/wire"
)

// explainMount says which mount a failure of init is about, in the words that readers of runc's
// errors look for, and why it may have failed.
func (c *creation) explainMount(err error) error {
	var init *initproc.InitError
	if !errors.As(err, &init) || init.Step != wire.StepRootFS {
		return err
	}
	operations := c.plan.Message.Operations
	n := slices.IndexFunc(operations, func(o wire.Operation) bool {
		return o.IsMount() && (o.Path == init.Operand || o.Source == init.Operand)
	})
	if n < 0 {
		return err
	}
	o := &operations[n]
	if cause := causeOfMount(o, init); cause != "" {
		err = fmt.Errorf("%w (%s)", err, cause)
	}
	return fmt.Errorf("error mounting %q to rootfs at %q: %w", o.Source, o.Path, err)
}

// causeOfMount is what the errno alone does not tell, "" for nothing.
func causeOfMount(o *wire.Operation, init *initproc.InitError) string {
	isBind := o.Kind == wire.OpBind
	switch errno := init.Errno; {
	case errno == unix.EISDIR:
		return "what is to be mounted there is not a directory"
	case errno == unix.ENOTDIR && isBind && o.Path == init.Operand:
		return "a directory is to be mounted there, or below"
	case errno == unix.ELOOP:
		return causeOfLink(o)
	case errno == unix.EXDEV && o.Flags&wire.FlagProc != 0:
		return fmt.Sprintf("%q cannot be mounted because it is not of type proc", o.Path)
	case errno == unix.EINVAL && !isBind && o.Data != "":
		return fmt.Sprintf("options of %s: %q", o.Type, o.Data)
	case errno == unix.ENODEV:
		return fmt.Sprintf("this kernel knows no file system %q", o.Type)
	case errno == unix.ENXIO:
		return "it is another device on the host"
	case errno == unix.EPERM:
		return causeOfRefusal(o)
	}
	return ""
}

// causeOfLink is why a link on the way is not followed.
func causeOfLink(o *wire.Operation) string {
	if o.Type == "proc" || o.Type == "sysfs" {
		return fmt.Sprintf("filesystem %q must be mounted on ordinary directory", o.Type)
	}
	return "a link in the root leads there, or to the root itself"
}

// causeOfRefusal is why the kernel lets nobody mount something.
func causeOfRefusal(o *wire.Operation) string {
	switch o.Type {
	case "proc":
		return "a user namespace may only mount the /proc of a PID namespace of its own, and no parts of the old one may be covered"
	case "sysfs", "mqueue":
		return "a user namespace may only mount that of a namespace of its own"
	}
	return ""
}
