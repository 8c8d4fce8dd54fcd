package subsystems

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// Setting is one value for one file of a container's cgroup. The settings of a
// controller are all that Set writes, so what is told of them holds.
type Setting struct {
	// File is the name in the cgroup's directory. Value is what is written
	// there; empty stands for what the cgroup above holds.
	File, Value string
	// Program is attached to the cgroup where there is one, instead of a write to a File.
	Program []instruction
	// Asked is Limit.Asked of the limit that this is for.
	Asked bool
	// Optional says that nothing is lost where the kernel has no such file.
	Optional bool
	// BarredAbove says that it is no failure where a cgroup above forbids it (EPERM).
	BarredAbove bool
	// Else is written instead where the kernel has no such file.
	Else *Setting
	// Needs says what a kernel must have for the file to be there.
	Needs string
	// Flag is what asks for it, if it can be missing on v1.
	Flag string
	// OnlyV2 says that it does not mean this, or nothing, on v1.
	OnlyV2 bool
	// Why says in one sentence what the kernel does with it.
	Why string
}

// kind is a controller that a container can use.
type kind struct {
	name     string
	settings func(Version, *ResourceConfig) []Setting
	// decided tells of a controller whose limit has a default whether the user has
	// spoken of it, be it to lift it. The others have nil, and are not even looked
	// for unless a limit needs them.
	decided func(*ResourceConfig) bool
}

// kinds lists the controllers in the order in which they are set up.
func kinds() []kind {
	return []kind{
		{MemoryName, memorySettings, func(r *ResourceConfig) bool { return r.Memory.Asked }},
		{CPUSetName, cpusetSettings, func(r *ResourceConfig) bool { return r.CPUs.Asked }},
		{CPUName, cpuSettings, func(r *ResourceConfig) bool { return r.CPUShares.Asked }},
		{PidsName, pidsSettings, nil},
		{IOName, ioSettings, nil},
		{DevicesName, devicesSettings, nil},
	}
}

// Names lists the controllers that a container with the limits of res uses, in
// the order in which they are set up. One whose limit was lifted is not used: a
// process under a real-time policy, for one, cannot enter a new v1 cgroup of cpu.
// Where all are lifted memory's stays, without a limit: a container has a cgroup by
// which it can be found and ended.
func Names(res *ResourceConfig) []string {
	var names []string
	for _, k := range kinds() {
		if k.decided != nil && !k.decided(res) || res.Sets(k.name) {
			names = append(names, k.name)
		}
	}
	for _, c := range res.Conf {
		if !slices.Contains(names, c.controller()) {
			names = append(names, c.controller())
		}
	}
	if len(names) == 0 {
		names = append(names, MemoryName)
	}
	return names
}

// AllNames lists the controllers that a container may use. No cgroup of a container
// is elsewhere.
func AllNames() []string {
	names := []string{CoreName, CPUAcctName, FreezerName}
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return names
}

// Settings lists what the controller called name writes into the container's
// cgroup, in this order.
func (r *ResourceConfig) Settings(name string, version Version) []Setting {
	if slices.Contains(r.Dropped, name) {
		r = &ResourceConfig{}
	}
	var settings []Setting
	for _, k := range kinds() {
		if k.name == name {
			settings = k.settings(version, r)
		}
	}
	return append(settings, confSettings(name, r)...)
}

// Sets reports whether r limits anything by the controller called name.
func (r *ResourceConfig) Sets(name string) bool {
	return len(r.Settings(name, V2)) > 0 // on v1 a cpuset is filled without a limit, too
}

// Asked reports whether the user asked for a limit that the controller called
// name holds.
func (r *ResourceConfig) Asked(name string) bool {
	return slices.ContainsFunc(r.Settings(name, V2), func(s Setting) bool { return s.Asked })
}

// Drop lifts the limits that the controller called name holds.
func (r *ResourceConfig) Drop(name string) { r.Dropped = append(r.Dropped, name) }

// write writes settings into the cgroup at path.
func (c *controller) write(path string, settings []Setting) error {
	for _, s := range settings {
		if err := c.writeOne(path, s); err != nil {
			return err
		}
	}
	return nil
}

func (c *controller) writeOne(path string, s Setting) error {
	var err error
	if s.Program != nil {
		err = c.attach(path, s)
	} else {
		err = c.set(path, s.File, s.Value, s.Why)
	}
	switch {
	case s.BarredAbove && errors.Is(err, unix.EPERM):
		return nil
	case s.Program != nil && (errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS)):
		return &NeedsError{err, s.Needs}
	case !errors.Is(err, unix.ENOENT):
		return err
	case s.Else != nil:
		return c.writeOne(path, *s.Else)
	case s.Optional:
		return nil
	case s.Needs != "":
		return &NeedsError{err, s.Needs}
	}
	return err
}

// NeedsError says that the kernel has no such file, and what it would take.
type NeedsError struct {
	Err   error
	Needs string
}

func (e *NeedsError) Error() string { return fmt.Sprintf("%v (it needs %s)", e.Err, e.Needs) }

// Unwrap returns the error of the write.
func (e *NeedsError) Unwrap() error { return e.Err }

// Write writes a setting into the cgroup at dir.
func Write(dir string, s Setting) error {
	c := controller{hierarchy: &Hierarchy{Mountpoint: dir}, observe: func(string, string, string, string) {}}
	return c.writeOne("/", s)
}
