package containers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

func infoCommand() *cli.Command {
	return &cli.Command{
		Name: "info", Usage: "tell of mydocker and this host: containers, images, kernel, cgroups", Category: containersCategory,
		UsageText: "mydocker info [--format FORMAT]",
		Description: "mydocker doctor tells whether all works on this host. A format is json, or a Go template such as {{.CgroupVersion}}; the " +
			"fields are Docker's.",
		Flags:    []cli.Flag{formatOfObjects()},
		Metadata: command.Takes(0, nil),
		Action:   infoAction,
	}
}

func infoAction(_ context.Context, c *cli.Command) error {
	if c.NArg() > 0 {
		return command.TooMany(c, 0)
	}
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	i, damaged := newInfo(dir)
	i.ServerVersion = c.Root().Version
	if format := c.String("format"); format != "" {
		line, err := table.NewLine(format)
		if err == nil {
			err = line.Print(command.Output(c), i)
		}
		return errors.Join(err, damaged)
	}
	return errors.Join(i.print(command.Output(c)), exit.Failed(damaged))
}

// info is what there is, in the words of Docker's API.
type info struct {
	Containers, ContainersRunning, ContainersPaused, ContainersStopped, Images int

	Driver        string
	DriverStatus  [][2]string
	Plugins       plugins
	SystemTime    string
	LoggingDriver string
	CgroupDriver  string
	CgroupVersion string

	KernelVersion, OperatingSystem, OSType, Architecture string

	NCPU            int
	MemTotal        int64
	DockerRootDir   string
	Name            string
	Labels          []string
	ServerVersion   string
	Runtimes        map[string]struct{}
	DefaultRuntime  string
	Swarm           struct{ LocalNodeState string }
	SecurityOptions []string
	Warnings        []string
}

// plugins are the drivers of each kind.
type plugins struct{ Volume, Network, Log []string }

// newInfo looks at the host, and at what is kept in a directory of state. What cannot be told is
// empty; the error says where something is damaged.
func newInfo(dir string) (*info, error) {
	i := &info{
		Driver: "overlay", LoggingDriver: "json-file", CgroupDriver: "cgroupfs", CgroupVersion: cgroupVersion(), OSType: runtime.GOOS,
		Architecture: runtime.GOARCH, NCPU: utils.OnlineCPUs(), DockerRootDir: dir, Labels: []string{}, DefaultRuntime: "mydocker",
		Runtimes: map[string]struct{}{"mydocker": {}}, SecurityOptions: []string{"name=seccomp,profile=default"}, Warnings: []string{},
		Plugins:    plugins{Volume: []string{"local"}, Network: []string{networkHost, networkNone}, Log: []string{"journald", "json-file", "local", "none"}},
		SystemTime: time.Now().UTC().Format(time.RFC3339Nano), OperatingSystem: operatingSystem(),
	}
	i.Swarm.LocalNodeState = "inactive"
	i.askKernel(dir)
	manifests, imagesErr := image.LayoutIn(dir).Manifests()
	i.Images = len(manifests)
	all, err := list(dir)
	i.Containers = len(all)
	for n := range all {
		switch all[n].Now() {
		case state.StatusRunning, state.StatusRestarting:
			i.ContainersRunning++
		case state.StatusPaused:
			i.ContainersPaused++
		default:
			i.ContainersStopped++
		}
	}
	return i, errors.Join(err, imagesErr)
}

// askKernel asks it what it tells of itself; these calls fail for wrong arguments alone.
func (i *info) askKernel(dir string) {
	var names unix.Utsname
	if unix.Uname(&names) == nil {
		i.KernelVersion, i.Architecture = unix.ByteSliceToString(names.Release[:]), unix.ByteSliceToString(names.Machine[:])
		i.Name = unix.ByteSliceToString(names.Nodename[:])
	}
	var memory unix.Sysinfo_t
	if unix.Sysinfo(&memory) == nil {
		i.MemTotal = int64(memory.Totalram) * int64(memory.Unit)
	}
	var system unix.Statfs_t
	if unix.Statfs(dir, &system) == nil {
		i.DriverStatus = append(i.DriverStatus, [2]string{"Backing Filesystem", fileSystem(system.Type)})
	}
}

// fileSystem is the name of a file system by its number in statfs(2), where it is a usual one.
func fileSystem(number int64) string {
	for name, magic := range map[string]int64{
		"extfs": unix.EXT4_SUPER_MAGIC, "xfs": unix.XFS_SUPER_MAGIC, "btrfs": unix.BTRFS_SUPER_MAGIC, "tmpfs": unix.TMPFS_MAGIC,
		"overlayfs": unix.OVERLAYFS_SUPER_MAGIC, "f2fs": unix.F2FS_SUPER_MAGIC, "nfs": unix.NFS_SUPER_MAGIC,
	} {
		if magic == number {
			return name
		}
	}
	return fmt.Sprintf("%#x", number)
}

// cgroupVersion is the one in which the limits on memory are: where both are mounted they may be in
// either.
func cgroupVersion() string {
	const controller = "memory"
	layout, err := cgroups.FindLayout([]string{controller})
	if err != nil || layout[controller] == nil {
		return ""
	}
	if layout[controller].Version == subsystems.V2 {
		return "2"
	}
	return "1"
}

// operatingSystem is the name of the distribution (os-release(5)).
func operatingSystem() string {
	for _, file := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		content, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(content)) {
			if name, is := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); is {
				return utils.OneLine(strings.Trim(name, `"'`))
			}
		}
	}
	return ""
}

// print prints it as Docker does, without what is not ours.
func (i *info) print(w io.Writer) error {
	var text strings.Builder
	line := func(depth int, name string, value any) { fmt.Fprintf(&text, "%*s%s: %v\n", depth, "", name, value) }
	line(0, "Containers", i.Containers)
	line(1, "Running", i.ContainersRunning)
	line(1, "Paused", i.ContainersPaused)
	line(1, "Stopped", i.ContainersStopped)
	line(0, "Images", i.Images)
	line(0, "Server Version", i.ServerVersion)
	line(0, "Storage Driver", i.Driver)
	for _, status := range i.DriverStatus {
		line(1, status[0], status[1])
	}
	line(0, "Logging Driver", i.LoggingDriver)
	line(0, "Cgroup Driver", i.CgroupDriver)
	line(0, "Cgroup Version", i.CgroupVersion)
	text.WriteString("Plugins:\n")
	line(1, "Volume", strings.Join(i.Plugins.Volume, " "))
	line(1, "Network", strings.Join(i.Plugins.Network, " "))
	line(1, "Log", strings.Join(i.Plugins.Log, " "))
	line(0, "Swarm", i.Swarm.LocalNodeState)
	line(0, "Runtimes", i.DefaultRuntime)
	line(0, "Default Runtime", i.DefaultRuntime)
	text.WriteString("Security Options:\n seccomp\n  Profile: default\n")
	line(0, "Kernel Version", i.KernelVersion)
	line(0, "Operating System", i.OperatingSystem)
	line(0, "OSType", i.OSType)
	line(0, "Architecture", i.Architecture)
	line(0, "CPUs", i.NCPU)
	line(0, "Total Memory", table.Memory(i.MemTotal))
	line(0, "Name", i.Name)
	line(0, "Docker Root Dir", i.DockerRootDir)
	_, err := io.WriteString(w, text.String())
	return err
}
