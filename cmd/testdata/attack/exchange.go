package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// noMore is the exit status where there are not that many look-ups.
const noMore = 99

// lookUps are the system calls that look a path up below an open directory: which of their
// arguments these are.
var lookUps = map[uint64]struct{ dir, path int }{
	unix.SYS_MKDIRAT: {0, 1}, unix.SYS_MKNODAT: {0, 1}, unix.SYS_MOUNT_SETATTR: {0, 1}, unix.SYS_MOVE_MOUNT: {2, 3},
	unix.SYS_OPENAT: {0, 1}, unix.SYS_OPENAT2: {0, 1}, unix.SYS_OPEN_TREE: {0, 1}, unix.SYS_READLINKAT: {0, 1},
	unix.SYS_SYMLINKAT: {1, 2},
}

// exchange is who shares a root with a container that is being made, and has all the time that
// the attack needs: the processes that make it are stopped meanwhile.
type exchange struct {
	a, b     string
	at       int // the look-up, counted from 1
	once     bool
	seen     int
	swapped  bool
	over     bool         // they are never exchanged again
	inLookUp map[int]bool // the processes that are in the look-up number at
}

// exchangeAt is "exchange once|from N A B COMMAND...": it has two names be exchanged while the
// N-th look-up of the first is done, or from then on until the container's root is entered.
func exchangeAt(args []string) error {
	if len(args) < 5 {
		return errors.New("usage: exchange once|from N A B COMMAND...")
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	x := &exchange{a: args[2], b: args[3], at: n, once: args[0] == "once", inLookUp: map[int]bool{}}
	runtime.LockOSThread() // the tracer is a thread
	cmd := exec.Command(args[4], args[5:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	code, err := x.trace(cmd.Process.Pid)
	if err = errors.Join(err, x.swap(false)); err != nil {
		return err
	}
	if x.seen < x.at && code <= 1 {
		code = noMore
	}
	os.Exit(code)
	return nil
}

// trace goes on until the command ends; then its processes are not traced any more.
func (x *exchange) trace(command int) (code int, err error) {
	const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK | unix.PTRACE_O_TRACEEXEC
	begun := map[int]bool{}
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, unix.WALL, nil)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return 0, err
		case pid == command && status.Exited():
			return status.ExitStatus(), nil
		case pid == command && status.Signaled():
			return 128 + int(status.Signal()), nil
		case !status.Stopped():
			continue
		}
		signal := int(status.StopSignal())
		switch {
		case !begun[pid]: // the first stop of each: an execve, or of a child SIGSTOP
			begun[pid], signal = true, 0
			if pid == command {
				err = unix.PtraceSetOptions(pid, options)
			}
		case signal == int(unix.SIGTRAP|0x80):
			signal, err = 0, x.stop(pid)
		case signal == int(unix.SIGTRAP):
			signal = 0
		}
		if err == nil {
			err = x.resume(pid, signal)
		}
		if err != nil && err != unix.ESRCH {
			return 0, err
		}
	}
}

// resume lets a process go on, up to its next system call for as long as these matter.
func (x *exchange) resume(pid, signal int) error {
	if x.over {
		return unix.PtraceCont(pid, signal)
	}
	return unix.PtraceSyscall(pid, signal)
}

// stop is where a process begins a system call, or has done it.
func (x *exchange) stop(pid int) error {
	var info struct {
		op      uint8
		_       [23]byte
		entered struct {
			number    uint64
			arguments [6]uint64
		}
	}
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_GET_SYSCALL_INFO, uintptr(pid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	switch {
	case errno == unix.ESRCH: // it was killed
		return nil
	case errno != 0:
		return fmt.Errorf("PTRACE_GET_SYSCALL_INFO: %w", errno)
	case info.op == unix.PTRACE_SYSCALL_INFO_EXIT && x.inLookUp[pid]:
		x.over = true
		return x.swap(false)
	case info.op != unix.PTRACE_SYSCALL_INFO_ENTRY:
		return nil
	case info.entered.number == unix.SYS_PIVOT_ROOT:
		x.over = true
		return x.swap(false)
	}
	arguments, isLookUp := lookUps[info.entered.number]
	if !isLookUp || int32(info.entered.arguments[arguments.dir]) == unix.AT_FDCWD {
		return nil
	}
	path, err := textOf(pid, uintptr(info.entered.arguments[arguments.path]))
	if err != nil || !slices.Contains(strings.Split(path, "/"), filepath.Base(x.a)) {
		return err
	}
	if x.seen++; x.seen != x.at {
		return nil
	}
	x.inLookUp[pid] = x.once
	return x.swap(true)
}

// textOf reads a string of another process, up to the end of its page.
func textOf(pid int, address uintptr) (string, error) {
	text := make([]byte, os.Getpagesize()-int(address)%os.Getpagesize())
	local := []unix.Iovec{{Base: &text[0], Len: uint64(len(text))}}
	n, err := unix.ProcessVMReadv(pid, local, []unix.RemoteIovec{{Base: address, Len: len(text)}}, 0)
	if err == unix.EFAULT {
		return "", nil
	}
	name, _, _ := bytes.Cut(text[:max(n, 0)], []byte{0})
	return string(name), err
}

// swap has the names be exchanged, or as they were.
func (x *exchange) swap(want bool) error {
	if x.swapped == want {
		return nil
	}
	x.swapped = want
	return unix.Renameat2(unix.AT_FDCWD, x.a, unix.AT_FDCWD, x.b, unix.RENAME_EXCHANGE)
}
