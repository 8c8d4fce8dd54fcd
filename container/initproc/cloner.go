package initproc

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/child/bare"
	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/utils"
)

// Cloner is the thread that starts init, so that init inherits what the
// thread has: namespaces, and for that moment v1 cgroups. The thread ends with
// mydocker, because the container ends with the thread (PR_SET_PDEATHSIG).
type Cloner interface {
	// CloneInit starts an init process as b says, and tells b how that went. Meanwhile
	// the caller's own thread does meanwhile.
	CloneInit(b *bare.InitClone, meanwhile func())
	// Execute has the thread execute mydocker in the place of the whole process. The container goes on,
	// for the thread does. It returns only if it fails.
	Execute(args, env []string) error
}

// NewCloner returns one that has the namespaces that init inherits, those of flags. The thread
// that has made some while the runtime started will do, unless init is cloned with a user
// namespace, to which they have to belong: there it begins with capabilities. Root of a user
// namespace, as below podman without root, may leave namespaces of the host but not come back.
func NewCloner(flags int, inUser bool, capabilities []uintptr) (Cloner, error) {
	early, ok := entry.AwaitThread()
	if ok && !inUser && flags&^early.Made() == 0 {
		if err := returnNamespaces(early, flags); !errors.Is(err, unix.EPERM) {
			return earlyThread{early}, err
		}
	}
	if ok {
		early.End() // and so its namespaces
	}
	thread := &runtimeThread{utils.NewThread(), flags, capabilities}
	var err error
	thread.Do(func() { err = unshare(flags) })
	return thread, err
}

// earlyThread is the one of package entry.
type earlyThread struct{ entry.Thread }

// Execute implements Cloner. The thread has all signals blocked, so that they wait for the next process
// image.
func (t earlyThread) Execute(args, env []string) error {
	if err := t.Return(t.Made()); err != nil {
		return fmt.Errorf("setns to the host's namespaces: %w", err)
	}
	words, err := syscall.SlicePtrFromStrings(args)
	if err != nil {
		return err
	}
	variables, err := syscall.SlicePtrFromStrings(env)
	if err != nil {
		return err
	}
	errno := t.Thread.Execute(&bare.Execution{Program: unsafe.StringData("/proc/self/exe\x00"), Args: addresses(words), Env: addresses(variables)})
	runtime.KeepAlive(words)
	runtime.KeepAlive(variables)
	return os.NewSyscallError("execve", errno)
}

func addresses(words []*byte) []uintptr {
	list := make([]uintptr, len(words))
	for n, word := range words {
		list[n] = uintptr(unsafe.Pointer(word))
	}
	return list
}

// returnNamespaces gives those up that are not wanted.
func returnNamespaces(thread entry.Thread, wanted int) error {
	unwanted := bare.UnsharedFlags() &^ wanted
	if unwanted == 0 {
		return nil
	}
	if err := thread.Return(unwanted); err != nil {
		return fmt.Errorf("setns to the host's namespaces: %w%s", err, namespaceCause(err))
	}
	return nil
}

func unshare(flags int) error {
	if flags == 0 {
		return nil
	}
	if err := unix.Unshare(flags); err != nil {
		return fmt.Errorf("unshare the UTS, IPC and network namespaces: %w%s", err, namespaceCause(err))
	}
	return nil
}

// runtimeThread is a thread of the Go runtime's. It starts init by syscall.ForkExec, and
// not by os/exec: that would clone a process of its own first, to see whether
// pidfds work, and poll its pipes.
type runtimeThread struct {
	*utils.Thread
	made    int       // flags of the namespaces that it has made
	ambient []uintptr // the capabilities that init gets through its execve
}

// OnThread is a cloner that has started init in an earlier process image: it starts no other.
func OnThread(thread *utils.Thread) Cloner { return &runtimeThread{Thread: thread} }

// Execute implements Cloner. All signals stay blocked meanwhile, so that they wait for the next
// process image.
func (t *runtimeThread) Execute(args, env []string) (err error) {
	t.Do(func() {
		if errno := bare.Return(t.made); errno != 0 {
			err = fmt.Errorf("setns to the host's namespaces: %w", errno)
			return
		}
		t.made = 0
		err = utils.WithSignalMask(^uint64(0), func() error {
			return os.NewSyscallError("execve", syscall.Exec("/proc/self/exe", args, env))
		})
	})
	return err
}

// CloneInit implements Cloner.
func (t *runtimeThread) CloneInit(b *bare.InitClone, meanwhile func()) {
	meanwhile()
	t.Do(func() {
		if b.Enter() {
			b.Cloned(t.clone(b))
		}
		b.Leave()
	})
}

func (t *runtimeThread) clone(b *bare.InitClone) (pid int) {
	attr := &syscall.ProcAttr{
		Env: []string{bare.Environ},
		Sys: &syscall.SysProcAttr{
			Cloneflags:  b.Flags,
			AmbientCaps: t.ambient,
			Pdeathsig:   syscall.SIGKILL,
			Setsid:      true,
			Setctty:     b.Terminal,
			Ctty:        unix.Stdout,
			UseCgroupFD: b.Cgroup >= 0,
			CgroupFD:    b.Cgroup,
		},
	}
	if b.PIDs > 0 { // with it, ForkExec takes a child for an orphan that sees no parent in its PID namespace
		attr.Sys.Pdeathsig = 0
	}
	for _, fd := range b.Files { // ForkExec closes what -1 stands for
		attr.Files = append(attr.Files, uintptr(fd))
	}
	args := []string{"mydocker", "init"}
	if b.Program != "" { // which init executes, for ForkExec has nothing between the clone and the execve
		args = append(args, strings.TrimSuffix(b.Program, "\x00"))
	}
	program := "/proc/self/exe"
	if b.Copy != "" {
		program = strings.TrimSuffix(b.Copy, "\x00")
	}
	pid, err := syscall.ForkExec(program, args, attr)
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return -int(errno)
	}
	return pid
}

// namespaceCause is the likely cause of an error that namespaces were made with.
func namespaceCause(err error) string {
	switch err {
	case unix.EPERM:
		return " (CAP_SYS_ADMIN is needed: run as root, and in a container with --privileged)"
	case unix.ENOSPC:
		return " (a limit in /proc/sys/user/max_*_namespaces is reached)"
	case unix.EAGAIN:
		return " (the limit on processes is reached: ulimit -u, or pids.max of the caller's cgroup)"
	case unix.EINVAL:
		return " (this kernel lacks one of the UTS, IPC, PID, mount and network namespaces)"
	case unix.ENOENT:
		return " (is /proc mounted?)"
	}
	return ""
}
