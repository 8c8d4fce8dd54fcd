package group

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/cgroups"
)

// New says where a container's cgroups are going to be: at path, which counts from where each
// hierarchy is mounted if it is absolute, and otherwise from the caller's own cgroup (on v2 from the
// nearest one above that can have children with controllers); "" is the container's id. It makes
// nothing.
func New(path, id string) (*Group, error) {
	mounted, err := cgroups.FindMounted()
	if err != nil {
		return nil, err
	}
	return at(path, id, mounted)
}

func at(name, id string, mounted []*cgroups.Mounted) (*Group, error) {
	g := &Group{Dirs: map[string]string{}, mounted: mounted, path: name}
	if name == "" {
		name = id
	}
	if err := checkPath(name); err != nil {
		return nil, fmt.Errorf("cgroup path %q: %w", name, err)
	}
	if len(mounted) == 0 && g.path != "" {
		return nil, fmt.Errorf("cgroup path %q: no cgroup hierarchy is mounted", name)
	}
	for _, m := range mounted {
		below := name
		if !path.IsAbs(name) {
			below = path.Join(m.Nearest(), name)
		}
		dir := m.Dir(path.Clean(below))
		for _, controller := range m.Controllers {
			g.Dirs[controller] = dir
		}
		if len(m.Controllers) == 0 {
			g.Dirs[""] = dir
		}
	}
	return g, nil
}

// checkPath refuses what leaves the place that it names, or is not below any.
func checkPath(name string) error {
	switch parts := strings.Split(name, "/"); {
	case strings.ContainsRune(name, 0):
		return errors.New("it has a NUL byte")
	case slices.Contains(parts, ".."):
		return errors.New("it has a part \"..\"")
	case strings.Contains(name, "\n"):
		return errors.New("it has a newline, which the kernel takes in no name of a cgroup")
	case path.Clean("/"+name) == "/":
		return errors.New("it names no cgroup below another")
	}
	return nil
}
