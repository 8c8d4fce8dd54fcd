package cmd_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// patience is how long a script waits for something that has to happen soon.
const patience = 30 * time.Second

// runScript is on the scripts' PATH as "run": mydocker run below a cgroup
// parent of the script's own, so that what it leaves behind can be told from
// everybody else's.
const runScript = `#!/bin/sh
exec mydocker run --cgroup-parent "$CGP" "$@"
`

// tools are the programs that the scripts use beyond the shell and coreutils,
// and the Debian package of each.
var tools = map[string]string{
	"bash":    "bash",
	"busybox": "busybox-static",
	"chrt":    "util-linux",
	"ip":      "iproute2",
	"ipcmk":   "util-linux",
	"perl":    "perl-base",
	"prlimit": "util-linux",
	"ps":      "procps",
	"setpriv": "util-linux",
	"stress":  "stress",
	"taskset": "util-linux",
	"unshare": "util-linux",
}

// TestScripts runs each script of testdata/script with the real binary, real
// namespaces and real cgroups.
func TestScripts(t *testing.T) { runScripts(t, "script") }

// TestNative runs the scripts of testdata/native, which are about what no kernel and
// no cgroup layout can change: no guest of scripts/vm.sh runs them, nor any other
// test whose name begins like this one's.
func TestNative(t *testing.T) { runScripts(t, "native") }

// runScripts runs the scripts in a directory of testdata.
func runScripts(t *testing.T, dir string) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: PID, mount, network, IPC and UTS namespaces, and cgroups")
	}
	for tool, pkg := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Errorf("%s is missing: apt-get install %s", tool, pkg)
		}
	}
	bin := buildBinary(t)
	needed := controllers
	if dir == systemdScripts { // where cgroup v2 may have none
		needed = nil
	}
	host, err := findHierarchies(needed...)
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", dir),
		Deadline:           time.Now().Add(19 * time.Minute),
		RequireUniqueNames: true,
		Setup:              func(env *testscript.Env) error { return setUp(env, bin, host) },
		Condition:          host.condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":         only(cmdStatus),
			"start":          only(cmdStart),
			"await":          only(cmdAwait),
			"signal":         only(cmdSignal),
			"blocked":        only(cmdBlocked),
			"finish":         only(cmdFinish),
			"pty":            only(cmdPty),
			"unread":         only(cmdUnread),
			"eventually":     only(cmdEventually),
			"make-parent":    only(cmdMakeParent),
			"pids-cgroup":    only(cmdPidsCgroup),
			"leaves-nothing": only(cmdLeavesNothing),
			"busybox-root":   only(cmdBusyboxRoot),
			"busybox-image":  only(cmdBusyboxImage),
			"bundle":         only(cmdBundle),
			"listener":       only(cmdListener),
			"beside-docker":  only(cmdBesideDocker),
			"debian-root":    only(cmdDebianRoot),
			"registry":       only(cmdRegistry),
			"faults":         only(cmdFaults),
			"registry-log":   only(cmdRegistryLog),
			"basic-auth":     only(cmdBasicAuth),
			"tunnel":         only(cmdTunnel),
			"boot-files":     only(cmdBootFiles),
		},
	})
}

const unknown = "unknown"

// Where there is no Go tool chain, as in the guests of scripts/vm.sh, binaryVar
// names a mydocker that was built before, and commitVar the commit it was built
// of.
const (
	binaryVar = "MYDOCKER_BINARY"
	commitVar = "MYDOCKER_COMMIT"
)

// commitOf returns the commit that the binary has to tell of.
func commitOf() string {
	if commit := os.Getenv(commitVar); commit != "" {
		return commit
	}
	output, err := exec.Command("git", "rev-parse", "-q", "--verify", "HEAD").Output()
	if err != nil {
		return unknown // no git, a tarball, a checkout of another user's
	}
	return strings.TrimSpace(string(output))
}

// buildBinary returns a directory with mydocker, built as "make build" does or
// before (binaryVar), and the scripts' helpers.
func buildBinary(t *testing.T) string {
	bin := t.TempDir()
	// A script runs it as another user, and t.TempDir is for root only.
	if err := os.Chmod(filepath.Dir(bin), 0o755); err != nil {
		t.Fatal(err)
	}
	if prebuilt := os.Getenv(binaryVar); prebuilt != "" {
		if err := os.Symlink(prebuilt, filepath.Join(bin, "mydocker")); err != nil {
			t.Fatal(err)
		}
	} else {
		build(t, filepath.Join(bin, "mydocker"))
	}
	provideAttack(t, bin)
	writeHelpers(t, bin)
	linkPrograms(t, bin)
	return bin
}

// build builds mydocker as "make build" does, with further tags.
func build(t *testing.T, binary string, tags ...string) {
	t.Helper()
	command := exec.Command("sh", slices.Concat([]string{"../scripts/build.sh", binary}, tags)...)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build mydocker: %v\n%s", err, output)
	}
}

// parentVar names the environment variable that holds a script's own cgroup
// parent. Every process that a script starts has it, those in its containers
// too, so it also tells whose child a process is.
const parentVar = "CGP"

// harness is what the commands of one script share.
type harness struct {
	env        []string
	jobs       map[string]*job
	host       layout
	ownsParent bool   // the script has made the cgroup parent itself
	state      string // MYDOCKER_STATE
	oci        string // where the containers of the OCI runtime are
}

type harnessKey struct{}

func harnessOf(ts *testscript.TestScript) *harness { return ts.Value(harnessKey{}).(*harness) }

func setUp(env *testscript.Env, bin string, host layout) error {
	name := filepath.Base(env.WorkDir)
	parent := fmt.Sprintf("/mydocker-test-%d-%s", os.Getpid(), strings.TrimPrefix(name, "script-"))
	env.Setenv(parentVar, parent)
	env.Setenv("COMMIT", commitOf())
	env.Setenv("CROWD", "1000") // processes
	env.Setenv("MANY", "50")    // containers
	env.Setenv("TASKS", "64 12 11 10 9 8 7 6 5 4 3 2")
	if after := os.Getenv(idleVar); after != "" { // for a run of all scripts with supervisors that are idle
		env.Setenv(idleVar, after)
	}
	env.Setenv("SOON", "1") // seconds, after which a command has begun

	if testing.Short() { // an emulated CPU takes minutes for as many
		env.Setenv("CROWD", "50")
		env.Setenv("MANY", "20")
		env.Setenv("TASKS", "64 9 6 3")
		env.Setenv("SOON", "3") // also where the machine stands still for a second
	}
	env.Setenv("PATH", bin+":"+env.Getenv("PATH"))
	env.Setenv("ATTACK", filepath.Join(bin, attackName))
	env.Setenv("PS1", "prompt> ")
	state := env.WorkDir + "-state" // and not the machine's
	env.Setenv("MYDOCKER_STATE", state)
	oci := env.WorkDir + "-oci"
	env.Setenv("OCI", oci)
	env.Setenv("TERM", "dumb")
	host.setEnv(env)
	h := &harness{env: env.Vars, jobs: map[string]*job{}, host: host, state: state, oci: oci}
	env.Values[harnessKey{}] = h
	tb, ok := env.T().(testing.TB)
	if !ok {
		return errors.New("testscript no longer hands out a testing.TB")
	}
	env.Defer(func() { h.checkLeftovers(tb, parent) })
	return nil
}

// checkLeftovers runs at the end of every script: no process that it started
// may survive and no cgroup of it may be left. It takes away what is.
func (h *harness) checkLeftovers(tb testing.TB, parent string) {
	for _, pid := range survivors(parentVar+"="+parent, patience) {
		command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		tb.Errorf("process %d survived: %q (%v)", pid, command, err)
		if err := unix.Kill(pid, unix.SIGKILL); err != nil {
			tb.Log(err)
		}
	}
	if layers, err := filepath.Glob(filepath.Join(h.state, "overlay", "*")); err != nil || len(layers) > 0 {
		tb.Errorf("layers left behind: %q (%v)", layers, err)
	}
	unmountBelow(tb, h.state)
	if err := os.RemoveAll(h.state); err != nil {
		tb.Error(err)
	}
	h.checkContainers(tb)
	for _, tree := range allTrees(tb) {
		dir := tree + parent
		if _, err := os.Stat(dir); err != nil {
			continue
		}
		left := cgroupsBelow(tb, dir)
		if len(left) > 0 || !h.ownsParent {
			tb.Errorf("cgroups left behind: %s %q", dir, left)
		}
		for _, child := range append(left, dir) {
			endProcesses(tb, child)
			removeCgroup(tb, child)
		}
	}
}

// unmountBelow takes away what a script that failed has left mounted: the host's views of later
// tests would have it in them.
func unmountBelow(tb testing.TB, dir string) {
	mountinfo, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		tb.Error(err)
	}
	for line := range strings.Lines(string(mountinfo)) {
		if m, ok := utils.ParseMount(line); ok && utils.IsBelow(m.Point, dir) {
			tb.Errorf("%s is still mounted", m.Point)
			if err := unix.Unmount(m.Point, unix.MNT_DETACH); err != nil {
				tb.Error(err)
			}
		}
	}
}

// cgroupsBelow lists the cgroups below dir, the deepest first.
func cgroupsBelow(tb testing.TB, dir string) []string {
	var dirs []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && path != dir {
			dirs = append(dirs, path)
		}
		return err
	})
	if err != nil {
		tb.Error(err)
	}
	slices.Reverse(dirs)
	return dirs
}

// endProcesses ends what a script that failed has left in a cgroup of its own.
func endProcesses(tb testing.TB, dir string) {
	pids, err := os.ReadFile(filepath.Join(dir, "cgroup.procs"))
	if err != nil {
		tb.Error(err)
	}
	for _, field := range strings.Fields(string(pids)) {
		if pid, err := strconv.Atoi(field); err == nil && pid > 0 {
			tb.Errorf("process %d is left in %s: %v", pid, dir, unix.Kill(pid, unix.SIGKILL))
		}
	}
}

// removeCgroup waits for the processes in it that were just killed.
func removeCgroup(tb testing.TB, dir string) {
	err := unix.Rmdir(dir)
	for end := time.Now().Add(patience); err == unix.EBUSY && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		err = unix.Rmdir(dir)
	}
	if err != nil {
		tb.Errorf("rmdir %s: %v", dir, err)
	}
}

// processesWith finds the processes with a variable in their environment.
func processesWith(variable string) []int {
	var pids []int
	entries, _ := os.ReadDir("/proc") // where it cannot be read all has failed already
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		environ, err := os.ReadFile("/proc/" + entry.Name() + "/environ")
		if err == nil && strings.Contains("\x00"+string(environ), "\x00"+variable+"\x00") {
			pids = append(pids, pid)
		}
	}
	return pids
}

// survivors lists the processes with a variable in their environment that are still
// there after so long; it ends as soon as there are none.
func survivors(variable string, wait time.Duration) []int {
	for end := time.Now().Add(wait); ; time.Sleep(20 * time.Millisecond) {
		pids := processesWith(variable)
		if len(pids) == 0 || time.Now().After(end) {
			return pids
		}
	}
}

// only wraps a command that has no meaning behind "!".
func only(f func(*testscript.TestScript, []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg {
			ts.Fatalf("this command does not support !")
		}
		f(ts, args)
	}
}

// cmdStatus is "status N COMMAND...": the command has to end with exit code N.
func cmdStatus(ts *testscript.TestScript, args []string) {
	needs(ts, args, 2, "status N COMMAND...")
	command := direct(ts, args[1:])
	err := ts.Exec(command[0], command[1:]...)
	expectStatus(ts, args[0], err)
}

// direct returns the command that "run" stands for, without the shell, which in an
// emulator is a tenth of what it takes.
func direct(ts *testscript.TestScript, command []string) []string {
	if command[0] != "run" {
		return command
	}
	return slices.Concat([]string{"mydocker", "run", "--cgroup-parent", ts.Getenv(parentVar)}, command[1:])
}

func expectStatus(ts *testscript.TestScript, want string, err error) {
	code := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.Exited():
		code = exit.ExitCode()
	case err != nil:
		ts.Fatalf("the command did not exit: %v", err)
	}
	if strconv.Itoa(code) != want {
		ts.Fatalf("exit code is %d, not %s", code, want)
	}
}

// cmdEventually is "eventually SHELL-COMMAND": it succeeds before long.
func cmdEventually(ts *testscript.TestScript, args []string) {
	needs(ts, args, 1, "eventually SHELL-COMMAND")
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if ts.Exec("sh", "-c", args[0]) == nil {
			return
		}
	}
	ts.Fatalf("this never came true")
}

// cmdMakeParent is "make-parent": it makes the script's cgroup parent by hand.
// Such a one is not mydocker's to remove.
func cmdMakeParent(ts *testscript.TestScript, _ []string) {
	h := harnessOf(ts)
	for _, tree := range h.host.trees() {
		ts.Check(os.Mkdir(tree+ts.Getenv(parentVar), 0o755))
	}
	h.ownsParent = true
}

func needs(ts *testscript.TestScript, args []string, count int, usage string) {
	if len(args) < count {
		ts.Fatalf("usage: %s", usage)
	}
}

// command prepares a command in the script's environment and directory.
func (h *harness) command(ts *testscript.TestScript, args []string) *exec.Cmd {
	command := exec.Command("env", args...) // env looks it up in the script's PATH
	command.Env = h.env
	command.Dir = ts.MkAbs(".")
	return command
}

// signalNumber reads a signal's name, such as TERM.
func signalNumber(ts *testscript.TestScript, name string) syscall.Signal {
	sig := unix.SignalNum("SIG" + name)
	if sig == 0 {
		ts.Fatalf("no signal is called %s", name)
	}
	return sig
}
