package lifecycle

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/utils"
)

// giveStreams gives stdin, stdout and stderr to the command's user, who could not open /dev/stdout
// otherwise. What is no pipe and no socket of the caller's alone, such as /dev/null, stays.
func giveStreams(streams [3]int, owner uint32, uids []spec.IDMap, terminal bool) error {
	uid, mapped := hostID(uids, owner)
	if terminal || !mapped || int(uid) == os.Geteuid() {
		return nil
	}
	for _, fd := range streams {
		var stat unix.Stat_t
		if err := unix.Fstat(fd, &stat); err == unix.EBADF {
			continue
		} else if err != nil {
			return os.NewSyscallError("fstat", err)
		}
		if kind := stat.Mode & unix.S_IFMT; kind == unix.S_IFCHR || kind == unix.S_IFREG || stat.Uid == uid {
			continue
		}
		// A read-only file system, or one of another user namespace, has nobody change owners.
		err := unix.Fchown(fd, int(uid), -1)
		if err := utils.Ignore(err, unix.EINVAL, unix.EPERM, unix.EROFS); err != nil {
			return os.NewSyscallError("fchown", err)
		}
	}
	return nil
}

// hostID is who an id of the container is on the host. Without maps it has no user namespace.
func hostID(maps []spec.IDMap, id uint32) (host uint32, mapped bool) {
	if len(maps) == 0 {
		return id, true
	}
	return spec.HostID(maps, id)
}
