package group

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// unified are the values for files of the v2 cgroup, in the order of their names. A value of several lines is written line by
// line, as the kernel takes it.
func (g *Group) unified(values map[string]string) ([]limit, error) {
	var all []limit
	for _, file := range slices.Sorted(maps.Keys(values)) {
		l := limit{target: target{version: subsystems.V2, dir: g.V2Dir()}}
		l.name, _, _ = strings.Cut(file, ".")
		if err := g.checkUnified(file); err != nil {
			return nil, fmt.Errorf("resources.unified[%q]: %w", file, err)
		}
		for line := range strings.Lines(values[file]) {
			l.settings = append(l.settings, subsystems.Setting{File: file, Value: strings.TrimSuffix(line, "\n"), Needs: "a kernel whose cgroup v2 has such a file"})
		}
		if values[file] == "" {
			l.settings = []subsystems.Setting{{File: file, Value: empty, Needs: "a kernel whose cgroup v2 has such a file"}}
		}
		all = append(all, l)
	}
	return all, nil
}

// checkUnified refuses what is no limit of this container's v2 cgroup.
func (g *Group) checkUnified(file string) error {
	name, rest, _ := strings.Cut(file, ".")
	switch {
	case name == "" || rest == "" || strings.ContainsAny(file, "/\x00"):
		return errors.New("it is the name of no cgroup file: CONTROLLER.FILE")
	case g.V2Dir() == "" && len(g.Dirs) > 0:
		return errors.New("invalid configuration: cannot use unified on cgroup v1")
	case g.V2Dir() == "":
		return g.whyNone()
	case name == subsystems.CoreName && !slices.Contains(coreLimits(), file):
		return fmt.Errorf("it is no limit; of the files of every cgroup only %s can be set", strings.Join(coreLimits(), ", "))
	}
	if g.Dirs[subsystems.V1.NameOf(name)] != "" {
		return fmt.Errorf("invalid configuration: cannot use unified on cgroup v1, where this host has the controller %s", name)
	}
	return nil
}

// coreLimits are the files without a controller that limit. The others move, kill or freeze processes.
func coreLimits() []string {
	return []string{"cgroup.max.depth", "cgroup.max.descendants", "cgroup.pressure"}
}
