package containers

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/running"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

// list lists the containers of a directory of state, and those that run in the foreground and are
// not kept there, the newest first. Where records are damaged the error names them, and the others
// are there.
func list(dir string) ([]state.Listed, error) {
	all, err := state.List(dir)
	foreground, foregroundErr := listForeground(dir)
	all = append(all, foreground...)
	slices.SortStableFunc(all, func(a, b state.Listed) int { return b.Created.Compare(a.Created) })
	return all, errors.Join(err, foregroundErr)
}

func listForeground(dir string) (all []state.Listed, err error) {
	found, err := running.List()
	for i := range found {
		if !found[i].Kept && found[i].State == dir {
			all = append(all, inForeground(&found[i]))
		}
	}
	return all, err
}

// find finds a container by its name, with "/" before it or not, its id or the beginning of one.
func find(dir, name string) (*state.Listed, error) {
	name = strings.TrimPrefix(name, "/")
	l, err := state.Find(dir, name)
	if !errors.As(err, new(*state.NotFoundError)) || name == "" {
		return &l, err
	}
	all, damaged := listForeground(dir)
	var found *state.Listed
	for i := range all {
		switch {
		case all[i].ID == name, all[i].Name == name:
			return &all[i], nil
		case strings.HasPrefix(all[i].ID, name) && found != nil:
			return nil, fmt.Errorf("%s is not the id of one container alone: say more of it", utils.Shortened(name))
		case strings.HasPrefix(all[i].ID, name):
			found = &all[i]
		}
	}
	if found == nil {
		return nil, errors.Join(err, damaged)
	}
	return found, nil
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
