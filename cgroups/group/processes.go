package group

import (
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/utils"
)

// Processes lists the processes in it and below it, as the caller sees them: one in a PID namespace
// that is not below the caller's is left out.
func (g *Group) Processes() ([]int, error) {
	dir := g.main()
	if dir == "" {
		return nil, nil
	}
	pids, err := processesIn(dir)
	slices.Sort(pids)
	return slices.Compact(pids), err
}

// main is the cgroup whose processes are the container's. On v1 one can leave some of them if it
// may write there, and v2's beside v1 is the only one that CLONE_INTO_CGROUP knows.
func (g *Group) main() string {
	for _, name := range []string{"freezer", "devices", "memory", "pids", ""} {
		if dir := g.Dirs[name]; dir != "" {
			return dir
		}
	}
	if all := g.all(); len(all) > 0 {
		return all[0]
	}
	return ""
}

// processesIn lists the processes in the cgroup at dir and below it. One that is gone has none.
func processesIn(dir string) ([]int, error) {
	pids, err := cgroups.ReadProcesses(dir)
	if err != nil {
		if utils.Gone(err) {
			return nil, nil
		}
		if !isThreaded(err) { // its processes are those of the threaded domain above
			return nil, err
		}
	}
	children, err := subdirectories(dir)
	if err != nil {
		return nil, err
	}
	for _, name := range children {
		below, err := processesIn(dir + "/" + name)
		if err != nil {
			return nil, err
		}
		pids = append(pids, below...)
	}
	return pids, nil
}

// subdirectories lists the cgroups directly below dir. That there is none can be seen from the number
// of links, without reading the directory. One that is gone has none.
func subdirectories(dir string) ([]string, error) {
	var stat unix.Stat_t
	if unix.Stat(dir, &stat) == nil && stat.Nlink == 2 {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if utils.Gone(err) {
		return nil, nil
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names, err
}

// readNames lists what is in dir. One that is gone has nothing in it.
func readNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names, utils.Ignore(err, unix.ENOENT, unix.ENODEV)
}
