package spec

import "fmt"

// Mount is what the user wants to be mounted in a root of the container's own.
type Mount struct {
	// Type is MountBind or MountTmpfs.
	Type string
	// Source is the host's file or directory, absolute; "" for a tmpfs.
	Source string
	// Target is where it is in the container, absolute and clean.
	Target string
	// ReadOnly is recursive where the kernel can (Linux 5.12), unless
	// OnlyTop is set, which leaves the mounts below as they are.
	ReadOnly, OnlyTop bool
	// RecursiveReadOnly refuses a kernel that cannot make mounts below read-only.
	RecursiveReadOnly bool
	// NonRecursive leaves out what is mounted below Source.
	NonRecursive bool
	// CreateSource makes Source a directory where nothing is there (-v; --mount does not).
	CreateSource bool
	// Propagation is one of mount_namespaces(7): "private", "rprivate", "slave", "rslave",
	// "shared", "rshared"; "" is rprivate.
	Propagation string
	// Chown gives Source to the container's user (podman's U).
	Chown bool
	// NoExec, NoSuid and NoDev are flags of the mount.
	NoExec, NoSuid, NoDev bool
	// Data are further options of a tmpfs, for mount(2): "size=65536k,mode=1777".
	Data string
}

// The types of a Mount.
const (
	MountBind  = "bind"
	MountTmpfs = "tmpfs"
)

// DefaultShmSize is Docker's size of /dev/shm in bytes.
const DefaultShmSize = 64 << 20

func (m *Mount) validate() error {
	if err := checkTarget(m.Target); err != nil {
		return fmt.Errorf("mount target: %w", err)
	}
	if m.Type != MountBind && m.Type != MountTmpfs {
		return fmt.Errorf("mount type %q is none of bind and tmpfs", m.Type)
	}
	return nil
}
