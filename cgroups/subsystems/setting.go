package subsystems

import (
	"errors"
	"slices"

	"golang.org/x/sys/unix"
)

// Setting is one value for one file of a container's cgroup. The settings of a
// controller are all that Set writes, so what is told of them holds.
type Setting struct {
	// File is the name in the cgroup's directory. Value is what is written
	// there; empty stands for what the cgroup above holds.
	File, Value string
	// Asked is Limit.Asked of the limit that this is for.
	Asked bool
	// Optional says that nothing is lost where the kernel has no such file.
	Optional bool
	// Why says in one sentence what the kernel does with it.
	Why string
}

// kind is a controller that a container can use.
type kind struct {
	name string
	// always says that every container has a cgroup of it. The others are not
	// even looked for unless a limit needs them.
	always   bool
	settings func(Version, *ResourceConfig) []Setting
}

// kinds lists the controllers in the order in which they are set up.
func kinds() []kind {
	return []kind{
		{MemoryName, true, memorySettings},
		{CPUSetName, true, cpusetSettings},
		{CPUName, true, cpuSettings},
	}
}

// Names lists the controllers that a container with the limits of res uses, in
// the order in which they are set up.
func Names(res *ResourceConfig) []string {
	var names []string
	for _, k := range kinds() {
		if k.always || res.Sets(k.name) {
			names = append(names, k.name)
		}
	}
	return names
}

// Settings lists what the controller called name writes into the container's
// cgroup, in this order.
func (r *ResourceConfig) Settings(name string, version Version) []Setting {
	if slices.Contains(r.dropped, name) {
		r = &ResourceConfig{}
	}
	for _, k := range kinds() {
		if k.name == name {
			return k.settings(version, r)
		}
	}
	return nil
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
func (r *ResourceConfig) Drop(name string) { r.dropped = append(r.dropped, name) }

// write writes settings into the cgroup at path.
func (c *controller) write(path string, settings []Setting) error {
	for _, s := range settings {
		err := c.set(path, s.File, s.Value)
		if s.Optional && errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}
