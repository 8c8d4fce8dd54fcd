package main

import (
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// call makes a system call and forgets what it returns.
func call(number uintptr, args ...uintptr) func() error {
	return func() error {
		var all [6]uintptr
		copy(all[:], args)
		value, _, errno := unix.RawSyscall6(number, all[0], all[1], all[2], all[3], all[4], all[5])
		if errno != 0 {
			return errno
		}
		if (number == unix.SYS_CLONE || number == unix.SYS_CLONE3) && value == 0 {
			unix.RawSyscall(unix.SYS_EXIT, 0, 0, 0)
		}
		return nil
	}
}

// text is the address of a string for the kernel; it stays.
func text(s string) uintptr {
	buffer := append([]byte(s), 0)
	kept = append(kept, buffer)
	return uintptr(unsafe.Pointer(&buffer[0]))
}

// space is zeroed memory for the kernel; it stays.
func space() uintptr { return text(string(make([]byte, 4096))) }

var kept [][]byte

// none is a descriptor that nobody has.
const none = ^uintptr(0)

// refused are system calls of which a program in a container has no need, and which
// reach far into the kernel, or change what is the host's. Their arguments are such that
// nothing happens where they are not refused.
func refused() map[string]func() error {
	calls := map[string]func() error{
		"acct":              call(unix.SYS_ACCT, text("/no/such/file")),
		"add_key":           call(unix.SYS_ADD_KEY, text("user"), text("attack"), text("x"), 1, none-2),
		"bpf":               call(unix.SYS_BPF, unix.BPF_MAP_CREATE, space(), 72),
		"clock_settime":     setClock,
		"clone-user":        call(unix.SYS_CLONE, unix.CLONE_NEWUSER|uintptr(unix.SIGCHLD)),
		"clone3":            call(unix.SYS_CLONE3, space(), 64),
		"delete_module":     call(unix.SYS_DELETE_MODULE, text("no_such_module"), 0),
		"fanotify_init":     call(unix.SYS_FANOTIFY_INIT, 0, 0),
		"finit_module":      call(unix.SYS_FINIT_MODULE, none, text(""), 0),
		"fsopen":            call(unix.SYS_FSOPEN, text("tmpfs"), 0),
		"init_module":       call(unix.SYS_INIT_MODULE, space(), 0, text("")),
		"io_uring_setup":    call(unix.SYS_IO_URING_SETUP, 1, space()),
		"kexec_load":        call(unix.SYS_KEXEC_LOAD, 0, 0, 0, 0xffff0000),
		"keyctl":            call(unix.SYS_KEYCTL, unix.KEYCTL_GET_KEYRING_ID, none-2, 0),
		"mount":             call(unix.SYS_MOUNT, text("tmpfs"), text("/tmp"), text("tmpfs"), unix.MS_RDONLY, 0),
		"mount_setattr":     call(unix.SYS_MOUNT_SETATTR, none, text(""), unix.AT_EMPTY_PATH, space(), 32),
		"move_mount":        call(unix.SYS_MOVE_MOUNT, none, text(""), none, text(""), 0),
		"open_by_handle_at": call(unix.SYS_OPEN_BY_HANDLE_AT, none, space(), 0),
		"open_tree":         call(unix.SYS_OPEN_TREE, none, text("/tmp"), unix.OPEN_TREE_CLONE),
		"perf_event_open":   call(unix.SYS_PERF_EVENT_OPEN, space(), 0, none, none, 0),
		"pivot_root":        call(unix.SYS_PIVOT_ROOT, text("/tmp"), text("/tmp")),
		"quotactl":          call(unix.SYS_QUOTACTL, 0, text("/dev/null"), 0, 0),
		"reboot":            call(unix.SYS_REBOOT, 0, 0, 0, 0),
		"request_key":       call(unix.SYS_REQUEST_KEY, text("user"), text("attack"), 0, 0),
		"setns":             joinOwn,
		"settimeofday":      call(unix.SYS_SETTIMEOFDAY, 0, space()),
		"sethostname":       call(unix.SYS_SETHOSTNAME, text("attack"), 6),
		"socket-alg":        call(unix.SYS_SOCKET, unix.AF_ALG, unix.SOCK_SEQPACKET, 0),
		"socket-vsock":      call(unix.SYS_SOCKET, unix.AF_VSOCK, unix.SOCK_STREAM, 0),
		"swapon":            call(unix.SYS_SWAPON, text("/no/such/file"), 0),
		"syslog":            call(unix.SYS_SYSLOG, 10, 0, 0),
		"umount2":           call(unix.SYS_UMOUNT2, text("/proc/kcore"), unix.MNT_DETACH),
		"unshare-cgroup":    call(unix.SYS_UNSHARE, unix.CLONE_NEWCGROUP),
		"unshare-mount":     call(unix.SYS_UNSHARE, unix.CLONE_NEWNS),
		"unshare-user":      call(unix.SYS_UNSHARE, unix.CLONE_NEWUSER),
		"userfaultfd":       call(unix.SYS_USERFAULTFD, 0),
	}
	addForeign(calls)
	return calls
}

func setClock() error {
	now := unix.NsecToTimespec(time.Now().UnixNano())
	return unix.ClockSettime(unix.CLOCK_REALTIME, &now)
}

func joinOwn() error {
	namespace, err := os.Open("/proc/self/ns/uts")
	if err != nil {
		return err
	}
	defer namespace.Close()
	return unix.Setns(int(namespace.Fd()), unix.CLONE_NEWUTS)
}

// allowed are what programs do in containers.
func allowed() map[string]func() error {
	return map[string]func() error{
		"chown":        func() error { return os.Chown("/tmp", 0, 0) },
		"clone":        call(unix.SYS_CLONE, uintptr(unix.SIGCHLD)),
		"getrandom":    call(unix.SYS_GETRANDOM, space(), 16, 0),
		"memfd_create": call(unix.SYS_MEMFD_CREATE, text("m"), 0),
		"personality":  call(unix.SYS_PERSONALITY, 0xffffffff),
		"ping":         call(unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP),
		"ptrace":       traceChild,
		"socket-unix":  call(unix.SYS_SOCKET, unix.AF_UNIX, unix.SOCK_STREAM, 0),
	}
}
