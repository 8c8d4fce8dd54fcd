package oci

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// mountOptions is what the options of a mount ask for.
type mountOptions struct {
	flags       uint64          // of mount(2), for a new file system
	attributes  wire.Attributes // of mount_setattr(2): those of the mount, and of the mounts below
	propagation uint64          // MS_SHARED and so on, with MS_REC; 0 for none
	bind        bool
	recursive   bool // what is mounted below comes along
	remount     bool
	copyUp      bool
	idmap       bool
	idmapBelow  bool
	data        []string // what the file system itself is to understand
}

// An option of mount(8) sets flags, or clears those that others have set. Some of a mount are
// of mount(2) alone, since they are the file system's and not the mount's.
type mountOption struct {
	name             string
	set, clear       uint64 // of mount(2)
	setAttr, clrAttr uint64 // of mount_setattr(2)
	negated          uint64 // the one value of the access times that it takes back
}

// atime is the field of mount_setattr(2) that holds one of several values.
const atime = unix.MOUNT_ATTR__ATIME

// mountFlags are the options that stand for flags. With "r" before them, those that have an
// attribute are for all mounts below as well.
func mountFlags() []mountOption {
	const accessTimes = unix.MS_NOATIME | unix.MS_STRICTATIME | unix.MS_RELATIME
	return []mountOption{
		{name: "ro", set: unix.MS_RDONLY, setAttr: unix.MOUNT_ATTR_RDONLY},
		{name: "rw", clear: unix.MS_RDONLY, clrAttr: unix.MOUNT_ATTR_RDONLY},
		{name: "nosuid", set: unix.MS_NOSUID, setAttr: unix.MOUNT_ATTR_NOSUID},
		{name: "suid", clear: unix.MS_NOSUID, clrAttr: unix.MOUNT_ATTR_NOSUID},
		{name: "nodev", set: unix.MS_NODEV, setAttr: unix.MOUNT_ATTR_NODEV},
		{name: "dev", clear: unix.MS_NODEV, clrAttr: unix.MOUNT_ATTR_NODEV},
		{name: "noexec", set: unix.MS_NOEXEC, setAttr: unix.MOUNT_ATTR_NOEXEC},
		{name: "exec", clear: unix.MS_NOEXEC, clrAttr: unix.MOUNT_ATTR_NOEXEC},
		{name: "nodiratime", set: unix.MS_NODIRATIME, setAttr: unix.MOUNT_ATTR_NODIRATIME},
		{name: "diratime", clear: unix.MS_NODIRATIME, clrAttr: unix.MOUNT_ATTR_NODIRATIME},
		{name: "nosymfollow", set: unix.MS_NOSYMFOLLOW, setAttr: unix.MOUNT_ATTR_NOSYMFOLLOW},
		{name: "symfollow", clear: unix.MS_NOSYMFOLLOW, clrAttr: unix.MOUNT_ATTR_NOSYMFOLLOW},
		{name: "noatime", set: unix.MS_NOATIME, clear: accessTimes, setAttr: unix.MOUNT_ATTR_NOATIME, clrAttr: atime},
		{name: "strictatime", set: unix.MS_STRICTATIME, clear: accessTimes, setAttr: unix.MOUNT_ATTR_STRICTATIME, clrAttr: atime},
		{name: "relatime", set: unix.MS_RELATIME, clear: accessTimes, clrAttr: atime},
		{name: "atime", clear: unix.MS_NOATIME, clrAttr: atime, negated: unix.MOUNT_ATTR_NOATIME},
		{name: "norelatime", clear: unix.MS_RELATIME, clrAttr: atime},
		{name: "nostrictatime", clear: unix.MS_STRICTATIME, clrAttr: atime, negated: unix.MOUNT_ATTR_STRICTATIME},
	}
}

// superblockFlags are the options that a bind does not have: they are of the file system.
func superblockFlags() []mountOption {
	return []mountOption{
		{name: "sync", set: unix.MS_SYNCHRONOUS}, {name: "async", clear: unix.MS_SYNCHRONOUS},
		{name: "dirsync", set: unix.MS_DIRSYNC}, {name: "nodirsync", clear: unix.MS_DIRSYNC},
		{name: "mand", set: unix.MS_MANDLOCK}, {name: "nomand", clear: unix.MS_MANDLOCK},
		{name: "iversion", set: unix.MS_I_VERSION}, {name: "noiversion", clear: unix.MS_I_VERSION},
		{name: "lazytime", set: unix.MS_LAZYTIME}, {name: "nolazytime", clear: unix.MS_LAZYTIME},
		{name: "silent", set: unix.MS_SILENT}, {name: "loud", clear: unix.MS_SILENT},
		{name: "defaults"},
	}
}

// propagations are the options that say where mounts go on.
func propagations() map[string]uint64 {
	return map[string]uint64{
		"private": unix.MS_PRIVATE, "rprivate": unix.MS_PRIVATE | unix.MS_REC,
		"slave": unix.MS_SLAVE, "rslave": unix.MS_SLAVE | unix.MS_REC,
		"shared": unix.MS_SHARED, "rshared": unix.MS_SHARED | unix.MS_REC,
		"unbindable": unix.MS_UNBINDABLE, "runbindable": unix.MS_UNBINDABLE | unix.MS_REC,
	}
}

// kinds are the options that say what a mount is.
func (o *mountOptions) kind(option string) *bool {
	switch option {
	case "bind", "rbind":
		return &o.bind
	case "remount":
		return &o.remount
	case "tmpcopyup":
		return &o.copyUp
	case "idmap", "ridmap":
		return &o.idmap
	}
	return nil
}

// MountOptions lists the options of mounts that are not a file system's own, sorted.
func MountOptions() []string {
	names := []string{"bind", "rbind", "remount", "tmpcopyup", "idmap", "ridmap"}
	for _, option := range superblockFlags() {
		names = append(names, option.name)
	}
	for _, option := range mountFlags() {
		names = append(names, option.name, "r"+option.name)
	}
	for name := range propagations() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// isForTools tells of options that mount(8) has for other tools that read fstab(5).
func isForTools(option string) bool {
	return slices.Contains([]string{"auto", "noauto", "nouser", "_netdev"}, option) ||
		strings.HasPrefix(option, "x-") || strings.HasPrefix(option, "comment=")
}

// parseMountOptions reads the options of a mount. What is not mount(8)'s is the file system's.
func parseMountOptions(options []string) (parsed mountOptions) {
	flags := mountFlags()
	superblock := superblockFlags()
	all := propagations()
	for _, option := range options {
		propagation, isPropagation := all[option]
		switch kind := parsed.kind(option); {
		case option == "" || isForTools(option):
		case kind != nil:
			*kind = true
			parsed.recursive = parsed.recursive || option == "rbind"
			parsed.idmapBelow = parsed.idmapBelow || option == "ridmap"
		case isPropagation:
			parsed.propagation = propagation
		case parsed.take(flags, option, false), parsed.take(superblock, option, false):
		case option[0] == 'r' && parsed.take(flags, option[1:], true):
		default:
			parsed.data = append(parsed.data, option)
		}
	}
	return parsed
}

// take applies an option if it is one of all.
func (o *mountOptions) take(all []mountOption, name string, below bool) bool {
	n := slices.IndexFunc(all, func(option mountOption) bool { return option.name == name })
	if n < 0 {
		return false
	}
	option := all[n]
	set, clr := &o.attributes.Set, &o.attributes.Clear
	if below {
		set, clr = &o.attributes.SetBelow, &o.attributes.ClearBelow
	} else {
		o.flags = o.flags&^option.clear | option.set
	}
	if chosen := *set & atime; option.clrAttr == atime && option.set == 0 && chosen != 0 && chosen != option.negated {
		return true
	}
	*set = *set&^option.clrAttr | option.setAttr
	*clr = *clr&^(option.setAttr&^atime) | option.clrAttr
	return true
}
