package cmd_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// What the scripts need to show mydocker below limits that others impose.
//
//	deny CALL=ERRNO[,...] COMMAND...  runs the command below a seccomp filter
//	pids-cgroup                       makes $PIDS, a cgroup to limit processes in
//	leaves-nothing                    a second later at most, all of it is gone

// denyName is what the test binary is called where it is the program deny.
const denyName = "deny"

func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case denyName:
		fmt.Fprintln(os.Stderr, "deny:", deny(os.Args[1:]))
		os.Exit(1)
	case "mydocker": // by /proc/self/exe, which would run all tests again, each of which ...
		fmt.Fprintln(os.Stderr, "a test has had mydocker execute itself, and the tests' program is not mydocker:", os.Args)
		os.Exit(1)
	case headlessName:
		fmt.Fprintln(os.Stderr, "headless:", headless())
		os.Exit(1)
	}
	// Who has the tests ignore these, as nohup does and a shell that starts them in
	// the background, does not mean the containers: what is caught is not ignored by
	// the programs that they start.
	for _, sig := range []os.Signal{syscall.SIGHUP, syscall.SIGINT} {
		if signal.Ignored(sig) {
			signal.Notify(make(chan os.Signal, 1), sig)
		}
	}
	code, err := runApart(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// runApart runs the tests with a directory for mydocker's own files that is not the
// machine's.
func runApart(m *testing.M) (code int, err error) {
	state, err := os.MkdirTemp("", "mydocker-test-state-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(state)) }()
	if err := errors.Join(os.Chmod(state, 0o711), os.Setenv("MYDOCKER_STATE", state)); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// linkPrograms puts deny and headless among the programs in bin.
func linkPrograms(t *testing.T, bin string) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{denyName, headlessName} {
		if err := os.Symlink(self, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// deniable are the system calls that deny knows. A call with a flag is denied
// only where its first argument has it.
var deniable = map[string]struct{ number, flag uint32 }{
	"clone:newpid":  {unix.SYS_CLONE, unix.CLONE_NEWPID}, // a process, and not a thread of Go's
	"clone:newuser": {unix.SYS_CLONE, unix.CLONE_NEWUSER},
	"clone3":        {unix.SYS_CLONE3, 0},
	"close_range":   {unix.SYS_CLOSE_RANGE, 0},
	"fsconfig":      {unix.SYS_FSCONFIG, 0},
	"fsmount":       {unix.SYS_FSMOUNT, 0},
	"fsopen":        {unix.SYS_FSOPEN, 0},
	"mount_setattr": {unix.SYS_MOUNT_SETATTR, 0},
	"move_mount":    {unix.SYS_MOVE_MOUNT, 0},
	"open_tree":     {unix.SYS_OPEN_TREE, 0},
	"openat2":       {unix.SYS_OPENAT2, 0},
	"setns":         {unix.SYS_SETNS, 0},
	"setsid":        {unix.SYS_SETSID, 0},
	"statx":         {unix.SYS_STATX, 0},
	"unshare":       {unix.SYS_UNSHARE, 0},
}

// deny has system calls answer with an error number, as the filter of a container
// runtime does, and executes a command. It returns only if that fails.
func deny(args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: deny CALL=ERRNO[,...] COMMAND...")
	}
	path, err := exec.LookPath(args[1])
	if err != nil {
		return err
	}
	filter, err := denyFilter(strings.Split(args[0], ","))
	if err != nil {
		return err
	}
	runtime.LockOSThread() // the filter is the thread's, and passes on to what it executes
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0); err != nil {
		return fmt.Errorf("install the seccomp filter: %w", err)
	}
	return fmt.Errorf("execute %s: %w", path, unix.Exec(path, args[1:], os.Environ()))
}

// denyFilter is a program for the kernel's struct seccomp_data. It does not look
// at the architecture: what it runs is of this one.
func denyFilter(rules []string) ([]unix.SockFilter, error) {
	const (
		numberOffset   = 0
		argumentOffset = 16 // the lower half of the first, on a little-endian machine
		load           = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		jumpIfEqual    = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		jumpIfSet      = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
		answer         = unix.BPF_RET | unix.BPF_K
	)
	var filter []unix.SockFilter
	for _, rule := range rules {
		name, errorName, _ := strings.Cut(rule, "=")
		call, known := deniable[name]
		errno := errnoNamed(errorName)
		if !known || errno == 0 {
			return nil, fmt.Errorf("%s: no such call or error", rule)
		}
		denial := []unix.SockFilter{{Code: answer, K: unix.SECCOMP_RET_ERRNO | uint32(errno)}}
		if call.flag != 0 {
			denial = append([]unix.SockFilter{
				{Code: load, K: argumentOffset},
				{Code: jumpIfSet, K: call.flag, Jf: 1},
			}, denial...)
		}
		filter = append(filter,
			unix.SockFilter{Code: load, K: numberOffset},
			unix.SockFilter{Code: jumpIfEqual, K: call.number, Jf: uint8(len(denial))})
		filter = append(filter, denial...)
	}
	return append(filter, unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ALLOW}), nil
}

// errnoNamed reads an error's name, such as EPERM; 0 is none.
func errnoNamed(name string) syscall.Errno {
	const last = unix.EHWPOISON
	for errno := syscall.Errno(1); errno <= last; errno++ {
		if unix.ErrnoName(errno) == name {
			return errno
		}
	}
	return 0
}

// cmdPidsCgroup is "pids-cgroup": it makes a cgroup of the script's own where
// pids.max can be set, and sets PIDS to its directory. The script's end takes it
// away.
func cmdPidsCgroup(ts *testscript.TestScript, _ []string) {
	const controller = "pids"
	found, err := findHierarchies(controller)
	ts.Check(err)
	tree := found[controller]
	if !tree.v1 {
		ts.Check(os.WriteFile(filepath.Join(tree.mountpoint, "cgroup.subtree_control"), []byte("+pids"), 0))
	}
	dir := tree.mountpoint + ts.Getenv(parentVar) + "-pids"
	ts.Check(os.Mkdir(dir, 0o755))
	ts.Defer(func() {
		// Who was in it may not be gone from there yet.
		err := unix.Rmdir(dir)
		for end := time.Now().Add(patience); err == unix.EBUSY && time.Now().Before(end); err = unix.Rmdir(dir) {
			time.Sleep(5 * time.Millisecond)
		}
		ts.Check(err)
	})
	ts.Setenv("PIDS", dir)
}

// cmdLeavesNothing is "leaves-nothing": before long no process that the script
// has started is there any more, and no cgroup of it.
func cmdLeavesNothing(ts *testscript.TestScript, _ []string) {
	parent := ts.Getenv(parentVar)
	if pids := survivors(parentVar+"="+parent, patience); len(pids) > 0 {
		ts.Fatalf("left behind: processes %d", pids)
	}
	for _, tree := range harnessOf(ts).host.trees() {
		if _, err := os.Stat(tree + parent); err == nil {
			ts.Fatalf("left behind: %s", tree+parent)
		}
	}
}
