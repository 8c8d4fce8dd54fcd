package overlay

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// notCarried are the file systems that are the kernel's, and no files of the host's: the
// container has its own, or none.
const notCarried = "proc sysfs devtmpfs devpts mqueue cgroup cgroup2 debugfs tracefs securityfs bpf pstore configfs " +
	"efivarfs binfmt_misc hugetlbfs fusectl selinuxfs smackfs rpc_pipefs nfsd nsfs functionfs resctrl xenfs pidfs"

// readOnlyTypes are the file systems that nobody can write to, the host neither.
const readOnlyTypes = "squashfs erofs cramfs romfs iso9660"

// lowerTypes are the file systems that overlayfs can lie over. It cannot over those that
// compare names in a way of their own, such as vfat's, and over those that mount by
// themselves, such as autofs.
const lowerTypes = "rootfs ext2 ext3 ext4 xfs btrfs f2fs zfs bcachefs jfs reiserfs nilfs2 gfs2 ocfs2 udf tmpfs ramfs overlay " +
	"nfs nfs4 ceph 9p virtiofs fuseblk"

func isOneOf(fsType, list string) bool { return slices.Contains(strings.Fields(list), fsType) }

// canBeLower reports whether overlayfs can lie over m.
func canBeLower(m *utils.Mount, uid int) bool {
	if m.FSType == "fuse" || strings.HasPrefix(m.FSType, "fuse.") {
		return fuseIsOpen(m.Super, uid)
	}
	return isOneOf(m.FSType, lowerTypes)
}

// fuseIsOpen reports whether a file system of a FUSE server answers the user: to others
// than the one who has mounted it, root included, only with allow_other.
func fuseIsOpen(super string, uid int) bool {
	options := strings.Split(super, ",")
	return slices.Contains(options, "allow_other") || slices.Contains(options, "user_id="+strconv.Itoa(uid))
}

// carriedFlags are the flags of mount(2) that what lies over m has, too. Of devices it
// has none: those of the host's are reached through /dev alone.
func carriedFlags(m *utils.Mount) uint64 {
	flags := uint64(unix.MS_NODEV)
	for _, option := range strings.Split(m.Options, ",") {
		switch option {
		case "ro":
			flags |= unix.MS_RDONLY
		case "nosuid":
			flags |= unix.MS_NOSUID
		case "noexec":
			flags |= unix.MS_NOEXEC
		}
	}
	return flags
}

// cannotBeUpper says what a file system is called that cannot hold an upper directory, or
// "" if it can as far as is known. A tmpfs could, but takes the host's memory.
func cannotBeUpper(magic int64) string {
	switch magic {
	case unix.TMPFS_MAGIC, unix.RAMFS_MAGIC:
		return "in memory (tmpfs)"
	case unix.OVERLAYFS_SUPER_MAGIC:
		return "an overlay itself"
	case unix.NFS_SUPER_MAGIC:
		return "NFS"
	case unix.ECRYPTFS_SUPER_MAGIC:
		return "ecryptfs"
	case unix.FUSE_SUPER_MAGIC:
		return "a FUSE file system"
	case unix.MSDOS_SUPER_MAGIC, unix.EXFAT_SUPER_MAGIC:
		return "a FAT file system"
	case unix.V9FS_MAGIC:
		return "9p"
	case unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC:
		return "SMB"
	case unix.SQUASHFS_MAGIC, unix.EROFS_SUPER_MAGIC_V1, unix.ISOFS_SUPER_MAGIC, unix.CRAMFS_MAGIC:
		return "read-only"
	case unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.CGROUP_SUPER_MAGIC, unix.CGROUP2_SUPER_MAGIC, unix.AUTOFS_SUPER_MAGIC:
		return "the kernel's own"
	}
	return ""
}
