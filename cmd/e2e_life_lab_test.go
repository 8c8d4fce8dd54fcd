package cmd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/state"
)

// lifeMark is in the environment of all that a lifeLab starts: clients, supervisors, and what runs in
// the containers.
const lifeMark = "MYDOCKER_LIFE"

// idleVar says after how long a supervisor with nothing to do gives its memory back.
const idleVar = "MYDOCKER_IDLE_AFTER"

// lifeImage is an image with busybox.
const lifeImage = "life"

// lifeLab has containers that stay, to which something happens.
type lifeLab struct {
	*testing.T
	program string
	state   string
	parent  string // of their cgroups
	mark    string // lifeMark=...
	count   *atomic.Int64
	idle    string // idleVar of what is started, "" for mydocker's own
}

// newLifeLab has a store of its own with one image. The program has the tag "faults".
func newLifeLab(t *testing.T) *lifeLab {
	if os.Geteuid() != 0 {
		t.Skip("needs root: PID, mount, network, IPC and UTS namespaces, and cgroups")
	}
	lab := &lifeLab{T: t, state: t.TempDir(), count: &atomic.Int64{}}
	lab.parent = fmt.Sprintf("/mydocker-test-%d-%s", os.Getpid(), strings.ToLower(t.Name()))
	lab.mark = lifeMark + "=" + lab.parent
	if lab.program = os.Getenv(faultyVar); lab.program == "" {
		lab.program = filepath.Join(t.TempDir(), "mydocker")
		build(t, lab.program, "faults")
	}
	lab.importImage()
	t.Cleanup(func() {
		if left, err := state.List(lab.state); err == nil {
			for _, l := range left {
				lab.clear(l.ID)
			}
		}
		for _, pid := range survivors(lab.mark, patience) {
			t.Errorf("process %d is left: %s", pid, commandLine(pid))
		}
		for _, tree := range allTrees(t) {
			err := os.Remove(tree + lab.parent)
			for end := time.Now().Add(patience); err != nil && !os.IsNotExist(err) && time.Now().Before(end); err = os.Remove(tree + lab.parent) {
				// What a killed one has left goes with the next run, and with a further one if the kernel is not done.
				if output, failed := exec.Command(lab.program, "run", "-q", "--cgroup-parent", lab.parent, "true").CombinedOutput(); failed != nil {
					t.Errorf("a run that clears: %v, %s", failed, output)
				}
			}
			if err != nil && !os.IsNotExist(err) {
				t.Errorf("%v: %v", err, cgroupsBelow(t, tree+lab.parent))
			}
		}
	})
	return lab
}

func (lab *lifeLab) importImage() {
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		lab.Fatal("busybox is missing: apt-get install busybox-static")
	}
	root := lab.TempDir()
	for _, dir := range []string{"bin", "dev", "etc", "proc", "sys", "tmp"} {
		err = errors.Join(err, os.Mkdir(filepath.Join(root, dir), 0o755))
	}
	for _, applet := range []string{"sh", "sleep", "true", "false", "yes", "cat", "head"} {
		err = errors.Join(err, os.Symlink("busybox", filepath.Join(root, "bin", applet)))
	}
	content, readErr := os.ReadFile(busybox)
	err = errors.Join(err, readErr, os.WriteFile(filepath.Join(root, "bin/busybox"), content, 0o755))
	archive := filepath.Join(lab.TempDir(), "root.tar")
	if err == nil {
		err = exec.Command("tar", "-C", root, "-cf", archive, ".").Run()
	}
	if err != nil {
		lab.Fatal(err)
	}
	lab.must("import", archive, lifeImage)
}

// with is the same lab for a subtest.
func (lab *lifeLab) with(t *testing.T) *lifeLab {
	other := *lab
	other.T = t
	return &other
}

// whoMayBeIdle is the same, in which supervisors are idle soon, or are not.
func (lab *lifeLab) whoMayBeIdle() *lifeLab {
	other := *lab
	if rand.IntN(2) == 0 {
		other.idle = "5ms"
	}
	other.Logf("%s=%s", idleVar, other.idle)
	return &other
}

// command is a run of mydocker with a fault, or "".
func (lab *lifeLab) command(fault string, args ...string) *exec.Cmd {
	cmd := exec.Command(lab.program, args...)
	cmd.Env = append(os.Environ(), "MYDOCKER_FAULT="+fault, "MYDOCKER_STATE="+lab.state, lab.mark)
	if lab.idle != "" {
		cmd.Env = append(cmd.Env, idleVar+"="+lab.idle)
	}
	return cmd
}

// run runs it to its end. Nothing of a container keeps its output open: that goes to a file.
func (lab *lifeLab) run(fault string, args ...string) (output string, err error) {
	lab.Helper()
	return lab.runWhile(fault, func(*exec.Cmd) {}, args...)
}

// runWhile does something while it runs.
func (lab *lifeLab) runWhile(fault string, meanwhile func(*exec.Cmd), args ...string) (output string, err error) {
	lab.Helper()
	cmd := lab.command(fault, args...)
	file, err := os.CreateTemp("", "life")
	if err != nil {
		lab.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = file, file
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	if err = cmd.Start(); err == nil {
		stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() }) // seen below
		meanwhile(cmd)
		err = cmd.Wait()
		stop()
	}
	if ctx.Err() != nil {
		lab.Errorf("mydocker %v hangs", args)
	}
	text, readErr := os.ReadFile(file.Name())
	if closing := errors.Join(readErr, file.Close(), os.Remove(file.Name())); closing != nil {
		lab.Error(closing)
	}
	for _, word := range []string{"panic:", "goroutine ", "fatal error:", "SIGSEGV"} {
		if bytes.Contains(text, []byte(word)) {
			lab.Errorf("mydocker %v: %s", args, text)
			break
		}
	}
	return string(text), err
}

func (lab *lifeLab) must(args ...string) string {
	lab.Helper()
	output, err := lab.run("", args...)
	if err != nil {
		lab.Errorf("mydocker %v: %v\n%s", args, err, output)
	}
	return output
}

// name is one that no container has had.
func (lab *lifeLab) name() string { return fmt.Sprintf("life-%d", lab.count.Add(1)) }

// make are the arguments that make a container: verb is run or create, with its options.
func (lab *lifeLab) make(verb []string, name string, command ...string) []string {
	return slices.Concat(verb, []string{"--name", name, "--cgroup-parent", lab.parent, "-e", lab.mark, "--image", lifeImage}, command)
}

// find is what there is of a container, nil for nothing.
func (lab *lifeLab) find(name string) *state.Listed {
	l, err := state.Find(lab.state, name)
	if missing := (*state.NotFoundError)(nil); errors.As(err, &missing) {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		lab.Errorf("find %s: %v", name, err)
	}
	return &l
}

// settled waits until nobody is on the way with a container: it runs, or nobody has its lock.
func (lab *lifeLab) settled(name string) *state.Listed {
	lab.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		l := lab.find(name)
		if l == nil || !l.Running || l.Status == state.StatusRunning || l.Status == state.StatusPaused {
			return l
		}
		if time.Now().After(end) {
			lab.Errorf("%s is %s, and somebody has its lock for ever", name, l.Status)
			return l
		}
	}
}

// awaitEnd waits until nobody has a container.
func (lab *lifeLab) awaitEnd(name string) {
	lab.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		l := lab.find(name)
		if l == nil || !l.Running {
			return
		}
		if time.Now().After(end) {
			lab.Errorf("%s does not end: it is %s", name, l.Status)
			return
		}
	}
}

// status says in a few words how a container is, and what is wrong with that is an error.
func (lab *lifeLab) status(name string) string {
	lab.Helper()
	var l *state.Listed
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) { // some are just about to end
		if l = lab.settled(name); l == nil {
			return noContainer
		}
		wrong := lab.wrong(name, l)
		if wrong == "" {
			break
		}
		if time.Now().After(end) {
			lab.Errorf("%s %s", name, wrong)
			break
		}
	}
	switch now := l.Now(); {
	case now == state.StatusExited:
		return fmt.Sprintf("exited (%d)", l.ExitCode)
	case now == state.StatusCreated && l.Error != "":
		return "created, with the reason"
	default:
		return string(now)
	}
}

// wrong holds a container against the processes that there are, and says what is not as it should be.
func (lab *lifeLab) wrong(name string, l *state.Listed) string {
	lab.Helper()
	supervisors := lab.supervisors(l.ID)
	if len(supervisors) > 1 {
		lab.Errorf("%s has the supervisors %d", name, supervisors)
	}
	now := l.Now()
	switch now {
	case state.StatusRunning, state.StatusPaused:
		if len(supervisors) != 1 || supervisors[0] != l.Supervisor {
			return fmt.Sprintf("is %s, with the supervisor %d; there are %d", now, l.Supervisor, supervisors)
		}
		if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", l.Pid)); err != nil || bytes.Contains(stat, []byte(") Z ")) {
			return fmt.Sprintf("is %s, and its process %d is not there", now, l.Pid)
		}
	case state.StatusDead:
		if code := detached.CodeOf(&l.Record); code != detached.CodeKilled {
			return fmt.Sprintf("is dead with the code %d", code)
		}
		if l.Status == state.StatusPaused && lab.frozenV1(l.ID) { // until somebody asks for it
			lab.must("wait", name)
		}
	}
	if left := lab.processes(l.ID); now != state.StatusRunning && now != state.StatusPaused && len(left) > 0 {
		return fmt.Sprintf("is %s, and has the processes %q", now, left)
	}
	return ""
}

// supervisors are the supervisors of a container, as the kernel lists processes.
func (lab *lifeLab) supervisors(id string) (pids []int) {
	for _, pid := range processesWith(lab.mark) {
		if words := strings.Split(commandLine(pid), "\x00"); len(words) > 3 && words[1] == detached.SuperviseName && words[3] == id {
			pids = append(pids, pid)
		}
	}
	return slices.DeleteFunc(pids, func(pid int) bool { return slices.Contains(pids, parentOf(pid)) }) // before its execve
}

// parentOf is the pid of a process's parent, 0 if it is gone.
func parentOf(pid int) int {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	_, rest, found := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if err != nil || !found || len(fields) < 2 {
		return 0
	}
	parent, err := strconv.Atoi(fields[1])
	if err != nil {
		return 0
	}
	return parent
}

// processes are those in a container's cgroups, and its supervisors.
func (lab *lifeLab) processes(id string) (found []string) {
	for _, pid := range lab.supervisors(id) {
		found = append(found, commandLine(pid))
	}
	for _, tree := range allTrees(lab) {
		text, err := os.ReadFile(tree + lab.parent + "/" + id + "/cgroup.procs")
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, unix.ENODEV) {
			lab.Error(err)
		}
		for word := range strings.FieldsSeq(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil {
				found = append(found, commandLine(pid))
			}
		}
	}
	return found
}

// frozenV1 reports whether the freezer of cgroup v1 has a container's processes, which keeps them also from being killed.
func (lab *lifeLab) frozenV1(id string) bool {
	for _, tree := range allTrees(lab) {
		if content, err := os.ReadFile(tree + lab.parent + "/" + id + "/freezer.state"); err == nil {
			return string(content) == "FROZEN\n"
		}
	}
	return false
}

// clear removes a container by force: whatever has happened to it, nothing is left then.
func (lab *lifeLab) clear(name string) {
	lab.Helper()
	l := lab.find(name)
	if l == nil {
		lab.checkNothingLeft(name, "")
		return
	}
	lab.must("rm", "-f", l.ID)
	lab.checkNothingLeft(name, l.ID)
}

// orphan kills the supervisors of a container.
func (lab *lifeLab) orphan(name string) {
	l := lab.find(name)
	if l == nil {
		return
	}
	for _, pid := range lab.supervisors(l.ID) {
		if err := unix.Kill(pid, unix.SIGKILL); err != nil && err != unix.ESRCH {
			lab.Error(err)
		}
	}
}

// checkNothingLeft is about a container that was removed.
func (lab *lifeLab) checkNothingLeft(name, id string) {
	lab.Helper()
	if l := lab.find(name); l != nil {
		lab.Errorf("%s is still there: %s", name, l.Now())
	}
	names := filepath.Join(lab.state, "containers/names", name)
	if _, err := os.Lstat(names); err == nil {
		if _, err := os.Stat(names); err == nil { // one that leads nowhere is free
			lab.Errorf("%s is left", names)
		}
	}
	if id == "" {
		return
	}
	if _, err := os.Lstat(filepath.Join(lab.state, "containers", id)); err == nil {
		lab.Errorf("the directory of %s is left", name)
	}
	for _, tree := range allTrees(lab) {
		if _, err := os.Stat(tree + lab.parent + "/" + id); err == nil {
			lab.Errorf("the cgroup %s%s/%s of %s is left", tree, lab.parent, id, name)
		}
	}
	left := lab.processes(id)
	for end := time.Now().Add(patience); len(left) > 0 && time.Now().Before(end); left = lab.processes(id) {
		time.Sleep(5 * time.Millisecond) // a supervisor gives its lock back a moment before it ends
	}
	if len(left) > 0 {
		lab.Errorf("of %s the processes %q are left", name, left)
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil || bytes.Contains(mounts, []byte(id)) {
		lab.Errorf("of %s there are mounts: %v", name, err)
	}
}

func commandLine(pid int) string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	if err != nil {
		return ""
	}
	return string(text)
}
