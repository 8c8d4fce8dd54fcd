package cgroups

import (
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"github.com/mydocker/mydocker/utils"
)

// maxSearched bounds the search for a leftover's other cgroups on a host with very
// many of them.
const maxSearched = 10000

// elsewhere looks for the cgroups of a leftover called name that have another parent than
// this run's, and returns a tree with that parent for each of them. The parent is another
// one where mydocker was called from another cgroup (see parentIn). That can differ
// between v1 hierarchies: the two runs may share a parent in cpuset's, where the leftover
// was met, and in no other.
func (m *CgroupManager) elsewhere(trees []*tree, name string) []*tree {
	if m.parent != "" { // it is the same in each hierarchy
		return nil
	}
	var found []*tree
	for _, t := range trees {
		if isThere(t.Dir(t.sibling(name))) {
			continue
		}
		if parent := t.search(name); parent != "" {
			found = append(found, &tree{
				Hierarchy: t.Hierarchy, manager: t.manager, controllers: t.controllers, lock: unlocked,
				base: path.Dir(parent), cgroup: path.Join(parent, m.id),
			})
		}
	}
	return found
}

// search looks in the whole hierarchy for the default parent that has a cgroup called
// name, or returns "".
func (t *tree) search(name string) (parent string) {
	seen := 0
	err := filepath.WalkDir(t.Mountpoint, func(dir string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return nil // others' cgroups come and go
		}
		above := path.Dir(dir)
		if path.Base(dir) == name && path.Base(above) == path.Base(DefaultParent) {
			parent = strings.TrimPrefix(above, t.Mountpoint)
			return fs.SkipAll
		}
		if utils.IsID(path.Base(dir)) && path.Base(above) == path.Base(DefaultParent) {
			return fs.SkipDir // what is within another container goes with that one
		}
		if seen++; seen > maxSearched {
			return fs.SkipAll
		}
		return nil
	})
	if err != nil {
		return ""
	}
	return parent
}
