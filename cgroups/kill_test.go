package cgroups

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// Where the kernel can kill a whole cgroup, nobody is killed by number.
func TestKillAtOnce(t *testing.T) {
	h := fake(t, subsystems.V2, map[string]string{"c/cgroup.kill": "", "c/cgroup.procs": "not looked at\n"})
	if err := (&tree{Hierarchy: h}).kill("/c"); err != nil {
		t.Fatal(err)
	}
	if got, err := utils.ReadFile(h.Dir("/c/cgroup.kill")); err != nil || got != "1" {
		t.Errorf("cgroup.kill holds %q, %v", got, err)
	}
}

// Not so in the cgroup that the caller is in, and before Linux 5.14.
func TestKillEach(t *testing.T) {
	membership, err := utils.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	own := cgroupOf(membership, &subsystems.Hierarchy{Version: subsystems.V2})
	for _, files := range []map[string]string{
		{own + "/cgroup.kill": "", own + "/cgroup.procs": strconv.Itoa(os.Getpid()) + "\n"},
		{own + "/cgroup.procs": strconv.Itoa(os.Getpid()) + "\n"},
	} {
		h := fake(t, subsystems.V2, files)
		h.Root = "/"
		if err := (&tree{Hierarchy: h}).kill(own); err != nil {
			t.Error(err)
		}
		if _, has := files[own+"/cgroup.kill"]; !has {
			continue
		}
		if got, err := utils.ReadFile(h.Dir(own) + "/cgroup.kill"); err != nil || got != "" {
			t.Errorf("cgroup.kill holds %q, %v", got, err)
		}
	}
	h := fake(t, subsystems.V2, nil)
	if err := (&tree{Hierarchy: h}).kill("/gone"); err != nil {
		t.Errorf("one that is gone: %v", err)
	}
}

func TestKillAll(t *testing.T) {
	outer, inner := sleeper(t), sleeper(t)
	h := fake(t, subsystems.V1, map[string]string{
		"c/cgroup.procs": "0\n" + pidOf(outer), "c/nested/cgroup.procs": pidOf(inner), "c/gone/x": "",
	})
	if err := killAll(h.Dir("/c")); err != nil {
		t.Error(err)
	}
	for _, process := range []*exec.Cmd{outer, inner} {
		var exit *exec.ExitError
		if err := process.Wait(); !errors.As(err, &exit) || exit.Error() != "signal: killed" {
			t.Errorf("a process of the cgroup ended with %v", err)
		}
	}
	// They are gone now, and so may the cgroup be.
	for _, dir := range []string{"/c", "/no-such"} {
		if err := killAll(h.Dir(dir)); err != nil {
			t.Errorf("killAll(%q) = %v", dir, err)
		}
	}
}

func TestKillAllRefusesNonsense(t *testing.T) {
	h := fake(t, subsystems.V1, map[string]string{"c/cgroup.procs": "12x\n"})
	if err := killAll(h.Dir("/c")); err == nil || !strings.Contains(err.Error(), h.Dir("/c/cgroup.procs")) {
		t.Errorf("killAll() = %v, want an error that names the file", err)
	}
}

func sleeper(t *testing.T) *exec.Cmd {
	t.Helper()
	process := exec.Command("sleep", "60")
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// Only where the test failed does it still run.
		if process.ProcessState == nil {
			if err := process.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	})
	return process
}

func pidOf(process *exec.Cmd) string { return strconv.Itoa(process.Process.Pid) + "\n" }
