package overlay

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/utils"
)

// readMounts lists the mounts of a process, "self" or a pid, that a path can lead to.
func readMounts(process string) ([]utils.Mount, error) {
	mountinfo := "/proc/" + process + "/mountinfo"
	content, err := utils.ReadFile(mountinfo)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", mountinfo, err)
	}
	return parseMounts(content), nil
}

// sameMounts reports whether the same is mounted at the same places.
func sameMounts(a, b []utils.Mount) bool {
	return slices.EqualFunc(a, b, func(a, b utils.Mount) bool { return a.Point == b.Point && a.FSType == b.FSType })
}

// parseMounts lists the mounts of mountinfo (proc_pid_mountinfo(5)) that a path can lead
// to, each behind those that it is mounted in.
func parseMounts(mountinfo string) []utils.Mount {
	tree := mountTree{on: map[string][]utils.Mount{}}
	known := map[string]bool{}
	var all []utils.Mount
	for line := range strings.Lines(mountinfo) {
		// The name of a directory that is gone has "//deleted" behind it.
		if m, ok := utils.ParseMount(line); ok && !strings.HasSuffix(m.Point, "//deleted") {
			all = append(all, m)
			known[m.ID] = true
		}
	}
	root := utils.Mount{Point: "/"} // that of a chroot is no mount point
	for _, m := range all {
		switch {
		case m.Point == "/" && !known[m.Parent] || m.Parent == m.ID:
			root = m
		case !known[m.Parent]:
			tree.on[root.ID] = append(tree.on[root.ID], m)
		default:
			tree.on[m.Parent] = append(tree.on[m.Parent], m)
		}
	}
	tree.add(root)
	slices.SortStableFunc(tree.seen, func(a, b utils.Mount) int { return comparePaths(a.Point, b.Point) })
	return tree.seen
}

// mountTree finds what a path leads to: of the mounts at one place the last, and nothing
// of what lies below a place that was mounted over later.
type mountTree struct {
	on   map[string][]utils.Mount // the mounts that are mounted on another, by its ID
	seen []utils.Mount
}

func (t *mountTree) add(m utils.Mount) {
	m = t.top(m)
	children := t.on[m.ID]
	delete(t.on, m.ID) // a table that is a circle has an end, too
	t.seen = append(t.seen, m)
	for n, child := range children {
		covered := slices.ContainsFunc(children, func(other utils.Mount) bool { return utils.IsBelow(child.Point, other.Point) })
		later := slices.ContainsFunc(children[n+1:], func(other utils.Mount) bool { return other.Point == child.Point })
		if !covered && !later && utils.IsBelow(child.Point, m.Point) {
			t.add(child)
		}
	}
}

// top is the last of the mounts that are mounted on the root of m.
func (t *mountTree) top(m utils.Mount) utils.Mount {
	for range len(t.on) {
		over := slices.IndexFunc(t.on[m.ID], func(child utils.Mount) bool { return child.Point == m.Point })
		if over < 0 {
			break
		}
		m = t.on[m.ID][over]
	}
	return m
}

// comparePaths sorts each directory before what is in it.
func comparePaths(a, b string) int {
	return cmp.Compare(strings.ReplaceAll(a, "/", "\x00"), strings.ReplaceAll(b, "/", "\x00"))
}
