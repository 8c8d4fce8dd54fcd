package container

import (
	"errors"
	"fmt"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/rootfs"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
)

// findMounts looks for what the user wants to be mounted.
func (r *run) findMounts() error {
	mounts, warnings, err := rootfs.FindMounts(r.config.Mounts, r.userNamespace != nil)
	for _, warning := range warnings {
		r.log.Warn(warning)
	}
	r.mounts = mounts
	return err
}

// prepareVolumes makes the directories that are missing on the host, and gives the
// command's user what is to be that user's. If the command never runs, the directories
// go again.
func (r *run) prepareVolumes() error {
	for n := range r.mounts {
		m := &r.mounts[n]
		top, err := m.MakeSource()
		if top != "" {
			r.undo.Add(func() error { return r.removeUnused(m.Resolved(), top) })
		}
		if err != nil {
			return err
		}
		if !m.Chown {
			continue
		}
		uid, gid, mapped := r.user.Outside(r.userNamespace)
		if !mapped {
			return fmt.Errorf("%s: the user namespace does not have the command's user", m.Mount)
		}
		if err := m.Give(int(uid), int(gid)); err != nil {
			return err
		}
	}
	return nil
}

// removeUnused removes the empty directories from dir up to top.
func (r *run) removeUnused(dir, top string) error {
	if r.ran {
		return nil
	}
	for ; ; dir = path.Dir(dir) {
		err := os.Remove(dir)
		if err != nil && !errors.Is(err, os.ErrNotExist) || dir == top {
			return err
		}
	}
}

// checkScriptVolumes refuses volumes that a script cannot mount where init does.
func (r *run) checkScriptVolumes() error {
	for n := range r.mounts {
		m := &r.mounts[n]
		if m.IsEarly() {
			return fmt.Errorf("--dry-run knows no shell command for a propagation, and for / or /proc as a source: %s", m.Mount)
		}
		if r.stack != nil && r.stack.Target(m.Target) != m.Target {
			return fmt.Errorf("--dry-run: %s: a shell would follow a link of the image to where it leads on the host", m.Mount)
		}
		if r.stack != nil {
			continue
		}
		if link := rootfs.FindLink(r.config.Root.Dir, m.Target); link != "" {
			return fmt.Errorf("--dry-run: %s: a shell would follow the link %s of the root to where it leads on the host", m.Mount, link)
		}
	}
	return nil
}

// volumeError is a failure of init that is about a mount of the user's.
type volumeError struct {
	init  *initproc.InitError
	mount *spec.Mount
	cause string
}

func (e *volumeError) Error() string {
	text := fmt.Sprintf("%s: %s: %v", e.init.Step, e.mount, e.init.Errno)
	if e.cause != "" {
		text += " (" + e.cause + ")"
	}
	return text
}

// Unwrap gives what init said to errors.As.
func (e *volumeError) Unwrap() error { return e.init }

// explainVolume says which of the user's mounts a failure of init is about, its likely
// cause and what helps.
func (r *run) explainVolume(err error) error {
	var init *initproc.InitError
	if !errors.As(err, &init) || init.Step != wire.StepRootFS && init.Step != wire.StepMountPrivate {
		return err
	}
	for n := range r.mounts {
		m := &r.mounts[n]
		switch {
		case init.Operand == m.Target && init.Step == wire.StepRootFS:
			return &volumeError{init, m.Mount, r.causeAtTarget(init, m)}
		case init.Operand == m.Resolved() && m.Resolved() != "":
			return &volumeError{init, m.Mount, causeAtSource(init, m)}
		}
	}
	return err
}

// causeAtTarget is why something could not be mounted.
func (r *run) causeAtTarget(init *initproc.InitError, m *rootfs.Mount) string {
	switch init.Errno {
	case unix.ENOENT:
		if r.config.Root.IsClosed() {
			return m.Target + " is not there, and the root is read-only: make it in the root before, or mount at a directory that is there"
		}
		return "a link on the way to " + m.Target + " leads to what is not there"
	case unix.EROFS:
		return m.Target + " is not there, and what it would be in is read-only: make it there before"
	case unix.EACCES:
		return "the root of the container may not make " + m.Target + ": make it before"
	case unix.ENOTDIR:
		return m.Target + " is a file in the container, or leads through one: a directory can be mounted at a directory alone"
	case unix.EISDIR:
		return m.Target + " is a directory in the container: a file can be mounted at a file alone, as in " + path.Join(m.Target, path.Base(m.Resolved()))
	case unix.ELOOP:
		return "links of the container's root lead " + m.Target + " into /proc, to the root itself, or in a circle"
	case unix.ENOSYS:
		return "it takes mount_setattr(2), of Linux 5.12"
	case unix.ENOSPC:
		return "the disk is full, or the limit on mounts is reached: /proc/sys/fs/mount-max"
	case unix.EINVAL:
		switch {
		case m.Type == spec.MountTmpfs:
			return fmt.Sprintf("the kernel refuses an option of %q", m.Data)
		case m.NonRecursive && r.userNamespace != nil:
			return "in a user namespace what is mounted below cannot be left out: do without bind-recursive=disabled"
		}
	}
	return ""
}

// causeAtSource is why what was there when the run began could not be opened.
func causeAtSource(init *initproc.InitError, m *rootfs.Mount) string {
	switch init.Errno {
	case unix.ENOENT, unix.ENOTDIR, unix.ELOOP:
		return m.Resolved() + " is another file than a moment ago: somebody changes it"
	case unix.EACCES:
		return "the root of the container may not look into what " + m.Resolved() + " is in"
	case unix.ENOSYS:
		return "a propagation, and / or /proc as a source, take open_tree(2), of Linux 5.2"
	case unix.EINVAL:
		return "in a user namespace what is mounted below cannot be left out: do without bind-recursive=disabled"
	}
	return ""
}
