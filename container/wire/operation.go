package wire

import "fmt"

// Operation is one thing that init does to make the container's root file system. The
// parent has computed it: init hands it to the kernel. Paths in the container are
// looked up below its root, so that no link there leads out of it.
type Operation struct {
	// Kind is one of the Op constants.
	Kind string
	// Flags are Flag constants.
	Flags uint64
	// Mount are flags of mount(2): MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, and a propagation
	// (MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE, with MS_REC): OpRoot and OpBind mount with
	// it, OpRemount sets it, and OpPivot gives it to the root when all is made. OpMount, and
	// OpRemount with FlagSuperblock, take all other flags, too.
	Mount uint64
	// Attributes are those of the mounts of OpBind and OpRemount beyond that.
	Attributes Attributes
	// Mode is the type and the permissions of a file that is made.
	Mode uint32
	// Device is the number of a device node, or the magic number of the file system that Path has
	// to be on (OpHold, OpRemount): who shares the root may have put another directory there.
	Device uint64
	// Path is the file in the container, absolute.
	Path string
	// Source is the host's file for OpRoot and OpBind, the link's text for OpSymlink, the
	// source of a new mount for OpMount, or a directory, see FlagInDirectory. With FlagOpened it
	// is what an error calls the descriptor FirstFile+Device.
	Source string
	// Type is the type of a new file system.
	Type string
	// Data are the options of a new file system, the content of a file, or the owner of a
	// node that is not root's: "UID GID ", hexadecimal. For OpHold, OpMask and OpReadOnly, and
	// for OpRemount without FlagSuperblock, it is the file that
	// Path has to be: "DEVICE INODE ", hexadecimal.
	Data string
}

// Attributes are flags of mount_setattr(2), MOUNT_ATTR_RDONLY and so on, and need Linux 5.12
// where mount(2) has nothing like them: Below are set and cleared also of what is mounted below.
type Attributes struct{ Set, Clear, SetBelow, ClearBelow uint64 }

// The kinds of an Operation. OpRoot or OpRootMount is the first, behind OpTmpfs if that covers
// what the host has; OpPivot is the last: before it the host's files are there.
const (
	OpTmpfs     = "tmpfs"      // makes the tmpfs that holds what the container gets from init, at Path or else TmpfsMount
	OpRoot      = "root"       // binds Source as the container's root
	OpRootMount = "root-mount" // mounts a new file system as the container's root
	OpMount     = "mount"      // mounts a new file system at Path
	OpBind      = "bind"       // binds Source at Path
	OpHold      = "hold"       // holds what is mounted at Path
	OpRemount   = "remount"    // changes flags of what is mounted at Path
	OpReadOnly  = "read-only"  // makes Path read-only, and what is mounted below it
	OpMask      = "mask"       // covers Path with nothing: an empty file or directory
	OpDirectory = "directory"  // makes a directory, if there is none
	OpFile      = "file"       // makes a file that holds Data
	OpNode      = "node"       // makes a device node
	OpSymlink   = "symlink"    // makes a symbolic link
	OpConsole   = "console"    // opens the pseudo-terminal of Config.Console in the devpts at Source, and binds it at Path
	OpSysctl    = "sysctl"     // writes Data to Path, a file of the host's /proc
	OpSealRoot  = "seal-root"  // makes the root's own mount read-only
	OpHooks     = "hooks"      // lets the parent run hooks, if Lifecycle.Hooks asks for it
	OpPivot     = "pivot"      // makes the container's root that of the process; the host's is gone
)

// IsMount reports whether it mounts what a user may have asked for.
func (o *Operation) IsMount() bool {
	return o.Kind == OpMount || o.Kind == OpBind || o.Kind == OpRemount
}

// The flags of an Operation.
const (
	// FlagInTmpfs has Path be in the tmpfs of OpTmpfs and not in the root.
	FlagInTmpfs = 1 << iota
	// FlagFromTmpfs has Source be in that tmpfs and not on the host.
	FlagFromTmpfs
	// FlagMake makes Path if it is missing, and what leads to it: a directory, or a file for
	// a Source that is none.
	FlagMake
	// FlagNoLinks refuses a Path that has a symbolic link in it.
	FlagNoLinks
	// FlagIfThere makes it no failure that Path or Source is missing, or that Path cannot
	// be made.
	FlagIfThere
	// FlagRecursive binds what is mounted below Source, too.
	FlagRecursive
	// FlagInHeld has Path be in what the last OpHold holds, whose own path it begins with:
	// then nobody can put another directory there meanwhile.
	FlagInHeld
	// FlagReadOnlyBelow makes that read-only as well, or fails (mount_setattr(2), Linux 5.12).
	// The root itself is made read-only by OpSealRoot alone, when its mount points are made.
	FlagReadOnlyBelow
	// FlagNoDevicesBelow has no device be opened by a node in what is mounted below, either
	// (MS_NODEV), or fails (mount_setattr(2), Linux 5.12).
	FlagNoDevicesBelow
	// FlagVolume marks what the user wants to be mounted. A Path that links lead into /proc
	// is refused, as is one that is a file where Source is a directory, or the other way round.
	FlagVolume
	// FlagKeepMode gives a new tmpfs the permissions of the directory that it covers.
	FlagKeepMode
	// FlagEarly has Source be opened before mounts become private and /proc is the
	// container's (open_tree(2), Linux 5.2). MaxEarly operations have it at most.
	FlagEarly
	// FlagInDirectory has paths in the Data of OpRootMount and OpMount begin in the directory
	// Source: what mount(2) takes is no longer than a page.
	FlagInDirectory
	// FlagInPlace has OpRoot bind Source over itself, and not over the host's root: there hooks
	// look for what the container is going to see, who join its mount namespace (setns(2)) or are
	// told its bundle.
	FlagInPlace
	// FlagFollow follows links in Source, as who wrote it for mount(8) expects.
	FlagFollow
	// FlagOpened has the parent have opened Source: it is a mount that is nowhere attached, the
	// descriptor FirstFile+Device.
	FlagOpened
	// FlagOrElse leaves what the kernel does not let a user namespace do (EPERM) to the next
	// operation, which has FlagElse and is left out otherwise.
	FlagOrElse
	FlagElse
	// FlagReplace has OpSymlink take the place of another file.
	FlagReplace
	// FlagSuperblock has OpRemount change the file system itself, with all flags and with Data.
	FlagSuperblock
	// FlagCopyUp copies the directory that a new tmpfs covers into it.
	FlagCopyUp
	// FlagProc refuses a Source that is in no procfs, FlagDevice one that is not the device Device
	// of the type Mode.
	FlagProc
	FlagDevice
	// FlagMoveRoot has OpPivot leave the host's root below the container's, where the kernel
	// cannot take it away (pivot_root(2), "rootfs").
	FlagMoveRoot
	// FlagChroot has OpPivot change the root of the process alone (chroot(2)), where others use the
	// mount namespace as well.
	FlagChroot
)

// TmpfsMount is where the tmpfs of OpTmpfs is until OpPivot, as a path of the host's: a
// directory that every host has, and which nobody binds.
const TmpfsMount = "/proc/sys"

// MaxEarly is how many sources are opened before anything is mounted.
const MaxEarly = 64

// MaxTmpfsData is the longest Data, in bytes, that FlagKeepMode can add to.
const MaxTmpfsData = 512

// The files of the tmpfs that cover what OpMask hides.
const (
	EmptyFile      = "/empty-file"
	EmptyDirectory = "/empty-directory"
)

// The keys of an Operation's fields: KeyOperation begins one, the others follow where
// they are not empty.
const (
	KeyOperation  = "operation"  // KIND FLAGS MOUNT MODE DEVICE, all but the first hexadecimal
	KeyAttributes = "attributes" // SET CLEAR SETBELOW CLEARBELOW, hexadecimal
	KeyPath       = "path"
	KeySource     = "source"
	KeyType       = "type"
	KeyData       = "data"
)

// fields lists o as the fields of a message.
func (o *Operation) fields() [][2]string {
	head := fmt.Sprintf("%s %x %x %x %x ", o.Kind, o.Flags, o.Mount, o.Mode, o.Device)
	fields := [][2]string{{KeyOperation, head}}
	if a := o.Attributes; a != (Attributes{}) {
		fields = append(fields, [2]string{KeyAttributes, fmt.Sprintf("%x %x %x %x ", a.Set, a.Clear, a.SetBelow, a.ClearBelow)})
	}
	for _, field := range [...][2]string{{KeyPath, o.Path}, {KeySource, o.Source}, {KeyType, o.Type}, {KeyData, o.Data}} {
		if field[1] != "" {
			fields = append(fields, field)
		}
	}
	return fields
}
