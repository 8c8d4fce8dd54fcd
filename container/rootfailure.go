package container

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/rootfs"
	"github.com/mydocker/mydocker/container/security"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// explainRootFailure adds the likely cause to a failure of init that is about the
// container's root, and not about a mount of the user's.
func (r *run) explainRootFailure(err error) error {
	var init *initproc.InitError
	var volume *volumeError
	if !errors.As(err, &init) || errors.As(err, &volume) || !r.config.Root.Own() {
		return err
	}
	cause := ""
	switch init.Step {
	case wire.StepRootFS:
		cause = r.causeAtRoot(init)
	case wire.StepLookUp, wire.StepExec:
		var status unix.Statfs_t
		root := r.config.Root.Dir
		if init.Errno == unix.EACCES && root != "" && unix.Statfs(root, &status) == nil && status.Flags&unix.ST_NOEXEC != 0 {
			cause = root + " is on a file system that is mounted noexec"
		}
	}
	if cause == "" {
		return err
	}
	return fmt.Errorf("%w (%s)", err, cause)
}

// causeAtRoot is why a part of the root could not be made.
func (r *run) causeAtRoot(init *initproc.InitError) string {
	at := init.Operand
	if device := r.deviceAt(at); device != "" {
		return "--device " + device + ": no device can be made there"
	}
	switch {
	case utils.IsFull(init.Errno):
		return "the disk is full, a quota is reached, or the limit on mounts: /proc/sys/fs/mount-max"
	case at == "/" && init.Errno == unix.EINVAL:
		return "pivot_root(2) needs a root that is a mount: mydocker is in a chroot"
	case at == "/" && init.Errno == unix.EPERM:
		return "a seccomp filter may forbid pivot_root(2), as in a container: start that one with --security-opt seccomp=unconfined"
	case at == r.config.World.Dir && init.Errno == unix.ELOOP:
		return "the working directory may not be behind a link of /proc, which could lead out of the container, nor behind links that lead to each other"
	case at == "/sys" && init.Errno == unix.EPERM:
		return "in a user namespace the kernel mounts no sysfs where parts of the host's are covered, as another runtime does with /sys/firmware; --network host shows that one"
	case r.config.Root.Dir == "" || !slices.Contains(kernelDirs(), at) && !strings.HasPrefix(at, "/etc/"):
		return r.overlayCause(init.Errno)
	}
	return cmp.Or(causeInDirectory(r.config.Root.Dir, at, init.Errno), r.overlayCause(init.Errno))
}

// deviceAt is the host's device that the command was to have at a path, "" for none.
func (r *run) deviceAt(path string) string {
	n := slices.IndexFunc(r.devices, func(device security.Node) bool { return device.Target == path })
	if n < 0 {
		return ""
	}
	return r.devices[n].Source
}

// kernelDirs are the directories of each root at which the kernel's file systems are.
func kernelDirs() []string { return []string{"/proc", "/dev", "/sys"} }

// causeInDirectory is what is wrong with a file of the directory that is the root.
func causeInDirectory(dir, at string, errno unix.Errno) string {
	kernels := slices.Contains(kernelDirs(), at)
	info, err := os.Lstat(path.Join(dir, at))
	switch link := rootfs.FindLink(dir, at); {
	case link != "" && kernels:
		return fmt.Sprintf("%s%s is a symbolic link, and has to be a directory", dir, link)
	case link != "":
		return ""
	case errors.Is(err, os.ErrNotExist) && (errno == unix.EROFS || errno == unix.EACCES || errno == unix.EPERM):
		return fmt.Sprintf("%s%s is missing, and cannot be made: make it before", dir, at)
	case err != nil:
		return ""
	case kernels && !info.IsDir():
		return fmt.Sprintf("%s%s is a file, and has to be a directory", dir, at)
	case strings.HasPrefix(at, "/etc/") && info.IsDir():
		return fmt.Sprintf("%s%s is a directory, and has to be a file", dir, at)
	}
	return ""
}
