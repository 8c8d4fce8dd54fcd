package seccomp

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// attempt is a system call that a process makes below the default filter, and what it
// gets for it: 0 for what is none of the filter's errors.
type attempt struct {
	name string
	call uintptr
	args [4]uintptr
	want unix.Errno
}

const (
	vsock  = unix.AF_VSOCK
	stream = unix.SOCK_STREAM
	none   = unix.Errno(0)
)

// attempts are of amd64, attemptsI386 of int 0x80. Without a filter none of them does
// anything: what would is given arguments that the kernel refuses, with another error.
func attempts() []attempt {
	const newUser = unix.CLONE_NEWUSER | unix.CLONE_FS
	list := []attempt{
		{"io_uring_setup", unix.SYS_IO_URING_SETUP, [4]uintptr{1}, unix.EPERM},
		{"io_uring_enter", unix.SYS_IO_URING_ENTER, [4]uintptr{^uintptr(0)}, unix.EPERM},
		{"socket AF_VSOCK", unix.SYS_SOCKET, [4]uintptr{vsock, stream}, unix.EPERM},
		{"socket AF_VSOCK, more bits", unix.SYS_SOCKET, [4]uintptr{1<<32 | vsock, stream}, unix.EPERM},
		{"socket AF_UNIX, more bits", unix.SYS_SOCKET, [4]uintptr{1<<32 | unix.AF_UNIX, stream}, unix.EPERM},
		{"socket AF_ALG", unix.SYS_SOCKET, [4]uintptr{unix.AF_ALG, unix.SOCK_SEQPACKET}, unix.EPERM},
		{"socket AF_UNIX", unix.SYS_SOCKET, [4]uintptr{unix.AF_UNIX, stream}, none},
		{"socket AF_INET6", unix.SYS_SOCKET, [4]uintptr{unix.AF_INET6, stream}, none},
		{"personality, ask", unix.SYS_PERSONALITY, [4]uintptr{0xffffffff}, none},
		{"personality, no randomness", unix.SYS_PERSONALITY, [4]uintptr{0x0040000}, unix.EPERM},
		{"clone of a user namespace", unix.SYS_CLONE, [4]uintptr{newUser}, unix.EPERM},
		{"unshare of a user namespace", unix.SYS_UNSHARE, [4]uintptr{newUser}, unix.EPERM},
		{"clone3", unix.SYS_CLONE3, [4]uintptr{}, unix.ENOSYS},
		{"setns", unix.SYS_SETNS, [4]uintptr{^uintptr(0)}, unix.EPERM},
		{"keyctl", unix.SYS_KEYCTL, [4]uintptr{^uintptr(0)}, unix.EPERM},
		{"add_key", unix.SYS_ADD_KEY, [4]uintptr{}, unix.EPERM},
		{"bpf", unix.SYS_BPF, [4]uintptr{^uintptr(0)}, unix.EPERM},
		{"mount", unix.SYS_MOUNT, [4]uintptr{}, unix.EPERM},
		{"open_tree", unix.SYS_OPEN_TREE, [4]uintptr{^uintptr(0)}, unix.EPERM},
		{"open_by_handle_at", unix.SYS_OPEN_BY_HANDLE_AT, [4]uintptr{^uintptr(0)}, unix.EPERM},
		{"init_module", unix.SYS_INIT_MODULE, [4]uintptr{}, unix.EPERM},
		{"kexec_load", unix.SYS_KEXEC_LOAD, [4]uintptr{0, 17}, unix.EPERM},
		{"userfaultfd", unix.SYS_USERFAULTFD, [4]uintptr{^uintptr(0)}, unix.EPERM},
		{"perf_event_open", unix.SYS_PERF_EVENT_OPEN, [4]uintptr{}, unix.EPERM},
		{"ptrace", unix.SYS_PTRACE, [4]uintptr{^uintptr(0)}, none},
		{"chroot", unix.SYS_CHROOT, [4]uintptr{}, none},
		{"getpid", unix.SYS_GETPID, [4]uintptr{}, none},
		{"a call that is newer", unix.SYS_OPEN_TREE_ATTR, [4]uintptr{^uintptr(0)}, unix.ENOSYS},
		{"a call that nobody has", 1000, [4]uintptr{}, unix.ENOSYS},
	}
	for _, a := range list { // the same by the numbers of x32, where those are the same
		switch a.call {
		case unix.SYS_IO_URING_SETUP, unix.SYS_SOCKET, unix.SYS_KEYCTL, unix.SYS_MOUNT, unix.SYS_BPF, unix.SYS_CLONE, unix.SYS_SETNS:
			a.name, a.call = "x32: "+a.name, a.call|x32Bit
			// Of an argument x32 has the lower half.
			if a.args[0] == 1<<32|unix.AF_UNIX {
				a.want = none
			}
			list = append(list, a)
		}
	}
	return list
}

func attemptsI386() []attempt {
	return []attempt{
		{"i386: socket AF_VSOCK", 359, [4]uintptr{vsock, stream}, unix.EPERM},
		{"i386: socket AF_ALG", 359, [4]uintptr{unix.AF_ALG, unix.SOCK_SEQPACKET}, unix.EPERM},
		{"i386: socket AF_UNIX", 359, [4]uintptr{unix.AF_UNIX, stream}, none},
		{"i386: io_uring_setup", 425, [4]uintptr{1}, unix.EPERM},
		{"i386: keyctl", 288, [4]uintptr{^uintptr(0)}, unix.EPERM},
		{"i386: mount", 21, [4]uintptr{}, unix.EPERM},
		{"i386: bpf", 357, [4]uintptr{^uintptr(0)}, unix.EPERM},
		{"i386: unshare of a user namespace", 310, [4]uintptr{unix.CLONE_NEWUSER | unix.CLONE_FS}, unix.EPERM},
		{"i386: personality, no randomness", 136, [4]uintptr{0x0040000}, unix.EPERM},
		{"i386: clone3", 435, [4]uintptr{}, unix.ENOSYS},
		{"i386: a call that nobody has", 1000, [4]uintptr{}, unix.ENOSYS},
		{"i386: getpid", 20, [4]uintptr{}, none},
	}
}

// TestKernel has processes try all that, below the filter and without one.
func TestKernel(t *testing.T) {
	if os.Getenv("SECCOMP_TEST") != "" {
		tryAll(t, os.Getenv("SECCOMP_TEST") == "filtered")
		return
	}
	plain, filtered := tried(t, "plain"), tried(t, "filtered")
	list := attempts()
	if strings.Contains(plain, "i386: getpid: 0\n") {
		list = append(list, attemptsI386()...)
	} else {
		t.Log("this kernel has no calls of i386")
	}
	for _, a := range list {
		refused := fmt.Sprintf("%s: %d\n", a.name, a.want)
		switch {
		case a.want != none && !strings.Contains(filtered, refused):
			t.Errorf("%s is not refused with %v", a.name, a.want)
		case a.want == unix.EPERM && strings.Contains(plain, refused):
			t.Logf("%s is refused without the filter, too", a.name)
		case a.want == none && strings.Contains(filtered, fmt.Sprintf("%s: %d\n", a.name, unix.EPERM)):
			t.Errorf("%s is refused", a.name)
		}
	}
	if t.Failed() {
		t.Log(filtered)
	}
}

// tried is what a process of its own prints of its attempts.
func tried(t *testing.T, mode string) string {
	t.Helper()
	command := exec.Command(os.Args[0], "-test.run=^TestKernel$")
	command.Env = append(os.Environ(), "SECCOMP_TEST="+mode)
	text, err := command.CombinedOutput()
	if err != nil && !strings.Contains(string(text), "SIGSEGV") { // int 0x80 where the kernel does not have it
		t.Fatalf("%s: %v\n%.4000s", mode, err, text)
	}
	return string(text)
}

// tryAll makes the calls on a thread that has the filter, if it is to have one.
func tryAll(t *testing.T, filtered bool) {
	runtime.LockOSThread() // and the thread ends with the test
	if filtered {
		filter, err := Default("", dockersCapabilities())
		if err != nil {
			t.Fatal(err)
		}
		install(t, filter)
	}
	for _, a := range attempts() {
		_, _, errno := unix.RawSyscall6(a.call, a.args[0], a.args[1], a.args[2], a.args[3], 0, 0)
		fmt.Printf("%s: %d\n", a.name, errno)
	}
	int80 := mapInt80(t)
	for _, a := range attemptsI386() {
		fmt.Printf("%s: %d\n", a.name, int80(a.call, a.args))
	}
}

func install(t *testing.T, filter Filter) {
	t.Helper()
	code, err := decode(filter.Program)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	program := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	if _, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, uintptr(filter.Flags), uintptr(unsafe.Pointer(&program))); errno != 0 {
		t.Fatal(errno)
	}
}

// mapInt80 makes a function that makes a call of i386.
func mapInt80(t *testing.T) func(call uintptr, args [4]uintptr) unix.Errno {
	t.Helper()
	page, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		t.Fatal(err)
	}
	copy(page, []byte{
		0x52,             // push %rdx: Go has the closure there
		0x8b, 0x42, 0x08, // mov 8(%rdx),%eax
		0x8b, 0x5a, 0x0c, // mov 12(%rdx),%ebx
		0x8b, 0x4a, 0x10, // mov 16(%rdx),%ecx
		0x8b, 0x72, 0x18, // mov 24(%rdx),%esi
		0x8b, 0x52, 0x14, // mov 20(%rdx),%edx
		0xcd, 0x80, // int $0x80
		0x5a,             // pop %rdx
		0x89, 0x42, 0x1c, // mov %eax,28(%rdx)
		0xc3, // ret
	})
	closure := &struct {
		code   unsafe.Pointer
		call   uint32
		args   [4]uint32
		result int32
	}{code: unsafe.Pointer(&page[0])}
	return func(call uintptr, args [4]uintptr) unix.Errno {
		closure.call = uint32(call)
		for i, arg := range args {
			closure.args[i] = uint32(arg)
		}
		function := unsafe.Pointer(closure)
		(*(*func())(unsafe.Pointer(&function)))()
		if closure.result < 0 && closure.result > -4096 {
			return unix.Errno(-closure.result)
		}
		return 0
	}
}
