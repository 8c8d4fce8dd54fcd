// Package child is what runs inside the container before the user's command,
// with its Go runtime: the report of what failed, and all of init where it could
// not run without a runtime (see package bare, which has the steps).
package child

import (
	"errors"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/child/bare"
	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/container/wire"
)

// ErrNotStarted says that init was not started by "mydocker run".
var ErrNotStarted = errors.New("init is internal: mydocker run starts it inside a new container")

// RunContainerInitProcess does not return if all goes well: the process is the
// user's command then. If a step fails, the parent has been told which and why,
// and there is nothing left to report. It returns ErrNotStarted if this is not
// the init process of a container.
func RunContainerInitProcess() error {
	failed := entry.FailedInit()
	if failed == nil {
		if !bare.IsInit() {
			return ErrNotStarted
		}
		failed = run()
	}
	failed.Tell(detail(failed))
	return nil
}

// run is init with the runtime. The runtime raised the limit on open files for
// itself, and only its own Exec puts that back.
func run() (failed *bare.Init) {
	runtime.LockOSThread() // the signal mask is the thread's
	init := bare.NewWithRuntime(new(bare.Memory))
	if len(os.Args) == 3 {
		init.ExecuteProtected(unsafe.StringData(os.Args[2] + "\x00"))
		return &init
	}
	if init.Prepare() {
		path, args, env := init.Command()
		init.Announce()
		init.Errno = unix.EIO
		errors.As(execute(path, args, env, init.LimitsOpenFiles()), &init.Errno)
	}
	return &init
}

// execute leaves the limit on open files alone if it is the command's: the
// runtime forgets its own when it sees that somebody else sets one.
func execute(path string, args, env []string, limited bool) error {
	if limited {
		var limit syscall.Rlimit
		if err := syscall.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			return err
		}
		if err := syscall.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
			return err
		}
	}
	return syscall.Exec(path, args, env)
}

// detail says more about a failure than its errno.
func detail(failed *bare.Init) string {
	switch {
	case failed.Step == wire.StepProgram && failed.Errno != 0:
		return "it has to be where the container's users may go: make install"
	case failed.Step == wire.StepExec:
		return whyNotExecutable(failed.Operand, failed.Errno)
	case failed.Step == wire.StepReaper && failed.Errno == unix.ENOTSUP:
		return "only a mydocker that is linked with its own entry point can be a reaper: make build"
	}
	return ""
}
