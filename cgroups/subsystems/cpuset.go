package subsystems

import (
	"errors"
	"fmt"
	"io/fs"
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
func (c *CPUSet) Set(path string, res *ResourceConfig) error {
	if c.hierarchy.Version == V2 {
		if !res.Sets(CPUSetName) {
			return nil
		}
		return c.set(path, "cpuset.cpus", res.CPUs.Value.String())
	}
	if _, err := c.inherit(path, "cpuset.mems", ""); err != nil {
		return err
	}
	cpus, err := c.inherit(path, "cpuset.cpus", res.CPUs.Value.String())
	if err == nil && res.Sets(CPUSetName) {
		c.observe(c.name, c.hierarchy.Dir(path)+"/cpuset.cpus", cpus)
	}
	return err
}

// inherit makes sure that a v1 file is not empty, here and in every cgroup
// above: it gets value, or its parent's content where value is empty. It
// returns what the file holds now. What is already there in a parent stays.
func (c *CPUSet) inherit(cgroup, file, value string) (string, error) {
	content, err := c.read(cgroup, file)
	if err != nil {
		return "", err
	}
	if content != "" && (value == "" || content == value) {
		return content, nil
	}
	if cgroup == "/" {
		return "", fmt.Errorf("%s is empty", c.hierarchy.Dir("/"+file))
	}
	above, err := c.inherit(path.Dir(cgroup), file, "")
	if err != nil {
		return "", err
	}
	if value == "" {
		value = above
	}
	return value, utils.WriteFile(c.hierarchy.Dir(cgroup)+"/"+file, value)
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
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if parent == "/" {
			return nil, fmt.Errorf("%s tells no CPU", c.hierarchy.Dir("/"+file))
		}
		parent = path.Dir(parent)
	}
}
