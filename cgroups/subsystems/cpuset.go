package subsystems

import (
	"fmt"
	"path"
	"slices"

	"github.com/mydocker/mydocker/utils"
)

// CPUSetName is the controller that pins to CPUs.
const CPUSetName = "cpuset"

// CPUSet pins a container to CPUs: cpuset.cpus on v1 and v2 (cpuset(7)).
type CPUSet struct{ controller }

// cpusetSettings pins to the CPUs and memory nodes of res. On v1 both files
// need a value.
func cpusetSettings(version Version, res *ResourceConfig) []Setting {
	mems := Setting{
		File: "cpuset.mems", Value: res.CPUSetMems.String(), Asked: len(res.CPUSetMems) > 0,
		Why: "The container's memory comes from these nodes only.",
	}
	if mems.Value == "" {
		mems.Why = "A new v1 cpuset has no memory nodes, and takes no process (ENOSPC) before it is given those of the cgroup above."
	}
	cpus := Setting{
		File: "cpuset.cpus", Value: res.CPUs.Value.String(), Asked: res.CPUs.Asked && len(res.CPUs.Value) > 0,
		Why: "The container's processes run on these CPUs only.",
	}
	settings := []Setting{mems, cpus}
	if version == V2 {
		settings = slices.DeleteFunc(settings, func(s Setting) bool { return s.Value == "" })
	}
	return settings
}

// WhyFill is why the files of a v1 cpuset are filled from the one above.
const WhyFill = "A new v1 cpuset is empty, and one that is empty takes no process (ENOSPC)."

// Set implements Subsystem.
//
// A new v1 cpuset has neither CPUs nor memory nodes, and a task that is moved
// into such a one is refused with ENOSPC. So both files are filled from above
// first, in the parents too.
func (c *CPUSet) Set(cgroup string, res *ResourceConfig) error {
	settings := res.Settings(c.name, c.hierarchy.Version)
	if c.hierarchy.Version == V2 {
		return c.write(cgroup, settings)
	}
	for i, s := range settings {
		above, err := c.filled(path.Dir(cgroup), s.File)
		if err != nil {
			return err
		}
		if s.Value == "" {
			settings[i].Value = above
		}
	}
	return c.write(cgroup, settings)
}

// filled returns the content of a v1 file. Where it is empty, as in a cgroup
// that was just made, it is filled with its parent's first.
func (c *CPUSet) filled(cgroup, file string) (string, error) {
	content, err := c.read(cgroup, file)
	if err != nil || content != "" {
		return content, err
	}
	if cgroup == "/" {
		return "", fmt.Errorf("%s is empty", c.hierarchy.Dir("/"+file))
	}
	if content, err = c.filled(path.Dir(cgroup), file); err != nil {
		return "", err
	}
	return content, c.set(cgroup, file, content, WhyFill)
}

// Available returns the CPUs ("cpuset.cpus") or memory nodes ("cpuset.mems")
// that a container below the cgroup at parent may be pinned to: those of the
// nearest ancestor that exists and has any.
func (c *CPUSet) Available(parent, file string) (utils.CPUList, error) {
	if c.hierarchy.Version == V2 {
		file += ".effective"
	}
	for {
		content, err := c.read(parent, file)
		if err == nil && content != "" {
			return utils.ParseCPUList(content)
		}
		if err != nil && !utils.Gone(err) {
			return nil, err
		}
		if parent == "/" {
			return nil, fmt.Errorf("%s is empty", c.hierarchy.Dir("/"+file))
		}
		parent = path.Dir(parent)
	}
}
