package oci

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/container/wire"
)

// mapIDs opens the source of a mount with ids of its own, which takes privileges on the file
// system: init, in a user namespace, does not have them.
func (r *rootFS) mapIDs(m *mount, o *wire.Operation) error {
	if !m.idmap && len(m.UIDMappings) == 0 {
		return nil
	}
	if o.Flags&wire.FlagEarly != 0 {
		return fmt.Errorf("%s: an idmapped mount cannot be shared with the host", m.target)
	}
	namespace, err := r.openUsers(m)
	if err != nil {
		return fmt.Errorf("%s: a user namespace for its ids: %w", m.target, err)
	}
	tree, err := r.plan.OpenTree(o)
	if err == nil {
		err = mapTree(tree, namespace, m.idmapBelow)
	}
	if err = errors.Join(err, unix.Close(namespace)); err != nil {
		return fmt.Errorf("%s: %s: %w", m.target, o.Source, err)
	}
	return nil
}

// mapTree gives a mount, and perhaps those below, the ids of a user namespace.
func mapTree(tree, namespace int, below bool) error {
	attributes := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_IDMAP, Userns_fd: uint64(namespace)}
	flags := uint(unix.AT_EMPTY_PATH)
	if below {
		flags |= unix.AT_RECURSIVE
	}
	err := unix.MountSetattr(tree, "", flags, &attributes)
	switch {
	case errors.Is(err, unix.ENOSYS):
		return fmt.Errorf("idmapped mounts need Linux 5.12: %w", err)
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf("this kernel does not map the ids of its file system, or it is idmapped already: %w", err)
	case errors.Is(err, unix.EPERM):
		return fmt.Errorf("to map its ids takes CAP_SYS_ADMIN where its file system was mounted: %w", err)
	}
	return err
}

// openUsers opens a user namespace with the ids of a mount, or else the container's.
func (r *rootFS) openUsers(m *mount) (int, error) {
	uids, gids := m.UIDMappings, m.GIDMappings
	if len(uids) == 0 {
		namespace, has := r.plan.Namespaces.Find(specs.UserNamespace)
		switch {
		case !has:
			return -1, errors.New("there are no uidMappings and gidMappings, and the container has none either")
		case namespace.Path != "":
			return unix.Open(namespace.Path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		}
		uids, gids = r.spec.Linux.UIDMappings, r.spec.Linux.GIDMappings
	}
	return newUsers(mapping(uids), mapping(gids))
}

func mapping(list []specs.LinuxIDMapping) (all []syscall.SysProcIDMap) {
	for _, m := range list {
		all = append(all, syscall.SysProcIDMap{ContainerID: int(m.ContainerID), HostID: int(m.HostID), Size: int(m.Size)})
	}
	return all
}

// newUsers opens a new user namespace, by way of a process that stops before it has executed
// anything (ptrace(2), PTRACE_TRACEME), and then ends.
func newUsers(uids, gids []syscall.SysProcIDMap) (namespace int, err error) {
	runtime.LockOSThread() // a tracer is a thread
	defer runtime.UnlockOSThread()
	pid, err := syscall.ForkExec("/proc/self/exe", []string{"mydocker"}, &syscall.ProcAttr{Sys: &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWUSER, UidMappings: uids, GidMappings: gids, GidMappingsEnableSetgroups: true,
		Ptrace: true, Pdeathsig: unix.SIGKILL,
	}})
	if err != nil {
		return -1, err
	}
	namespace, err = unix.Open(fmt.Sprintf("/proc/%d/ns/user", pid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	err = errors.Join(err, unix.Kill(pid, unix.SIGKILL))
	for {
		var status unix.WaitStatus
		_, waiting := unix.Wait4(pid, &status, 0, nil)
		if waiting == nil && !status.Exited() && !status.Signaled() || errors.Is(waiting, unix.EINTR) {
			continue
		}
		return namespace, errors.Join(err, waiting)
	}
}

// closeFiles closes what was opened for a plan that comes to nothing.
func closeFiles(plan *lifecycle.Plan) (err error) {
	for _, fd := range plan.Files {
		err = errors.Join(err, os.NewSyscallError("close", unix.Close(fd)))
	}
	plan.Files = nil
	return err
}
