package cmd_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// faultyVar names a mydocker with the tag "faults" that was built before, as
// binaryVar does the ordinary one.
const faultyVar = "MYDOCKER_FAULTY"

// errnos are what a step may fail with.
var errnos = []syscall.Errno{
	unix.ENOENT, unix.EPERM, unix.EBUSY, unix.ENOSPC, unix.EROFS, unix.EAGAIN, unix.ENOMEM,
}

// faultLab runs a mydocker in which something goes wrong, beside a live
// container below the same cgroup parent.
type faultLab struct {
	*testing.T
	bin, faulty string
	parent      string
	host        layout
	marker      string // a file that the command makes
	state       string // where the layers of copy-on-write roots are
	options     []string
	wrong       []string
}

// Errorf keeps what is wrong for the end, where the table does not hide it.
func (lab *faultLab) Errorf(format string, args ...any) {
	lab.wrong = append(lab.wrong, fmt.Sprintf(format, args...))
}

// tell says what was wrong.
func (lab *faultLab) tell() {
	for _, what := range lab.wrong {
		lab.Error(what)
	}
}

// TestFaults kills mydocker before and after each of its steps and lets each
// fail, and does the same to init, step by step. Whatever happens, no process of
// the container is left, a live container is not harmed, and what is left of the
// cgroups goes with the next run. It prints what came out as a table, and the
// table of docs/reliability.md has to be that.
func TestFaults(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: PID, mount, network, IPC and UTS namespaces, and cgroups")
	}
	lab := newFaultLab(t)
	defer lab.tell()
	live := lab.live()
	hostSteps, initSteps := lab.steps()
	table := &strings.Builder{}
	fmt.Fprintf(table, "| step of mydocker | killed before it | killed after it | it fails | it fails when it is done |\n|---|---|---|---|---|\n")
	sent, killed := false, ""
	for _, step := range hostSteps {
		before := killed // before a step is after the one before it
		if before == "" || !testing.Short() {
			before = lab.killHost("before", step)
		}
		killed = lab.killHost("after", step)
		fmt.Fprintf(table, "| %s | %s | %s | %s |", step, before, killed, lab.fail("before", step, sent))
		sent = sent || step == "send the command"
		fmt.Fprintf(table, " %s |\n", lab.fail("after", step, sent))
	}
	fmt.Fprintf(table, "\n| step of init | init killed after it | mydocker killed after it | it fails when it is done |\n|---|---|---|---|\n")
	for _, step := range initSteps {
		fmt.Fprintf(table, "| %s | %s | %s | %s |\n", step, lab.hang(step, true), lab.hang(step, false), lab.failInit(step))
	}
	t.Logf("\n%s", table)
	lab.compare(table.String())

	if err := live.Process.Signal(unix.Signal(0)); err != nil {
		lab.Errorf("the live container's mydocker: %v", err)
	}
	if err := live.Process.Signal(unix.SIGTERM); err != nil {
		lab.Errorf("end the live container: %v", err)
	}
	var ended *exec.ExitError
	if err := live.Wait(); !errors.As(err, &ended) || ended.ExitCode() != 143 {
		lab.Errorf("the live container ended with %v, want 143", err)
	}
	if left := lab.cgroups(); left != 0 {
		lab.Errorf("%d cgroups are left", left)
	}
}

func newFaultLab(t *testing.T) *faultLab {
	host, err := findHierarchies(controllers...)
	if err != nil {
		t.Fatal(err)
	}
	lab := &faultLab{T: t, bin: buildBinary(t), host: host}
	if lab.faulty = os.Getenv(faultyVar); lab.faulty == "" {
		lab.faulty = filepath.Join(t.TempDir(), "mydocker")
		build(t, lab.faulty, "faults")
	}
	lab.parent = fmt.Sprintf("/mydocker-test-%d-faults", os.Getpid())
	lab.marker = filepath.Join(t.TempDir(), "ran")
	lab.state = t.TempDir()
	t.Setenv("MYDOCKER_STATE", lab.state)
	return lab
}

// live starts a container and waits until its command runs: what is counted from
// then on has nothing to do with it.
func (lab *faultLab) live() *exec.Cmd {
	cmd := exec.Command(lab.bin+"/mydocker", "run", "--cgroup-parent", lab.parent, "sh", "-c", "echo; exec sleep 1000")
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		_, err = stdout.Read(make([]byte, 1))
	}
	if err != nil {
		lab.Fatalf("the live container: %v", err)
	}
	return cmd
}

// run are the arguments of a run.
func (lab *faultLab) run(command ...string) []string {
	return slices.Concat([]string{"run", "--cgroup-parent", lab.parent}, lab.options, []string{"--"}, command)
}

// steps asks mydocker for the names of its steps, and of init's.
func (lab *faultLab) steps() (host, init []string) {
	log, err := exec.Command(lab.bin+"/mydocker", append([]string{"--debug"}, lab.run("true")...)...).CombinedOutput()
	if err != nil {
		lab.Fatalf("%v\n%s", err, log)
	}
	for _, match := range regexp.MustCompile(`(?m)^mydocker: debug: (.*?)( operand=.*)?$`).FindAllSubmatch(log, -1) {
		if name := string(match[1]); len(match[2]) == 0 {
			host = append(host, name)
		} else {
			init = append(init, name)
		}
	}
	init = append(init, "execute the command")
	if len(host) < 10 || len(init) < 8 {
		lab.Fatalf("too few steps: %q, %q", host, init)
	}
	return host, init
}

// start runs the faulty mydocker with a command that says that it ran.
func (lab *faultLab) start(fault string) (*exec.Cmd, *bytes.Buffer) {
	if err := os.Remove(lab.marker); err != nil && !os.IsNotExist(err) {
		lab.Fatal(err)
	}
	cmd := exec.Command(lab.faulty, lab.run("sh", "-c", `: >"$RAN"; sleep 0.2`)...)
	cmd.Env = append(os.Environ(), "MYDOCKER_FAULT="+fault, "RAN="+lab.marker)
	stderr := &bytes.Buffer{}
	cmd.Stderr = stderr
	cmd.WaitDelay = patience
	if err := cmd.Start(); err != nil {
		lab.Fatal(err)
	}
	return cmd, stderr
}

func (lab *faultLab) ran() bool {
	_, err := os.Stat(lab.marker)
	return err == nil
}

// cgroups counts what is there below the parent.
func (lab *faultLab) cgroups() (count int) {
	for _, tree := range lab.host.trees() {
		if _, err := os.Stat(tree + lab.parent); err == nil {
			count += len(cgroupsBelow(lab, tree+lab.parent))
		}
	}
	return count
}

// killHost is the outcome of a SIGKILL of mydocker.
func (lab *faultLab) killHost(when, step string) string {
	before := lab.cgroups()
	fault := fmt.Sprintf("host:%s:%s:KILL", when, step)
	cmd, _ := lab.start(fault)
	if err := cmd.Wait(); cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != unix.SIGKILL {
		lab.Errorf("%s: %v", fault, err)
	}
	return lab.afterKill(fault, before)
}

// afterKill checks that the container is gone and that the next run clears what
// is left. It may take one more where the kernel has not done yet with the processes.
func (lab *faultLab) afterKill(fault string, before int) string {
	lab.noProcess(fault)
	left := lab.cgroups() - before
	if left == 0 && testing.Short() { // the next run has nothing to clear
		return "nothing is left"
	}
	for end := time.Now().Add(patience); ; {
		output, err := exec.Command(lab.bin+"/mydocker", lab.run("true")...).CombinedOutput()
		if err != nil || len(output) > 0 {
			lab.Errorf("%s: the next run: %v, %q", fault, err, output)
		}
		if lab.cgroups() == before || time.Now().After(end) {
			break
		}
	}
	if now := lab.cgroups(); now != before {
		lab.Errorf("%s: %d cgroups, want %d", fault, now, before)
	}
	if left > 0 {
		return "its cgroups go with the next run"
	}
	return "nothing is left"
}

// noProcess waits for the end of what runs in the faulty container.
func (lab *faultLab) noProcess(fault string) {
	if pids := survivors("MYDOCKER_FAULT="+fault, patience); len(pids) > 0 {
		lab.Errorf("%s: processes %d survived", fault, pids)
	}
}

// fail is the outcome of each errno. Once the command is sent it may have begun.
func (lab *faultLab) fail(when, step string, sent bool) string {
	outcomes := map[string]bool{}
	list := errnos
	if when == "after" || testing.Short() {
		list = errnos[:1]
	}
	for _, errno := range list {
		outcomes[lab.failed(fmt.Sprintf("host:%s:%s:%s", when, step, unix.ErrnoName(errno)), step, errno, sent)] = true
	}
	return join(outcomes)
}

func (lab *faultLab) failInit(step string) string {
	outcomes := map[string]bool{}
	list := []syscall.Errno{unix.ENOENT, unix.EPERM, unix.ENOMEM}
	if testing.Short() && step != "look up the command" && step != "execute the command" { // whose status depends on it
		list = list[:1]
	}
	for _, errno := range list {
		outcomes[lab.failed(fmt.Sprintf("child:%s:%d", step, errno), step, errno, false)] = true
	}
	return join(outcomes)
}

// failed checks that a step's failure is told in one line, with its name and
// errno, and that nothing is left.
func (lab *faultLab) failed(fault, step string, errno syscall.Errno, sent bool) string {
	before := lab.cgroups()
	cmd, stderr := lab.start(fault)
	err := cmd.Wait()
	code := cmd.ProcessState.ExitCode()
	if line := stderr.String(); strings.Count(line, "\n") != 1 || !strings.Contains(line, step+": ") || !strings.Contains(line, errno.Error()) {
		lab.Errorf("%s: %v, %q", fault, err, line)
	}
	lab.noProcess(fault)
	if now := lab.cgroups(); now != before {
		lab.Errorf("%s: %d cgroups, want %d", fault, now, before)
	}
	if sent {
		return fmt.Sprintf("%d, the command ends if it has begun", code)
	}
	if lab.ran() {
		lab.Errorf("%s: the command ran", fault)
	}
	return fmt.Sprintf("%d, the command never ran", code)
}

// hang stops init behind a step and kills it or mydocker.
func (lab *faultLab) hang(step string, killInit bool) string {
	before := lab.cgroups()
	fault := fmt.Sprintf("child:%s:HANG", step)
	cmd, stderr := lab.start(fault)
	init := lab.hangingChild(cmd.Process.Pid)
	lab.isInside(init)
	victim := cmd.Process.Pid
	if killInit {
		victim = init
	}
	if err := unix.Kill(victim, unix.SIGKILL); err != nil {
		lab.Errorf("kill %d: %v", victim, err)
	}
	err := cmd.Wait()
	if lab.ran() {
		lab.Errorf("%s: the command ran", fault)
	}
	if !killInit {
		return lab.afterKill(fault, before)
	}
	if now := lab.cgroups(); now != before {
		lab.Errorf("%s: %d cgroups, want %d", fault, now, before)
	}
	code := cmd.ProcessState.ExitCode()
	// Behind the announcement of the execve it is the command that was killed.
	told := strings.Count(stderr.String(), "\n") == 1 && strings.Contains(stderr.String(), "init was killed")
	if told != (code == 125) {
		lab.Errorf("%s: %v, %q", fault, err, stderr)
	}
	return fmt.Sprintf("%d, the command never ran", code)
}

// isInside checks, from outside, that a process is in a container's cgroup of each
// hierarchy that every container uses.
func (lab *faultLab) isInside(pid int) {
	for _, controller := range controllers {
		lists, _ := filepath.Glob(lab.host[controller].mountpoint + lab.parent + "/*/cgroup.procs") // well formed
		if !slices.ContainsFunc(lists, func(list string) bool {
			content, err := os.ReadFile(list)
			return err == nil && slices.Contains(strings.Fields(string(content)), strconv.Itoa(pid))
		}) {
			lab.Errorf("init, process %d, is in none of %q", pid, lists)
		}
	}
}

// hangingChild waits until mydocker's child has stopped in ppoll(2).
func (lab *faultLab) hangingChild(mydocker int) int {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		children, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", mydocker)) // well formed
		for _, file := range children {
			var pid, call int
			content, err := os.ReadFile(file)
			if _, scan := fmt.Sscan(string(content), &pid); err != nil || scan != nil {
				continue
			}
			content, err = os.ReadFile(fmt.Sprintf("/proc/%d/syscall", pid))
			if _, scan := fmt.Sscan(string(content), &call); err == nil && scan == nil && call == unix.SYS_PPOLL {
				return pid
			}
		}
	}
	lab.Fatalf("mydocker %d has no child that hangs", mydocker)
	return 0
}

func join(outcomes map[string]bool) string {
	var list []string
	for outcome := range outcomes {
		list = append(list, outcome)
	}
	slices.Sort(list)
	return strings.Join(list, "; ")
}

// compare checks that the document has this table, and names the rows that differ.
func (lab *faultLab) compare(table string) {
	document, err := os.ReadFile("../docs/reliability.md")
	if err != nil {
		lab.Fatal(err)
	}
	if strings.Contains(string(document), table) {
		return
	}
	lab.Errorf("docs/reliability.md has another table")
	for row := range strings.Lines(table) {
		if !strings.Contains(string(document), "\n"+row) {
			lab.Errorf("it has not: %s", row)
		}
	}
}
