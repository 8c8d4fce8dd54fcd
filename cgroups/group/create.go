package group

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// dirMode is that of every cgroup that is made: others may look at limits and figures.
const dirMode = 0o755

// Create makes the directories, and the parents that are missing. One that is there already must
// be empty and not frozen. If it fails nothing is left that it has made.
//
// Who may make no cgroup, and has asked for no path, stays in its own ones: then Dirs lacks those
// hierarchies, and Set refuses what would need one.
func (g *Group) Create() error {
	if g.mounted == nil && len(g.Dirs) > 0 {
		return errors.New("the cgroups of a container that is there cannot be made")
	}
	for _, m := range g.mounted {
		err := g.createIn(m)
		if err == nil {
			continue
		}
		if g.path == "" && isForbidden(err) {
			g.forget(m)
			g.refused = cgroups.WithCause(err, m.Version)
			continue
		}
		if isForbidden(err) {
			err = fmt.Errorf("applying cgroup configuration: %w", err)
		}
		return errors.Join(cgroups.WithCause(err, m.Version), g.Undo())
	}
	g.fresh = true
	return nil
}

// isForbidden reports whether the caller may not, whatever it asks for.
func isForbidden(err error) bool {
	return errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) || errors.Is(err, unix.EROFS)
}

// forget leaves a hierarchy out.
func (g *Group) forget(m *cgroups.Mounted) {
	for _, controller := range m.Controllers {
		delete(g.Dirs, controller)
	}
	if len(m.Controllers) == 0 {
		delete(g.Dirs, "")
	}
}

// Undo removes what Create has made, and nothing that was there before, or that another has made in it since.
func (g *Group) Undo() error {
	var errs []error
	for _, dir := range slices.Backward(g.made) {
		if err := utils.Ignore(unix.Rmdir(dir), unix.ENOENT, unix.EBUSY, unix.ENOTEMPTY); err != nil {
			errs = append(errs, pathError("rmdir", dir, err))
		}
	}
	g.made = nil
	return errors.Join(errs...)
}

func (g *Group) dirIn(m *cgroups.Mounted) string {
	if len(m.Controllers) == 0 {
		return g.Dirs[""]
	}
	return g.Dirs[m.Controllers[0]]
}

func (g *Group) createIn(m *cgroups.Mounted) error {
	dir := g.dirIn(m)
	there, err := g.makeDir(m, dir)
	if err != nil {
		return err
	}
	if there {
		if err := checkUnused(m.Version, dir); err != nil {
			return err
		}
	}
	if m.Version == subsystems.V2 {
		return g.checkDomain(dir)
	}
	return fillIfCPUSet(m, dir)
}

func fillIfCPUSet(m *cgroups.Mounted, dir string) error {
	if !slices.Contains(m.Controllers, subsystems.CPUSetName) {
		return nil
	}
	return fillCPUSet(m.Mountpoint, dir)
}

// makeDir makes a cgroup and the parents that are missing, and reports whether it was there.
func (g *Group) makeDir(m *cgroups.Mounted, dir string) (there bool, err error) {
	if m.Version == subsystems.V2 {
		if err := g.makeParents(m, path.Dir(dir)); err != nil {
			return false, err
		}
		if err := g.enableAll(dir); err != nil {
			return false, err
		}
	}
	made, err := g.mkdir(dir)
	if errors.Is(err, unix.ENOENT) {
		if err := g.makeParents(m, path.Dir(dir)); err != nil {
			return false, err
		}
		made, err = g.mkdir(dir)
	}
	return !made, err
}

// makeParents makes the missing cgroups from the top down to dir.
func (g *Group) makeParents(m *cgroups.Mounted, dir string) error {
	if dir == m.Mountpoint || !utils.IsBelow(dir, m.Mountpoint) {
		return nil
	}
	_, err := g.mkdir(dir)
	if errors.Is(err, unix.ENOENT) {
		if err := g.makeParents(m, path.Dir(dir)); err != nil {
			return err
		}
		_, err = g.mkdir(dir)
	}
	return err
}

// mkdir makes one cgroup; one that is there is no error.
func (g *Group) mkdir(dir string) (made bool, err error) {
	_, err = utils.Retry(func() (int, error) { return 0, unix.Mkdir(dir, dirMode) })
	if err == unix.EEXIST {
		return false, nil
	}
	if err != nil {
		return false, &fs.PathError{Op: "mkdir", Path: dir, Err: err}
	}
	g.made = append(g.made, dir)
	return true, nil
}

// checkUnused refuses a cgroup that was there already if another uses it, or its processes would not
// run.
func checkUnused(version subsystems.Version, dir string) error {
	pids, err := processesIn(dir)
	if err != nil {
		return err
	}
	if len(pids) > 0 {
		return fmt.Errorf("container's cgroup is not empty: %d process(es) found (in %s)", len(pids), dir)
	}
	frozen, err := isFrozen(version, dir)
	if err != nil {
		return err
	}
	if frozen {
		return fmt.Errorf("container's cgroup unexpectedly frozen (%s)", dir)
	}
	return nil
}

// fillCPUSet gives a v1 cpuset the CPUs and memory nodes of the one above where it has none, for it
// would take no process (ENOSPC).
func fillCPUSet(mountpoint, dir string) error {
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		if _, err := filled(mountpoint, dir, file); err != nil {
			return err
		}
	}
	return nil
}

func filled(mountpoint, dir, file string) (string, error) {
	content, err := utils.ReadFile(dir + "/" + file)
	if err != nil || content != "" {
		return content, err
	}
	if dir == mountpoint {
		return "", fmt.Errorf("%s/%s is empty", dir, file)
	}
	if content, err = filled(mountpoint, path.Dir(dir), file); err != nil {
		return "", err
	}
	return content, utils.WriteFile(dir+"/"+file, content)
}

// checkDomain refuses a v2 cgroup that no process can be in: somebody has made it, or one above, a place for
// threads.
func (g *Group) checkDomain(dir string) error {
	kind, err := utils.ReadFile(dir + "/cgroup.type")
	switch {
	case errors.Is(err, unix.ENOENT): // before Linux 4.14
		return nil
	case err != nil:
		return err
	case kind == "threaded":
		return fmt.Errorf("no process can be in the cgroup %s: it is for threads (cgroup.type is %q)", dir, kind)
	case kind == "domain invalid":
		return fmt.Errorf("no process can be in the cgroup %s: one above it is for threads (cgroup.type of %s is %q)", dir, path.Dir(dir), typeOf(path.Dir(dir)))
	}
	return nil
}

func typeOf(dir string) string {
	kind, err := utils.ReadFile(dir + "/cgroup.type")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(kind)
}
