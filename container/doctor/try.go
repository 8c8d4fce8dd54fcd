package doctor

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// self is this program, for a child to execute.
const self = "/proc/self/exe"

// trialTimeout is how long a trial run may take before it counts as stuck.
const trialTimeout = 30 * time.Second

// trial is how a container came out that was started for trial.
type trial struct {
	works    bool
	message  string   // why it did not work
	warnings []string // what it had to leave out
}

// tryRun starts a container by "mydocker run", with further options. Its command
// is this program, the one that is surely there, and tells its version.
func tryRun(options ...string) trial {
	ctx, cancel := context.WithTimeout(context.Background(), trialTimeout)
	defer cancel()
	var stderr bytes.Buffer
	run := exec.CommandContext(ctx, self, slices.Concat([]string{"run"}, options, []string{"--", self, "--version"})...)
	run.Args[0] = "mydocker"
	run.Stdin, run.Stdout, run.Stderr = strings.NewReader(""), io.Discard, &stderr // pipes: /dev/null may be missing
	run.WaitDelay = time.Second
	err := run.Run()
	t := parseTrial(stderr.String())
	t.works = err == nil
	switch {
	case t.works:
		t.message = ""
	case ctx.Err() != nil:
		t.message = fmt.Sprintf("it did not end within %v", trialTimeout)
	case t.message == "":
		t.message = err.Error()
	}
	return t
}

// parseTrial takes apart what run said on stderr, which is its log as text. Why a
// limit is left out the checks of the cgroups say.
func parseTrial(stderr string) (t trial) {
	for line := range strings.Lines(stderr) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "mydocker: ")
		if warning, is := strings.CutPrefix(line, "warning: "); is {
			warning, _, _ = strings.Cut(warning, ": ")
			t.warnings = append(t.warnings, warning)
		} else if t.message == "" {
			t.message = line
		}
	}
	return t
}

// tryNamespaces clones a child with new namespaces, which ends at once. A user
// namespace maps the caller to root. The error is a bare errno.
func tryNamespaces(flags uintptr) error {
	var ends [2]int // there may be no /dev/null
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return err
	}
	attr := &syscall.ProcAttr{
		Files: []uintptr{uintptr(ends[0]), uintptr(ends[1]), uintptr(ends[1])},
		Sys:   &syscall.SysProcAttr{Cloneflags: flags},
	}
	if flags&unix.CLONE_NEWUSER != 0 {
		attr.Sys.UidMappings = []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}}
		attr.Sys.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getegid(), Size: 1}}
	}
	pid, err := syscall.ForkExec(self, []string{"mydocker", "--version"}, attr)
	if err == nil {
		_, err = utils.Retry(func() (int, error) { return unix.Wait4(pid, nil, 0, nil) })
	}
	if closeErr := utils.CloseAll(ends[:]...); err == nil {
		err = closeErr
	}
	return err
}

// tryClone3 asks clone3(2) for a child in a cgroup, and for what no kernel gives:
// shared signal handlers without shared memory. So no child is born, and EINVAL
// is the answer of one that knows CLONE_INTO_CGROUP; one that does not know it
// says E2BIG, since the call's structure was shorter then, or ENOSYS.
func tryClone3() unix.Errno {
	args := struct {
		flags, pidfd, childTID, parentTID, exitSignal, stack, stackSize, tls, setTID, setTIDSize, cgroup uint64
	}{flags: unix.CLONE_INTO_CGROUP | unix.CLONE_SIGHAND, cgroup: 1}
	_, _, errno := unix.RawSyscall(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&args)), unsafe.Sizeof(args), 0)
	return errno
}

// tryCloseRange asks close_range(2) for a range that ends before it begins:
// EINVAL is the answer of a kernel that knows the call.
func tryCloseRange() unix.Errno {
	_, _, errno := unix.RawSyscall(unix.SYS_CLOSE_RANGE, 2, 1, 0)
	return errno
}

// tryCall makes the call that a feature stands for, with arguments that a kernel which
// knows it refuses: a filter at an address that there is none (EFAULT), a mount without
// a name (ENOENT), a structure without a size (EINVAL).
func tryCall(feature string) unix.Errno {
	empty := [1]byte{}
	var errno unix.Errno
	switch feature {
	case "seccomp filters":
		_, _, errno = unix.RawSyscall(unix.SYS_PRCTL, unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, 0)
	case "mount API":
		_, _, errno = unix.RawSyscall(unix.SYS_OPEN_TREE, 0, uintptr(unsafe.Pointer(&empty)), 0)
	case "openat2":
		_, _, errno = unix.RawSyscall6(unix.SYS_OPENAT2, 0, 0, 0, 0, 0, 0)
	case "mount_setattr":
		_, _, errno = unix.RawSyscall6(unix.SYS_MOUNT_SETATTR, 0, 0, 0, 0, 0, 0)
	}
	return errno
}
