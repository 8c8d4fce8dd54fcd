// Package subsystems knows the cgroup controllers that hold a container's
// limits: one file per controller, each with its files on cgroup v1 and v2.
package subsystems

import (
	"io/fs"
	"os"
	"path"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Subsystem is one cgroup controller, bound to the hierarchy it is mounted in.
// A path names a cgroup below the hierarchy's mount point, as in
// "/mydocker/0123456789ab".
type Subsystem interface {
	// Name is the controller's name on v2; v1 calls io blkio.
	Name() string
	// Set writes the limits of res that this controller holds into the
	// existing cgroup at path (see Setting). One that is not set writes nothing.
	Set(path string, res *ResourceConfig) error
	// Apply moves pid into the cgroup. Pid 0 is the calling thread on v1 and
	// the calling process on v2, as the kernel has it (cgroups(7)).
	Apply(path string, pid int) error
	// Remove removes the cgroup and every cgroup below it. A cgroup that does
	// not exist is no error; one that holds a process is (EBUSY).
	Remove(path string) error
}

// New returns the controller called name in hierarchy h.
func New(name string, h *Hierarchy, observe Observer) Subsystem {
	c := controller{name: name, hierarchy: h, observe: observe}
	if name == CPUSetName {
		return &CPUSet{c}
	}
	return &c
}

// Observer is told of every value that was written: the file, the value, and why. Of a
// program it is told the cgroup's directory and no value.
type Observer func(controller, file, value, why string)

// controller is what the controllers have in common: where they are, and that
// a process is moved and a cgroup removed in the same way in all of them.
type controller struct {
	name      string
	hierarchy *Hierarchy
	observe   Observer
}

// Name implements Subsystem.
func (c *controller) Name() string { return c.name }

// Set implements Subsystem.
func (c *controller) Set(path string, res *ResourceConfig) error {
	return c.write(path, res.Settings(c.name, c.hierarchy.Version))
}

// Apply implements Subsystem. A single thread is moved by way of "tasks": the
// kernel moves the writer itself without waiting for the grace period that
// moving a process by "cgroup.procs" costs (5 to 25 ms).
func (c *controller) Apply(path string, pid int) error {
	file := "cgroup.procs"
	if c.hierarchy.Version == V1 && pid == 0 {
		file = "tasks"
	}
	return utils.WriteFile(c.hierarchy.Dir(path)+"/"+file, strconv.Itoa(pid))
}

// Remove implements Subsystem.
func (c *controller) Remove(path string) error {
	return RemoveTree(c.hierarchy.Dir(path))
}

// RemoveTree removes a cgroup depth first. Only directories can be removed in
// a cgroup file system, so the plain rmdir is tried before looking inside.
func RemoveTree(dir string) error {
	_, err := utils.Retry(func() (int, error) { return 0, unix.Rmdir(dir) })
	if err == nil || utils.Gone(err) {
		return nil
	}
	entries, readErr := os.ReadDir(dir)
	if utils.Gone(readErr) {
		return nil
	}
	if readErr != nil {
		return readErr
	}
	nested := false
	for _, entry := range entries {
		if entry.IsDir() {
			nested = true
			if err := RemoveTree(path.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	if nested {
		_, err = utils.Retry(func() (int, error) { return 0, unix.Rmdir(dir) })
	}
	if err != nil && !utils.Gone(err) {
		return &fs.PathError{Op: "rmdir", Path: dir, Err: err}
	}
	return nil
}

// set writes value into one of the cgroup's files and tells the observer.
func (c *controller) set(path, file, value, why string) error {
	file = c.hierarchy.Dir(path) + "/" + file
	if err := utils.WriteFile(file, value); err != nil {
		return err
	}
	c.observe(c.name, file, value, why)
	return nil
}

// attach attaches a setting's program to the cgroup and tells the observer.
func (c *controller) attach(path string, s Setting) error {
	dir := c.hierarchy.Dir(path)
	if err := attach(dir, s.Program); err != nil {
		return err
	}
	c.observe(c.name, dir, "", s.Why)
	return nil
}

// read returns the content of one of the cgroup's files.
func (c *controller) read(path, file string) (string, error) {
	return utils.ReadFile(c.hierarchy.Dir(path) + "/" + file)
}
