package rootfs

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// hostMounts are the host's mounts, which are read when they are first asked for.
type hostMounts struct{ list []utils.Mount }

func (h *hostMounts) read() error {
	if h.list != nil {
		return nil
	}
	content, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return fmt.Errorf("look at the host's mounts: %w", err)
	}
	for line := range strings.Lines(string(content)) {
		if m, ok := utils.ParseMount(line); ok {
			h.list = append(h.list, m)
		}
	}
	return nil
}

// holding is the mount on which a path is; of two at the same place, the last is on top.
func (h *hostMounts) holding(path string) (on utils.Mount, err error) {
	if err := h.read(); err != nil {
		return on, err
	}
	for _, m := range h.list {
		if len(m.Point) >= len(on.Point) && utils.IsAt(path, m.Point) {
			on = m
		}
	}
	return on, nil
}

// below lists the mounts below a path.
func (h *hostMounts) below(path string) (below []utils.Mount, err error) {
	err = h.read()
	for _, m := range h.list {
		if utils.IsBelow(m.Point, path) {
			below = append(below, m)
		}
	}
	return below, err
}

// hasMountSetattr tells whether the kernel, and what filters the calls of it, has
// mount_setattr(2). With nothing to set it does nothing.
func hasMountSetattr() bool {
	err := unix.MountSetattr(unix.AT_FDCWD, "/", 0, &unix.MountAttr{})
	return !errors.Is(err, unix.ENOSYS)
}

// hasSELinux tells whether SELinux is in force, or would be but for its permissive mode.
func hasSELinux() bool {
	const magic = 0xf97cff8c // SELINUX_MAGIC of statfs(2)
	var status unix.Statfs_t
	return unix.Statfs("/sys/fs/selinux", &status) == nil && uint32(status.Type) == magic
}
