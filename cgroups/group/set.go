package group

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// Set writes limits. Only what is named changes: as in other runtimes a 0 names nothing, where it
// would make no sense as a limit (docs/oci.md has the table). All of them are looked at before the
// first is written. Where the kernel refuses one, those of a container that is there are as before.
func (g *Group) Set(resources *specs.LinuxResources) error {
	if resources == nil {
		resources = &specs.LinuxResources{}
	}
	limits, err := g.limits(resources)
	if err != nil {
		return err
	}
	devices, err := g.devices(resources.Devices)
	if err != nil {
		return err
	}
	if err := g.apply(limits, devices); err != nil {
		return err
	}
	g.fresh = false
	return nil
}

func (g *Group) apply(limits []limit, devices func() error) error {
	var before []limit
	for _, l := range limits {
		if err := g.enableFor(&l.target); err != nil {
			return errors.Join(err, restore(before))
		}
		replaced, err := l.write(!g.fresh)
		before = append(before, limit{l.target, replaced})
		if err != nil {
			return errors.Join(err, restore(before))
		}
	}
	if devices == nil {
		return nil
	}
	if err := devices(); err != nil {
		return errors.Join(fmt.Errorf("set the device rules: %w", err), restore(before))
	}
	return nil
}

// enableFor gives the cgroup a v2 controller on a host that has others on v1, where Create has given it none.
func (g *Group) enableFor(t *target) error {
	if t.version == subsystems.V1 || t.name == subsystems.CoreName || len(g.v1Dirs()) == 0 {
		return nil
	}
	return enableAbove(t.dir, t.name)
}

// target is where one controller's files are.
type target struct {
	name    string // v2's
	version subsystems.Version
	dir     string
}

func (t *target) read(file string) (string, error) { return utils.ReadFile(t.dir + "/" + file) }

// limit is what one controller is given.
type limit struct {
	target
	settings []subsystems.Setting
}

// limits turns the resources into files and values.
func (g *Group) limits(r *specs.LinuxResources) ([]limit, error) {
	var all []limit
	for _, c := range []struct {
		name     string
		settings func(t *target, r *specs.LinuxResources) ([]subsystems.Setting, error)
	}{
		{"memory", memorySettings}, {"cpu", cpuSettings}, {"cpuset", cpusetSettings}, {"pids", pidsSettings},
		{"io", ioSettings}, {"hugetlb", hugetlbSettings}, {"net_cls", classSettings}, {"net_prio", prioritySettings},
		{"rdma", rdmaSettings},
	} {
		l := limit{target: g.target(c.name)}
		var err error
		if l.settings, err = c.settings(&l.target, r); err != nil {
			return nil, err
		}
		if len(l.settings) == 0 {
			continue
		}
		if l.dir == "" {
			return nil, fmt.Errorf("cannot set %s limit: %w", c.name, g.whyNone())
		}
		all = append(all, l)
	}
	unified, err := g.unified(r.Unified)
	return append(all, unified...), err
}

func (g *Group) target(name string) target {
	version, dir := g.controller(name)
	return target{name, version, dir}
}

// whyNone says why there is no cgroup at all.
func (g *Group) whyNone() error {
	const text = "container could not join or create cgroup"
	if g.refused != nil {
		return fmt.Errorf(text+": %w", g.refused)
	}
	return errors.New(text)
}

// write writes the settings. What the kernel does not take beside the old values of others (EINVAL), it may take
// beside their new ones: as memory and swap together, which can be no less than memory. If keep, it returns what
// it has replaced.
func (l *limit) write(keep bool) (replaced []subsystems.Setting, err error) {
	for pending := l.settings; len(pending) > 0; {
		var again []subsystems.Setting
		var first error
		for _, s := range pending {
			var old []subsystems.Setting
			if keep {
				old = l.old(&s)
			}
			err := subsystems.Write(l.dir, s)
			if errors.Is(err, unix.ENOENT) && l.awaitEnabled() {
				err = subsystems.Write(l.dir, s)
			}
			switch {
			case err == nil:
				replaced = append(replaced, old...)
			case errors.Is(err, unix.EINVAL):
				again = append(again, s)
				first = cmp.Or(first, err)
			default:
				return replaced, l.explain(err, s)
			}
		}
		if len(again) == len(pending) {
			return replaced, l.explain(first, again[0])
		}
		pending = again
	}
	return replaced, nil
}

// explain adds why the kernel refuses a value, as far as that can be told.
func (t *target) explain(err error, s subsystems.Setting) error {
	if errors.Is(err, unix.EBUSY) && s.File == "memory.limit_in_bytes" {
		return memoryInUse(t, s.Value)
	}
	if errors.Is(err, unix.ENOENT) && t.version == subsystems.V2 {
		if own, reading := words(t.dir + "/cgroup.controllers"); reading != nil || !strings.Contains(" "+strings.Join(own, " ")+" ", " "+t.name+" ") {
			return fmt.Errorf("set %s: %w", s.File, whyMissing(t.dir, t.name))
		}
	}
	return cgroups.WithCause(err, t.version)
}

// refuse is the error for what a version of cgroups cannot give.
func (t *target) refuse(field, why string) error {
	return fmt.Errorf("resources.%s cannot be had on cgroup v%d: %s", field, t.version, why)
}

// invalid is the error for a value that means nothing.
func invalid(field string, value any, why string) error {
	return fmt.Errorf("resources.%s of %v is invalid: %s", field, value, why)
}
