package cmd_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestNativeFaultsOfARoot kills mydocker behind each step of a run with a copy-on-write root,
// and init behind each of its own: no layer and no mount is left, of the killed run or
// by the next.
func TestNativeFaultsOfARoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: PID, mount, network, IPC and UTS namespaces, and cgroups")
	}
	lab := newFaultLab(t)
	defer lab.tell()
	dir := filepath.Dir(lab.marker)
	lab.options = []string{"--overlay", "-v", dir + ":" + dir, "--init"}
	mounts := lab.mounts()
	live := lab.live()
	hostSteps, initSteps := lab.steps()
	sent := false
	for _, step := range hostSteps {
		lab.killHost("after", step)
		lab.noLayer(step)
		sent = sent || step == "send the command"
		lab.failed(fmt.Sprintf("host:after:%s:ENOENT", step), step, unix.ENOENT, sent)
		lab.noLayer(step)
	}
	for _, step := range initSteps {
		if step == "start below a reaper" || step == "execute the command" { // PID 1 waits, its child hangs
			continue
		}
		lab.hang(step, true)
		lab.noLayer(step)
		lab.hang(step, false)
		lab.noLayer(step)
	}
	if err := live.Process.Signal(unix.SIGTERM); err != nil {
		lab.Errorf("end the live container: %v", err)
	}
	if err := live.Wait(); err == nil {
		lab.Errorf("the live container ended well")
	}
	if left := lab.cgroups(); left != 0 {
		lab.Errorf("%d cgroups are left", left)
	}
	if now := lab.mounts(); now != mounts {
		lab.Errorf("the host had %d mounts, and has %d", mounts, now)
	}
}

// noLayer checks that no directory of a run is left: where a run was killed, later ones
// take it away while their command runs.
func (lab *faultLab) noLayer(step string) {
	for end := time.Now().Add(patience); ; {
		entries, err := os.ReadDir(filepath.Join(lab.state, "overlay"))
		if err != nil && !os.IsNotExist(err) {
			lab.Fatal(err)
		}
		if len(entries) == 0 {
			return
		}
		if time.Now().After(end) {
			lab.Errorf("%s: %v is left in the state directory", step, entries)
			return
		}
		if output, err := exec.Command(lab.bin+"/mydocker", lab.run("true")...).CombinedOutput(); err != nil {
			lab.Errorf("%s: a later run: %v, %q", step, err, output)
		}
	}
}

// mounts counts those of the host.
func (lab *faultLab) mounts() int {
	content, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		lab.Fatal(err)
	}
	return bytes.Count(content, []byte("\n"))
}
