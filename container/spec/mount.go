package spec

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// Mount is what the user wants to be mounted in a root of the container's own.
type Mount struct {
	// Given is the flag and its value as the user wrote them, for messages: "-v .:/src:ro".
	Given string
	// Type is MountBind, MountTmpfs or MountVolume.
	Type string
	// Source is the host's file or directory, absolute; "" for the others.
	Source string
	// Target is where it is in the container, absolute and clean.
	Target string
	// ReadOnly is recursive where the kernel can (Linux 5.12), unless OnlyTop is set,
	// which leaves the mounts below as they are.
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
	// Relabel asks for an SELinux label by which containers may use Source: RelabelShared
	// for all of them, RelabelPrivate for this one.
	Relabel string
	// NoExec, NoSuid and NoDev are flags of the mount.
	NoExec, NoSuid, NoDev bool
	// Data are further options of a tmpfs, for mount(2): "size=65536k,mode=1777".
	Data string
	// Volume says which volume of the store a MountVolume is; nil is one that nobody has named, as
	// those of an image are.
	Volume *Volume `json:",omitempty"`
}

// Volume is a volume of the store.
type Volume struct {
	// Name is its name; "" gets one that is made up.
	Name string
	// Anonymous is whether nobody has named it: then it goes with its container.
	Anonymous bool `json:",omitempty"`
	// NoCopy leaves it empty, whatever the image has at the target.
	NoCopy bool `json:",omitempty"`
	// Existing refuses one that is not there; otherwise it is made.
	Existing bool `json:",omitempty"`
	// Labels and Options are those that it is made with.
	Labels  map[string]string `json:",omitempty"`
	Options map[string]string `json:",omitempty"`
}

// The types of a Mount.
const (
	MountBind  = "bind"
	MountTmpfs = "tmpfs"
	// MountVolume is a volume of the store. One that nobody has named, of an image whose container
	// does not stay, is a directory of the image that is written to apart from the rest: no change of
	// the image has what is in it.
	MountVolume = "volume"
)

// The values of Mount.Relabel, beside "".
const (
	RelabelShared  = "shared"
	RelabelPrivate = "private"
)

// DefaultShmSize is Docker's size of /dev/shm in bytes.
const DefaultShmSize = 64 << 20

func (m *Mount) validate() error {
	if err := checkTarget(m.Target); err != nil {
		return m.failed(err)
	}
	switch {
	case path.Clean(m.Target) != m.Target:
		return m.failed(fmt.Errorf("target %q is not a plain path", m.Target))
	case m.Type != MountBind && m.Type != MountTmpfs && m.Type != MountVolume:
		return m.failed(fmt.Errorf("type %q is none of bind and tmpfs", m.Type))
	case m.Type == MountBind && !path.IsAbs(m.Source) || strings.ContainsRune(m.Source, 0):
		return m.failed(fmt.Errorf("source %q is not an absolute path", m.Source))
	case m.Type != MountBind && m.Source != "":
		return m.failed(fmt.Errorf("a %s has no source", m.Type))
	}
	return m.validateOptions()
}

func (m *Mount) validateOptions() error {
	switch {
	case m.Type != MountVolume && m.Volume != nil:
		return m.failed(fmt.Errorf("a %s is no volume", m.Type))
	case m.Volume != nil && m.Volume.Existing && m.Volume.Name == "":
		return m.failed(errors.New("a volume that is there has a name"))
	case strings.ContainsRune(m.Data, 0):
		return m.failed(errors.New("its options hold a NUL byte"))
	case m.Propagation != "" && !IsPropagation(m.Propagation):
		return m.failed(fmt.Errorf("propagation %q is not known", m.Propagation))
	case (m.OnlyTop || m.RecursiveReadOnly) && !m.ReadOnly:
		return m.failed(errors.New("the mounts below are of no concern where it is not read-only"))
	}
	return nil
}

// String names m by the words of who asked for it.
func (m *Mount) String() string {
	if m.Given == "" {
		return "the mount at " + m.Target
	}
	return m.Given
}

func (m *Mount) failed(err error) error { return fmt.Errorf("%s: %w", m, err) }

// validateMounts checks all mounts and that no two have the same target: the second
// would hide the first.
func validateMounts(mounts []Mount) error {
	seen := make(map[string]string, len(mounts))
	for n := range mounts {
		m := &mounts[n]
		if err := m.validate(); err != nil {
			return err
		}
		if other, is := seen[m.Target]; is {
			return m.failed(fmt.Errorf("duplicate mount point: %s is the target of %s, too", m.Target, other))
		}
		seen[m.Target] = m.String()
	}
	return nil
}

// IsPropagation tells whether a word is a value of Mount.Propagation.
func IsPropagation(word string) bool {
	switch word {
	case "private", "rprivate", "slave", "rslave", "shared", "rshared":
		return true
	}
	return false
}

// OfStore reports whether it is a volume of the store that is known by its name, or is to get one.
func (m *Mount) OfStore() bool { return m.Type == MountVolume && m.Volume != nil }
