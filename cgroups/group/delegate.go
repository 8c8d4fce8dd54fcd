package group

import (
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Delegate gives the v2 cgroup to a user of the host, who may then make cgroups below it and move what is in it there:
// the directory, and those files that the kernel says are safe (config-linux.md, "Cgroup ownership"). Where v1 is in
// use nothing is given away.
func (g *Group) Delegate(uid int) error {
	dir := g.V2Dir()
	if dir == "" || len(g.v1Dirs()) > 0 {
		return nil
	}
	files := []string{"cgroup.procs", "cgroup.subtree_control", "cgroup.threads"}
	if known, err := words("/sys/kernel/cgroup/delegate"); err == nil { // Linux 4.15
		files = known
	}
	for _, name := range append([]string{"."}, files...) {
		if strings.Contains(name, "/") {
			continue
		}
		file := path.Join(dir, name)
		if err := utils.Ignore(unix.Lchown(file, uid, -1), unix.ENOENT); err != nil {
			return pathError("chown", file, err)
		}
	}
	return nil
}
