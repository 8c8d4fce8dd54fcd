package oci

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/utils"
)

// isPrivate reports whether a namespace is not the caller's own, by whatever path.
func isPrivate(n lifecycle.Namespaces, kind specs.LinuxNamespaceType) bool {
	found, has := n.Find(kind)
	if !has || found.Path == "" {
		return has
	}
	own, errOwn := os.Stat("/proc/self/ns/" + namespaceFile(kind))
	other, err := os.Stat(found.Path)
	return err == nil && errOwn == nil && !os.SameFile(own, other)
}

// namespaceFile is a type's file below /proc/PID/ns, "" if it is no type.
func namespaceFile(kind specs.LinuxNamespaceType) string {
	switch kind {
	case specs.MountNamespace:
		return "mnt"
	case specs.NetworkNamespace:
		return "net"
	case specs.PIDNamespace, specs.IPCNamespace, specs.UTSNamespace, specs.UserNamespace, specs.CgroupNamespace, specs.TimeNamespace:
		return string(kind)
	}
	return ""
}

func (l *loader) namespaces() error {
	for n, namespace := range l.spec.Linux.Namespaces {
		if err := l.addNamespace(namespace); err != nil {
			return in(fmt.Sprintf("linux.namespaces[%d]", n), err)
		}
	}
	if err := l.maps(); err != nil {
		return err
	}
	return l.timeOffsets()
}

func (l *loader) addNamespace(namespace specs.LinuxNamespace) error {
	file := namespaceFile(namespace.Type)
	switch {
	case file == "":
		return in("type", fmt.Errorf("unknown namespace %q", utils.Shortened(string(namespace.Type))))
	case l.plan.Namespaces.Has(namespace.Type):
		return in("type", fmt.Errorf("%s is there twice", namespace.Type))
	case namespace.Path != "" && !filepath.IsAbs(namespace.Path):
		return in("path", fmt.Errorf("%q is not an absolute path", utils.Shortened(namespace.Path)))
	}
	if err := checkKernel(namespace.Type, file); err != nil {
		return in("type", err)
	}
	l.plan.Namespaces = append(l.plan.Namespaces, lifecycle.Namespace{Type: namespace.Type, Path: namespace.Path})
	return nil
}

// checkKernel asks the kernel for a namespace that older ones lack: user can be left out of it,
// cgroup is there since Linux 4.6, time since 5.6.
func checkKernel(kind specs.LinuxNamespaceType, file string) error {
	if kind != specs.UserNamespace && kind != specs.CgroupNamespace && kind != specs.TimeNamespace {
		return nil
	}
	if err := unix.Access("/proc/self/ns/"+file, unix.F_OK); err != nil {
		return fmt.Errorf("this kernel has no %s namespace: %w", kind, err)
	}
	return nil
}

// maps are those of the user namespace. Those beside a path are what the engine knows of that
// namespace, which has its own.
func (l *loader) maps() (err error) {
	linux := l.spec.Linux
	if !l.plan.Namespaces.Has(specs.UserNamespace) {
		if len(linux.UIDMappings)+len(linux.GIDMappings) > 0 {
			return in("linux.uidMappings", errors.New("there is no user namespace among linux.namespaces"))
		}
		if os.Geteuid() != 0 {
			return in("linux.namespaces", errors.New("without a user namespace the container needs root (spec --rootless writes a config.json with one)"))
		}
		return nil
	}
	uids, err := mapsOf("linux.uidMappings", linux.UIDMappings)
	if err != nil {
		return err
	}
	gids, err := mapsOf("linux.gidMappings", linux.GIDMappings)
	if err != nil {
		return err
	}
	if !l.plan.Namespaces.IsNew(specs.UserNamespace) {
		return nil
	}
	if len(uids) == 0 || len(gids) == 0 {
		return in("linux.uidMappings", errors.New("a new user namespace needs uidMappings and gidMappings"))
	}
	l.plan.UIDs, l.plan.GIDs = uids, gids
	return nil
}

func mapsOf(name string, mappings []specs.LinuxIDMapping) (maps []spec.IDMap, err error) {
	for n, mapping := range mappings {
		next := spec.IDMap{Container: mapping.ContainerID, Host: mapping.HostID, Size: mapping.Size}
		if err := next.Validate(); err != nil {
			return nil, in(fmt.Sprintf("%s[%d]", name, n), err)
		}
		maps = append(maps, next)
	}
	return maps, in(name, spec.ValidateMap(maps))
}

// timeOffsets are those of a new time namespace (time_namespaces(7)).
func (l *loader) timeOffsets() error {
	offsets := l.spec.Linux.TimeOffsets
	if len(offsets) > 0 && !l.plan.Namespaces.IsNew(specs.TimeNamespace) {
		return in("linux.timeOffsets", errors.New("there is no new time namespace among linux.namespaces"))
	}
	for _, clock := range []string{"boottime", "monotonic"} {
		offset, isThere := offsets[clock]
		if !isThere {
			continue
		}
		if offset.Nanosecs >= 1e9 {
			return in("linux.timeOffsets."+clock, fmt.Errorf("%d nanosecs are a second or more", offset.Nanosecs))
		}
		l.plan.TimeOffsets = append(l.plan.TimeOffsets, fmt.Sprintf("%s %d %d", clock, offset.Secs, offset.Nanosecs))
	}
	for clock := range offsets {
		if clock != "boottime" && clock != "monotonic" {
			return in("linux.timeOffsets."+clock, errors.New("unknown clock: there are boottime and monotonic"))
		}
	}
	return nil
}
