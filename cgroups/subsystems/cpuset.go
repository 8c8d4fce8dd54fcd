package subsystems

import (
	"fmt"
	"path"

	"mydocker/utils"
)

// CPUSetName is the controller that pins to CPUs.
const CPUSetName = "cpuset"

// CPUSet pins a container to CPUs: cpuset.cpus on v1 and v2 (cpuset(7)).
type CPUSet struct{ controller }

// cpusetSettings pins to the CPUs of res. On v1 both files need a value.
func cpusetSettings(version Version, res *ResourceConfig) []Setting {
	const whyCPUs = "The container's processes run on these CPUs only."
	cpus := Setting{File: "cpuset.cpus", Value: res.CPUs.Value.String(), Asked: res.CPUs.Asked, Why: whyCPUs}
	if version == V1 {
		const whyMems = "A new v1 cpuset has no memory nodes, and takes no process (ENOSPC) before it is given those of the cgroup above."
		return []Setting{{File: "cpuset.mems", Why: whyMems}, cpus}
	}
	if cpus.Value == "" {
		return nil
	}
	return []Setting{cpus}
}

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
	return content, utils.WriteFile(c.hierarchy.Dir(cgroup)+"/"+file, content)
}

// Available returns the CPUs that a container below the cgroup at parent may
// be pinned to: those of the nearest ancestor that exists and has any.
func (c *CPUSet) Available(parent string) (utils.CPUList, error) {
	file := "cpuset.cpus"
	if c.hierarchy.Version == V2 {
		file = "cpuset.cpus.effective"
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
			return nil, fmt.Errorf("%s tells no CPU", c.hierarchy.Dir("/"+file))
		}
		parent = path.Dir(parent)
	}
}
