package spec

import (
	"fmt"
	"slices"
	"strings"
)

// Sysctl is a parameter of the kernel.
type Sysctl struct {
	// Path is the file below /proc/sys.
	Path string
	// Value is what is written there.
	Value string
}

// PrivateNamespaces tells which namespaces the container does not share with the
// host.
type PrivateNamespaces struct{ UTS, IPC, Network bool }

// ParseSysctl reads NAME=VALUE. As for sysctl(8), the first separator of the
// name says which it is: in "net.ipv4.conf.eth0/1.forwarding" and in
// "net/ipv4/conf/eth0.1/forwarding" the device is eth0.1.
func ParseSysctl(s string) (Sysctl, error) {
	name, value, found := strings.Cut(s, "=")
	if !found || value == "" {
		return Sysctl{}, fmt.Errorf("not NAME=VALUE")
	}
	path := name
	if first := strings.IndexAny(name, "./"); first >= 0 && name[first] == '.' {
		path = strings.NewReplacer(".", "/", "/", ".").Replace(name)
	}
	for part := range strings.SplitSeq(path, "/") {
		if part == "" || part == "." || part == ".." {
			return Sysctl{}, fmt.Errorf("%q is not the name of a sysctl", name)
		}
	}
	if strings.ContainsRune(s, 0) {
		return Sysctl{}, fmt.Errorf("%q holds a NUL byte", s)
	}
	return Sysctl{path, value}, nil
}

// ofIPC are the sysctls of an IPC namespace (namespaces(7)), beside those below
// fs/mqueue.
func ofIPC() []string {
	return []string{
		"kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem",
		"kernel/shmall", "kernel/shmmax", "kernel/shmmni", "kernel/shm_rmid_forced",
	}
}

// name is the parameter's name as sysctl(8) prints it.
func (s Sysctl) name() string { return strings.NewReplacer("/", ".", ".", "/").Replace(s.Path) }

// Check refuses what would change the host: a sysctl that no namespace has of its
// own, or that of a namespace which the container shares. The list is Docker's.
func (s Sysctl) Check(private PrivateNamespaces) error {
	var of string
	var own bool
	switch {
	case strings.HasPrefix(s.Path, "net/"):
		of, own = "network", private.Network
	case strings.HasPrefix(s.Path, "fs/mqueue/"), slices.Contains(ofIPC(), s.Path):
		of, own = "IPC", private.IPC
	case s.Path == "kernel/hostname":
		return fmt.Errorf("sysctl %q is not allowed: --hostname (-h) sets it", s.name())
	case s.Path == "kernel/domainname":
		return fmt.Errorf("sysctl %q is not allowed: --domainname sets it", s.name())
	default:
		return fmt.Errorf("sysctl %q is not allowed: it is the whole host's", s.name())
	}
	if !own {
		return fmt.Errorf("sysctl %q is not allowed: the container shares the host's %s namespace", s.name(), of)
	}
	return nil
}
