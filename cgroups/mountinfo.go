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

// Layout says in which hierarchy each controller lives. A controller that no
// mounted hierarchy has is absent.
type Layout map[string]*subsystems.Hierarchy

// FindLayout looks up where the host mounted the named controllers.
func FindLayout(names []string) (Layout, error) {
	const mountinfo = "/proc/self/mountinfo"
	fd, err := utils.Open(mountinfo, unix.O_RDONLY)
	if err == unix.ENOENT {
		return nil, fmt.Errorf("open %s: %w (is /proc mounted?)", mountinfo, err)
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", mountinfo, err)
	}
	layout, err := parseLayout(utils.Reader(fd), names, func(mountpoint string) (string, error) {
		return utils.ReadFile(mountpoint + "/cgroup.controllers")
	})
	return layout, errors.Join(err, unix.Close(fd))
}

// parseLayout reads mountinfo (proc_pid_mountinfo(5)) until every wanted
// controller is found; the kernel lists mounts in the order in which they were
// made, and a host may have thousands. A v1 mount names its controllers among
// its super options; a v2 mount does not, so controllersOf is asked what its
// root offers. The kernel has each controller in one hierarchy only, and where
// that one is mounted twice the first mount with the widest view counts.
func parseLayout(mountinfo io.Reader, names []string, controllersOf func(mountpoint string) (string, error)) (Layout, error) {
	layout := Layout{}
	lines := bufio.NewScanner(mountinfo)
	lines.Buffer(make([]byte, 0, 4096), 1<<20)
	for !layout.complete(names) && lines.Scan() {
		m, ok := parseMount(lines.Text())
		if !ok {
			continue
		}
		controllers := m.superOptions
		if m.version == subsystems.V2 {
			content, err := controllersOf(m.mountpoint)
			if utils.Gone(err) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.EACCES) {
				continue // mounted over or not for us: no use to the container
			}
			if err != nil {
				return nil, err
			}
			controllers = append(strings.Fields(content), subsystems.CoreName, subsystems.DevicesName)
		}
		layout.add(m, names, controllers)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read /proc/self/mountinfo: %w", err)
	}
	return layout, nil
}

// complete reports whether nothing better can follow.
func (l Layout) complete(names []string) bool {
	for _, name := range names {
		if l[name] == nil || l[name].Root != "/" {
			return false
		}
	}
	return true
}

func (l Layout) add(m mount, names, controllers []string) {
	h := &subsystems.Hierarchy{Version: m.version, Mountpoint: strings.TrimSuffix(m.mountpoint, "/"), Root: m.root}
	for _, name := range names {
		if !slices.Contains(controllers, m.version.NameOf(name)) {
			continue
		}
		if known := l[name]; known == nil || len(m.root) < len(known.Root) {
			h.Controllers = append(h.Controllers, m.version.NameOf(name))
			l[name] = h
		}
	}
}

// mount is what a line of mountinfo says about a cgroup mount.
type mount struct {
	version      subsystems.Version
	root         string
	mountpoint   string
	superOptions []string
}

// parseMount reads one line of mountinfo; ok tells a cgroup mount. A host may have
// thousands of others, which cost but a look.
func parseMount(line string) (m mount, ok bool) {
	if !strings.Contains(line, " - cgroup") {
		return mount{}, false
	}
	all, ok := utils.ParseMount(line)
	switch all.FSType {
	case "cgroup":
		m.version = subsystems.V1
	case "cgroup2":
		m.version = subsystems.V2
	default:
		return mount{}, false
	}
	m.root, m.mountpoint, m.superOptions = all.Root, all.Point, strings.Split(all.Super, ",")
	return m, ok && strings.HasPrefix(m.root, "/")
}
