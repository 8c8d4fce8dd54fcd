package cgroups

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// Mounted is a hierarchy that the calling process sees. Its Controllers are all that it has, with
// its name ("name=systemd") if that is what it has.
type Mounted struct {
	subsystems.Hierarchy
	membership string
}

// Own is the cgroup of the calling process below the mount point, or what is nearest to it there.
func (m *Mounted) Own() string { return ownCgroup(&m.Hierarchy, m.membership) }

// Nearest is the cgroup below which the caller's children can have controllers: its own one on
// v1; on v2 the nearest one above that holds no processes, but none outside of a limit.
func (m *Mounted) Nearest() string {
	if m.Version == subsystems.V1 {
		return m.Own()
	}
	return nearest(&m.Hierarchy, m.Own(), nil)
}

// FindMounted looks up every hierarchy that is mounted where the caller sees it, whatever it is for.
func FindMounted() ([]*Mounted, error) {
	membership, err := utils.ReadFile("/proc/self/cgroup")
	if utils.Gone(err) { // a kernel without cgroups
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	const mountinfo = "/proc/self/mountinfo"
	fd, err := utils.Open(mountinfo, unix.O_RDONLY)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", mountinfo, err)
	}
	found, err := parseMounted(membership, utils.Reader(fd))
	return found, errors.Join(err, unix.Close(fd))
}

// parseMounted reads mountinfo until every hierarchy of membership is found in full. Where one is
// mounted twice the first mount with the widest view counts.
func parseMounted(membership string, mountinfo io.Reader) ([]*Mounted, error) {
	all := hierarchiesOf(membership)
	lines := bufio.NewScanner(mountinfo)
	lines.Buffer(make([]byte, 0, 4096), 1<<20)
	for missing := len(all); missing > 0 && lines.Scan(); {
		at, ok := parseMount(lines.Text())
		if !ok {
			continue
		}
		for _, m := range all {
			if !m.isAt(&at) || m.Root != "" && len(m.Root) <= len(at.root) {
				continue
			}
			m.Root, m.Mountpoint = at.root, strings.TrimSuffix(at.mountpoint, "/")
			if m.Root == "/" {
				missing--
			}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read /proc/self/mountinfo: %w", err)
	}
	return slices.DeleteFunc(all, func(m *Mounted) bool { return m.Root == "" }), nil
}

// hierarchiesOf lists those of a /proc/PID/cgroup file ("ID:controllers:path", cgroups(7)).
func hierarchiesOf(membership string) []*Mounted {
	var all []*Mounted
	for line := range strings.Lines(membership) {
		id, rest, _ := strings.Cut(line, ":")
		controllers, _, ok := strings.Cut(rest, ":")
		switch {
		case !ok:
		case id == "0" && controllers == "":
			all = append(all, &Mounted{Hierarchy: subsystems.Hierarchy{Version: subsystems.V2}, membership: membership})
		case controllers != "":
			all = append(all, &Mounted{subsystems.Hierarchy{Version: subsystems.V1, Controllers: strings.Split(controllers, ",")}, membership})
		}
	}
	return all
}

// isAt reports whether it is the hierarchy that is mounted there.
func (m *Mounted) isAt(at *mount) bool {
	return m.Version == at.version && (m.Version == subsystems.V2 || slices.Contains(at.superOptions, m.Controllers[0]))
}
