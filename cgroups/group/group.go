// Package group is the cgroups of a container that outlives the command that made it: the
// same path in every hierarchy, as the engines above an OCI runtime want and find them. It has
// no lock and no leftovers: what is made is written down by the caller, and removed by who
// deletes the container.
package group

import (
	"errors"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/cgroups"
)

// Group is the cgroups of one container.
type Group struct {
	// Dirs are the directories, by the name of a controller (as /proc/self/cgroup has it; "" is
	// cgroup v2), and are all that has to be kept to open the group again.
	Dirs map[string]string
}

var errNotYet = errors.New("not yet")

// New says where a container's cgroups are going to be: at path, which counts from the root of
// each hierarchy if it is absolute, and from the caller's own cgroup otherwise; "" is the
// container's id below the caller's. It makes nothing.
func New(path, id string) (*Group, error) { return nil, errNotYet }

// Open returns that of a container that is there.
func Open(dirs map[string]string) *Group { return &Group{Dirs: dirs} }

// Create makes the directories, and the parents that are missing. One that is there already must
// be empty and not frozen.
func (g *Group) Create() error { return errNotYet }

// Set writes limits. Only what is named changes.
func (g *Group) Set(resources *specs.LinuxResources) error { return errNotYet }

// Migrations and V2Dir are how a process is born in it, as with cgroups.CgroupManager. Join moves
// one that is there.
func (g *Group) Migrations() ([]cgroups.Migration, error) { return nil, errNotYet }

// V2Dir is the directory of the v2 cgroup, "" for none.
func (g *Group) V2Dir() string { return g.Dirs[""] }

// Join moves a process in.
func (g *Group) Join(pid int) error { return errNotYet }

// Freeze and Thaw return when that is done. Frozen asks the kernel.
func (g *Group) Freeze() error { return errNotYet }

// Thaw is the reverse of Freeze.
func (g *Group) Thaw() error { return errNotYet }

// Frozen reports whether it is frozen.
func (g *Group) Frozen() (bool, error) { return false, errNotYet }

// Processes lists the processes in it and below it, as the caller sees them.
func (g *Group) Processes() ([]int, error) { return nil, errNotYet }

// Kill ends all that is in it, frozen or not, and waits for that.
func (g *Group) Kill() error { return errNotYet }

// Destroy removes it, with what is below it. What still runs in it is an error (EBUSY).
func (g *Group) Destroy() error { return errNotYet }
