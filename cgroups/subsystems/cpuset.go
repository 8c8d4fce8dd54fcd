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

// Set implements Subsystem.
//
// A new v1 cpuset has neither CPUs nor memory nodes, and a task that is moved
// into such a one is refused with ENOSPC. So both files are filled from above
// first, in the parents too.
func (c *CPUSet) Set(cgroup string, res *ResourceConfig) error {
	if c.hierarchy.Version == V2 {
		if !res.Sets(CPUSetName) {
			return nil
		}
		return c.set(cgroup, "cpuset.cpus", res.CPUs.Value.String())
	}
	parent := path.Dir(cgroup)
	mems, err := c.filled(parent, "cpuset.mems")
	if err != nil {
		return err
	}
	cpus, err := c.filled(parent, "cpuset.cpus")
	if err != nil {
		return err
	}
	if res.Sets(CPUSetName) {
		cpus = res.CPUs.Value.String()
	}
	if err := c.set(cgroup, "cpuset.mems", mems); err != nil {
		return err
	}
	return c.set(cgroup, "cpuset.cpus", cpus)
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
