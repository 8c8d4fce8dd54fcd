package cmd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/lifecycle"
)

// ociLab is an OCI runtime in which something goes wrong.
type ociLab struct {
	*testing.T
	program string
	root    string // of the containers
	bundle  string
	parent  string // of their cgroups
}

// TestOCIFaults kills each verb before and after each of its steps, and has each fail; then it does
// so with the steps of init. A verb that fails before the container is there leaves nothing; whatever
// else happens, "delete --force" removes all: directory, cgroups, process. It prints what came out as
// tables, and docs/reliability.md has to have these.
func TestOCIFaults(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: PID, mount, network, IPC and UTS namespaces, and cgroups")
	}
	lab := newOCILab(t)
	table := &strings.Builder{}
	fmt.Fprintf(table, "| verb | step | killed before it | killed after it | it fails | it fails when it is done |\n|---|---|---|---|---|---|\n")
	steps := lifecycle.Steps()
	for _, verb := range []string{"create", "start", "exec", "delete"} {
		if len(steps[verb]) < 4 {
			t.Errorf("%s has but the steps %q", verb, steps[verb])
		}
		for _, step := range steps[verb] {
			fmt.Fprintf(table, "| %s | %s |", verb, step)
			for _, what := range []string{"KILL", "ENOSPC"} {
				for _, when := range []string{"before", "after"} {
					fault := "host:" + when + ":" + step + ":" + what
					t.Run(verb+":"+fault, func(t *testing.T) { fmt.Fprintf(table, " %s |", lab.with(t).try(verb, step, fault)) })
				}
			}
			fmt.Fprintln(table)
		}
	}
	fmt.Fprintf(table, "\n| step of init | it fails | it hangs | it fails in exec |\n|---|---|---|---|\n")
	for _, step := range initSteps() {
		t.Run("init:"+step, func(t *testing.T) {
			lab := lab.with(t)
			fmt.Fprintf(table, "| %s | %s | %s | %s |\n", step, lab.failInit(step), lab.hangInit(step), lab.failJoined(step))
		})
	}
	t.Logf("\n%s", table)
	document, err := os.ReadFile("../docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq(table.String(), "\n\n") {
		if !strings.Contains(string(document), part) {
			t.Error("docs/reliability.md has another table")
		}
	}
}

func newOCILab(t *testing.T) *ociLab {
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	lab := &ociLab{T: t, root: filepath.Join(t.TempDir(), "root"), bundle: t.TempDir()}
	lab.parent = fmt.Sprintf("/mydocker-test-%d-oci-faults", os.Getpid())
	if lab.program = os.Getenv(faultyVar); lab.program == "" {
		lab.program = filepath.Join(t.TempDir(), "mydocker")
		build(t, lab.program, "faults")
	}
	lab.makeRoot(busybox)
	var config map[string]any
	if err := json.Unmarshal([]byte(bundleConfig), &config); err != nil {
		t.Fatal(err)
	}
	config["process"].(map[string]any)["args"] = []string{"sleep", "1000"}
	config["linux"].(map[string]any)["cgroupsPath"] = lab.parent + "/c"
	hook := []any{map[string]any{"path": "/bin/true"}}
	config["hooks"] = map[string]any{"createRuntime": hook, "createContainer": hook, "startContainer": hook, "poststart": hook, "poststop": hook}
	text, err := json.Marshal(config)
	if err == nil {
		err = os.WriteFile(filepath.Join(lab.bundle, "config.json"), text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lab.removeParent() })
	return lab
}

// makeRoot gives the bundle a root with the commands of the tests.
func (lab *ociLab) makeRoot(busybox string) {
	bin := filepath.Join(lab.bundle, "rootfs/bin")
	content, err := os.ReadFile(busybox)
	if err == nil {
		err = os.MkdirAll(bin, 0o755)
	}
	for _, name := range []string{"sleep", "true", "sh"} {
		if err == nil {
			err = os.WriteFile(filepath.Join(bin, name), content, 0o755)
		}
	}
	if err != nil {
		lab.Fatal(err)
	}
}

func (lab ociLab) with(t *testing.T) *ociLab {
	lab.T = t
	return &lab
}

// oci runs a verb, with a fault or "". Nothing of it may keep its output open: init has none.
func (lab *ociLab) oci(fault string, args ...string) (output string, err error) {
	cmd := exec.Command(lab.program, append([]string{"oci", "--root", lab.root}, args...)...)
	cmd.Env = append(os.Environ(), "MYDOCKER_FAULT="+fault)
	file, err := os.CreateTemp(lab.TempDir(), "output")
	if err != nil {
		lab.Fatal(err)
	}
	defer func() {
		if err := file.Close(); err != nil {
			lab.Error(err)
		}
	}()
	cmd.Stdout, cmd.Stderr = file, file
	err = cmd.Run()
	text, readErr := os.ReadFile(file.Name())
	if readErr != nil {
		lab.Fatal(readErr)
	}
	return string(text), err
}

// must runs a verb that has to succeed.
func (lab *ociLab) must(args ...string) {
	lab.Helper()
	if output, err := lab.oci("", args...); err != nil {
		lab.Errorf("%v: %v\n%s", args, err, output)
	}
}

// try has a verb go wrong, and returns what it leaves.
func (lab *ociLab) try(verb, step, fault string) (left string) {
	const id = "c"
	args := []string{verb, id}
	switch verb {
	case "create":
		args = []string{verb, "--bundle", lab.bundle, id}
	case "exec":
		args = []string{verb, id, "true"}
	}
	if verb != "create" {
		lab.must("create", "--bundle", lab.bundle, id)
	}
	if verb == "exec" {
		lab.must("start", id)
	}
	pid := lab.pid(id)
	output, err := lab.oci(fault, args...)
	killed := strings.HasSuffix(fault, "KILL")
	switch status, isStatus := statusOf(err); {
	case err == nil:
		lab.Errorf("it succeeds: %s", output)
	case isStatus && killed && status.Signal() != unix.SIGKILL:
		lab.Errorf("%v", err)
	case !killed && (strings.Count(output, "\n") != 1 || !strings.Contains(output, step)):
		lab.Errorf("it says %q", output)
	}
	lab.must("list")
	left = lab.status(id)
	if verb == "create" && left != noContainer {
		if !killed {
			lab.Errorf("the container is still there: %s", left)
		}
		left = "what `delete --force` removes" // its init ends at any time
	}
	if verb == "exec" {
		lab.must("exec", id, "true") // the container is none the worse
	}
	if pid == 0 {
		pid = lab.pid(id)
	}
	lab.must("delete", "--force", id)
	lab.checkNothingLeft(pid)
	return left
}

// noContainer is the status of what is not there.
const noContainer = "no container"

// status is what a container does.
func (lab *ociLab) status(id string) string {
	output, err := lab.oci("", "state", id)
	if err != nil {
		if strings.HasPrefix(output, "container does not exist") {
			return noContainer
		}
		return "a part of one"
	}
	var state struct{ Status string }
	if err := json.Unmarshal([]byte(output), &state); err != nil {
		lab.Error(err)
	}
	return state.Status
}

func statusOf(err error) (syscall.WaitStatus, bool) {
	exit, is := err.(*exec.ExitError) //nolint:errorlint // that of Cmd.Run
	if !is {
		return 0, false
	}
	status, is := exit.Sys().(syscall.WaitStatus)
	return status, is
}

// pid is that of a container's init, 0 if there is none.
func (lab *ociLab) pid(id string) int {
	text, err := os.ReadFile(filepath.Join(lab.root, id, "record.json"))
	if err != nil {
		return 0
	}
	var record struct{ Pid int }
	if err := json.Unmarshal(text, &record); err != nil {
		lab.Error(err)
	}
	return record.Pid
}

func (lab *ociLab) checkNothingLeft(pid int) {
	entries, err := os.ReadDir(lab.root)
	if err != nil && !os.IsNotExist(err) {
		lab.Error(err)
	}
	for _, entry := range entries {
		lab.Errorf("%s is left", entry.Name())
	}
	for _, tree := range allTrees(lab) {
		if _, err := os.Stat(tree + lab.parent + "/c"); err == nil {
			lab.Errorf("cgroup %s is left", tree+lab.parent+"/c")
		}
	}
	if pid == 0 {
		return
	}
	if cmdline, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline"); err == nil && bytes.Contains(cmdline, []byte("sleep\x001000")) {
		lab.Errorf("process %d is left: %q", pid, cmdline)
	}
}

func (lab *ociLab) removeParent() {
	for _, tree := range allTrees(lab) {
		if err := os.Remove(tree + lab.parent); err != nil && !os.IsNotExist(err) {
			lab.Error(err)
		}
	}
}
