package rootfs

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
)

// devDir is /dev in the tmpfs.
const devDir = "/dev"

// consolePath is where the system's console is.
const consolePath = "/dev/console"

// node is a device of /dev.
type node struct {
	name         string
	major, minor uint32
}

// nodes are the devices that the OCI runtime specification asks for (config-linux.md,
// "Default Devices").
func nodes() []node {
	return []node{{"null", 1, 3}, {"zero", 1, 5}, {"full", 1, 7}, {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}}
}

// nodes are those that nothing else is to be in the place of.
func (p *plan) nodes() []node {
	return slices.DeleteFunc(nodes(), func(n node) bool {
		return slices.ContainsFunc(p.host.Devices, func(o wire.Operation) bool { return o.Path == "/dev/"+n.name })
	})
}

// addDev gives the container a /dev of its own. It is made in the tmpfs first, and
// shown when it is whole.
func (p *plan) addDev() {
	p.addDirectory(devDir, 0o755)
	for _, dir := range []string{"/pts", "/mqueue"} {
		p.addDirectory(devDir+dir, 0o755)
	}
	p.addDirectory(devDir+"/shm", 0o755)
	for _, link := range [][2]string{
		{"/fd", "/proc/self/fd"}, {"/stdin", "/proc/self/fd/0"}, {"/stdout", "/proc/self/fd/1"}, {"/stderr", "/proc/self/fd/2"},
		{"/core", "/proc/kcore"}, {"/ptmx", "pts/ptmx"},
	} {
		p.add(wire.Operation{Kind: wire.OpSymlink, Flags: wire.FlagInTmpfs, Path: devDir + link[0], Source: link[1]})
	}
	for _, n := range p.nodes() {
		p.addNode(n)
	}
	if p.host.Terminal {
		p.add(wire.Operation{Kind: wire.OpFile, Flags: wire.FlagInTmpfs, Path: consolePath, Mode: 0o600})
	}
	p.add(wire.Operation{
		Kind: wire.OpBind, Flags: wire.FlagFromTmpfs | wire.FlagMake | wire.FlagNoLinks, Mount: unix.MS_NOSUID,
		Source: devDir, Path: "/dev",
	})
	if p.host.UserNamespace {
		for _, n := range p.nodes() {
			p.add(wire.Operation{Kind: wire.OpBind, Flags: wire.FlagNoLinks, Mount: unix.MS_NOSUID, Source: "/dev/" + n.name, Path: "/dev/" + n.name})
		}
	}
	p.addDevMounts()
	p.add(p.host.Devices...)
}

// addDirectory makes a directory in the tmpfs.
func (p *plan) addDirectory(path string, mode uint32) {
	p.add(wire.Operation{Kind: wire.OpDirectory, Flags: wire.FlagInTmpfs, Path: path, Mode: mode})
}

// addNode makes a device node in the tmpfs, or the file that the host's is bound to
// where there is a user namespace.
func (p *plan) addNode(n node) {
	o := wire.Operation{
		Kind: wire.OpNode, Flags: wire.FlagInTmpfs, Path: devDir + "/" + n.name,
		Mode: unix.S_IFCHR | 0o666, Device: unix.Mkdev(n.major, n.minor),
	}
	if p.host.UserNamespace {
		o = wire.Operation{Kind: wire.OpFile, Flags: wire.FlagInTmpfs, Path: o.Path, Mode: 0o644}
	}
	p.add(o)
}

// addDevMounts mounts the file systems below /dev.
func (p *plan) addDevMounts() {
	options := "newinstance,ptmxmode=0666,mode=0620"
	if p.host.HasTTYGroup {
		options += ",gid=5"
	}
	p.add(wire.Operation{
		Kind: wire.OpMount, Flags: wire.FlagNoLinks, Mount: unix.MS_NOSUID | unix.MS_NOEXEC,
		Path: "/dev/pts", Source: "devpts", Type: "devpts", Data: options,
	})
	p.addConsole()
	if p.spec.Namespaces.HostIPC {
		p.add(wire.Operation{Kind: wire.OpBind, Flags: wire.FlagNoLinks | wire.FlagRecursive, Mount: kernelMount, Path: "/dev/shm", Source: "/dev/shm"})
		p.add(wire.Operation{Kind: wire.OpBind, Flags: wire.FlagNoLinks | wire.FlagIfThere, Mount: kernelMount, Path: "/dev/mqueue", Source: "/dev/mqueue"})
		return
	}
	size := p.spec.ShmSize
	if size == 0 {
		size = spec.DefaultShmSize
	}
	p.add(wire.Operation{
		Kind: wire.OpMount, Flags: wire.FlagNoLinks, Mount: kernelMount,
		Path: "/dev/shm", Source: "shm", Type: "tmpfs", Data: fmt.Sprintf("mode=1777,size=%d", size),
	}, wire.Operation{
		Kind: wire.OpMount, Flags: wire.FlagNoLinks, Mount: kernelMount,
		Path: "/dev/mqueue", Source: "mqueue", Type: "mqueue",
	})
}

// addConsole opens the command's pseudo-terminal, and shows it as /dev/console, too.
func (p *plan) addConsole() {
	if p.host.Terminal {
		p.add(wire.Operation{Kind: wire.OpConsole, Path: consolePath, Source: "/dev/pts"})
	}
}
