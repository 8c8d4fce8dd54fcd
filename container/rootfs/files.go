package rootfs

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// addFiles gives the container its own name and addresses. They are in the tmpfs, so
// nothing is written to the root but the files that they are bound to. As in Docker, nobody
// can write to them where the root is read-only, and a mount of the user's is there instead.
func (p *plan) addFiles() {
	flags := uint64(unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC)
	if p.spec.Root.ReadOnly {
		flags |= unix.MS_RDONLY
	}
	for n := range p.host.Mounts {
		p.targets = append(p.targets, p.target(p.host.Mounts[n].Target))
	}
	for _, file := range []struct{ name, content string }{
		{"/hostname", p.host.Hostname + "\n"},
		{"/hosts", p.hosts()},
		{"/resolv.conf", resolvConf()},
	} {
		if p.hasTarget("/etc" + file.name) {
			continue
		}
		target, mayMake := p.target("/etc"+file.name), uint64(wire.FlagMake)
		if p.isUsers(target) { // who finds no new files in it afterwards, whatever links the root has
			mayMake = 0
		}
		p.add(wire.Operation{Kind: wire.OpFile, Flags: wire.FlagInTmpfs, Path: file.name, Mode: 0o644, Data: file.content})
		p.add(wire.Operation{
			Kind: wire.OpBind, Flags: wire.FlagFromTmpfs | wire.FlagIfThere | mayMake, Mount: flags,
			Source: file.name, Path: target,
		})
	}
}

// target is where a path of the root leads, also if it is not there yet: images have
// /etc/resolv.conf as a link to a file that systemd makes when it runs. What is mounted
// over it is seen by init alone.
func (p *plan) target(path string) string {
	for n := range p.spec.Mounts {
		if utils.IsBelow(path, p.spec.Mounts[n].Target) {
			return path
		}
	}
	if p.host.Target != nil {
		return p.host.Target(path)
	}
	root := p.spec.Root.Dir
	if root == "" {
		root = "/"
	}
	return utils.TargetInRoot(root, path)
}

// isUsers tells whether a path is in a directory of the host that the user has mounted.
func (p *plan) isUsers(path string) bool {
	for n := range p.host.Mounts {
		if m := &p.host.Mounts[n]; m.Type == spec.MountBind && (utils.IsAt(path, m.Target) || utils.IsAt(path, p.targets[n])) {
			return true
		}
	}
	return false
}

// addWorkingDir makes the working directory where it is missing, as Docker does.
func (p *plan) addWorkingDir() {
	if dir := p.spec.World.Dir; dir != "" && dir != "/" {
		p.add(wire.Operation{Kind: wire.OpDirectory, Flags: wire.FlagMake | wire.FlagIfThere, Path: p.target(dir), Mode: 0o755})
	}
}

// hosts is hosts(5): the loopback addresses, or what the host knows where its network
// is the container's.
func (p *plan) hosts() string {
	own := "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\n" +
		"ff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n"
	if p.spec.Namespaces.HostNetwork {
		if content, err := utils.ReadFile("/etc/hosts"); err == nil {
			own = strings.TrimRight(strings.ReplaceAll(content, "\x00", ""), "\n") + "\n"
		}
	}
	if p.host.Hostname == "" || p.spec.Namespaces.HostUTS {
		return own
	}
	return own + fmt.Sprintf("127.0.1.1\t%s\n", p.host.Hostname)
}

// resolvConf is the host's resolver. Where its file cannot be read there is none.
func resolvConf() string {
	content, err := utils.ReadFile("/etc/resolv.conf")
	if err != nil {
		return ""
	}
	return strings.ReplaceAll(content, "\x00", "") + "\n"
}
