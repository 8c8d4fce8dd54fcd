package containers

import (
	"errors"
	"os"
	"slices"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/running"
	"github.com/mydocker/mydocker/container/state"
)

// list lists the containers of a directory of state, and those that run in the foreground and are
// not kept there, the newest first. Where records are damaged the error names them, and the others
// are there.
func list(dir string) ([]state.Listed, error) {
	all, err := state.List(dir)
	foreground, foregroundErr := running.List()
	for i := range foreground {
		if found := &foreground[i]; !found.Kept && found.State == dir {
			all = append(all, inForeground(found))
		}
	}
	slices.SortStableFunc(all, func(a, b state.Listed) int { return b.Created.Compare(a.Created) })
	return all, errors.Join(err, foregroundErr)
}

// inForeground is a container of which nothing but its run knows.
func inForeground(found *running.Listed) state.Listed {
	since := found.Since
	return state.Listed{Running: true, Record: state.Record{
		ID: found.ID, Name: found.Name, Created: since, Config: image.RunConfig{Cmd: found.Command},
		Life: state.Life{Status: state.StatusRunning, Started: &since, Pid: found.Pid, Supervisor: found.Runner},
	}}
}

// bootID is the boot of the host that goes on, "" where the kernel does not tell.
func bootID() string {
	content, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil || len(content) == 0 {
		return ""
	}
	return string(content[:len(content)-1])
}
