package child

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// closeInheritedFDs makes every descriptor above stderr close-on-exec: what
// the caller of mydocker had open must not reach the command (CVE-2024-21626
// was such a descriptor).
func closeInheritedFDs(*container) (string, *stepError) {
	const first = 3
	err := unix.CloseRange(first, ^uint(0)>>1, unix.CLOSE_RANGE_CLOEXEC)
	if err != nil { // CLOSE_RANGE_CLOEXEC is there since Linux 5.11
		err = closeListedFDs(first)
	}
	if err != nil {
		return "", &stepError{"/proc/self/fd", errnoOf(err), ""}
	}
	return "fd 3 and above", nil
}

func closeListedFDs(first int) error {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		fd, err := strconv.Atoi(entry.Name())
		if err != nil {
			return err
		}
		if fd >= first {
			unix.CloseOnExec(fd)
		}
	}
	return nil
}

// makeMountsPrivate cuts the mount namespace's propagation in both
// directions: where "/" is shared, as systemd makes it, the new /proc would
// otherwise be mounted over the host's (mount_namespaces(7)).
func makeMountsPrivate(*container) (string, *stepError) {
	if err := unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return "", &stepError{"/", errnoOf(err), ""}
	}
	return "/", nil
}

// mountProc mounts a procfs of the new PID namespace over the inherited one,
// which shows the host's processes.
func mountProc(*container) (string, *stepError) {
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	if err := unix.Mount("proc", "/proc", "proc", flags, ""); err != nil {
		return "", &stepError{"/proc", errnoOf(err), ""}
	}
	return "/proc", nil
}

// bringUpLoopback sets IFF_UP on lo, which is down in a new network namespace
// (netdevice(7)); the kernel gives it 127.0.0.1 and ::1 by itself.
func bringUpLoopback(*container) (string, *stepError) {
	if err := setUp("lo"); err != nil {
		return "", &stepError{"lo", errnoOf(err), ""}
	}
	return "lo", nil
}

func setUp(device string) error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	request, err := unix.NewIfreq(device)
	if err == nil {
		request.SetUint16(unix.IFF_UP)
		err = unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request)
	}
	if closeErr := unix.Close(socket); err == nil {
		err = closeErr
	}
	return err
}
