package lifecycle

import (
	"fmt"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// countMounts notes what is mounted at the root of a container that has no mount namespace of its
// own: what it mounts there goes with it, and no more than that.
func (c *creation) countMounts() error {
	if c.plan.Namespaces.Has(specs.MountNamespace) {
		return nil
	}
	before, err := mountsAt(c.Rootfs)
	c.MountsBefore = &before
	return err
}

// removeMounts takes from the caller's mount namespace what the container has mounted there.
func (c *Container) removeMounts() error {
	if c.MountsBefore == nil {
		return nil
	}
	for {
		now, err := mountsAt(c.Rootfs)
		if err != nil || now <= *c.MountsBefore {
			return err
		}
		// What is mounted below goes with it.
		if err := unix.Unmount(c.Rootfs, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil {
			return fmt.Errorf("unmount %s: %w", c.Rootfs, err)
		}
	}
}

// mountsAt counts the mounts that lie on each other at a path.
func mountsAt(path string) (count int, err error) {
	content, err := utils.ReadFile("/proc/self/mountinfo")
	for line := range strings.Lines(content) {
		if m, ok := utils.ParseMount(line); ok && m.Point == path {
			count++
		}
	}
	return count, err
}
