package oci

import (
	"fmt"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// coverFlags are the flags of what covers a path, or makes it read-only.
const coverFlags = unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// addPaths hides the masked paths, and makes the read-only ones so. What is missing has nothing
// to be hidden.
func (r *rootFS) addPaths() error {
	for n, path := range r.spec.Linux.ReadonlyPaths {
		if err := r.addPath(wire.OpReadOnly, path); err != nil {
			return fmt.Errorf("linux.readonlyPaths[%d]: %w", n, err)
		}
	}
	masked := r.spec.Linux.MaskedPaths
	if len(masked) == 0 {
		return nil
	}
	r.add(
		wire.Operation{Kind: wire.OpTmpfs, Path: r.plan.Rootfs, Mount: unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC, Data: "mode=755,size=64k"},
		wire.Operation{Kind: wire.OpFile, Flags: wire.FlagInTmpfs, Path: wire.EmptyFile, Mode: 0o444},
		wire.Operation{Kind: wire.OpDirectory, Flags: wire.FlagInTmpfs, Path: wire.EmptyDirectory, Mode: 0o555},
	)
	for n, path := range masked {
		if err := r.addPath(wire.OpMask, path); err != nil {
			return fmt.Errorf("linux.maskedPaths[%d]: %w", n, err)
		}
	}
	return nil
}

func (r *rootFS) addPath(kind, name string) error {
	if !path.IsAbs(name) {
		return fmt.Errorf("%q is not an absolute path", name)
	}
	o := wire.Operation{Kind: kind, Flags: wire.FlagIfThere, Path: path.Clean(name), Mount: coverFlags}
	if kind == wire.OpReadOnly {
		o.Mount, o.Flags = unix.MS_RDONLY, o.Flags|wire.FlagRecursive
	}
	if o.Path == "/" {
		return fmt.Errorf("%s is the container's root (root.readonly makes that read-only)", name)
	}
	r.add(o)
	return nil
}

// addHooks has init wait for the hooks that come before its root is entered. The sysctls follow:
// a hook may make the network devices that they are of.
func (r *rootFS) addHooks() error {
	hooks := r.spec.Hooks
	if hooks == nil || len(hooks.Prestart)+len(hooks.CreateRuntime)+len(hooks.CreateContainer) == 0 { //nolint:staticcheck // prestart is Docker's
		return nil
	}
	r.add(wire.Operation{Kind: wire.OpHooks})
	process := &r.plan.Message.Process
	for _, sysctl := range process.Sysctls {
		file, value, _ := strings.Cut(sysctl, "=")
		r.add(wire.Operation{Kind: wire.OpSysctl, Path: file, Data: value})
	}
	process.Sysctls = nil
	return nil
}
