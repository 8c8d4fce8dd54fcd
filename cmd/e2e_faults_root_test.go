package cmd_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/state"
)

// TestNativeFaultsOfARoot kills mydocker behind each step of a run with a copy-on-write root,
// and init behind each of its own: no layer and no mount is left, of the killed run or
// by the next.
func TestNativeFaultsOfARoot(t *testing.T) {
	lab := newRootFaultLab(t)
	defer lab.tell()
	dir := filepath.Dir(lab.marker)
	lab.options = []string{"--overlay", "-v", dir + ":" + dir, "--init"}
	lab.everywhere()
}

// TestNativeFaultsOfAnImage does the same with an image, which stays whole and is not in use
// afterwards.
func TestNativeFaultsOfAnImage(t *testing.T) {
	lab := newRootFaultLab(t)
	defer lab.tell()
	lab.importImage("faults")
	dir := filepath.Dir(lab.marker)
	options := []string{"--image", "faults", "-v", dir + ":" + dir, "-e", "RAN=" + lab.marker, "-e", "MYDOCKER_FAULT", "--init"}
	lab.options = options
	lab.everywhere()

	lab.options = append(options, "--rm=false")
	hostSteps, _ := lab.steps()
	lab.removeKept()
	sent := false
	for _, step := range hostSteps {
		sent = sent || step == "send the command"
		if step == "await the command" {
			break // the start has been told of by then: the rest is in the record, see TestNativeLifeFaults
		}
		lab.failed(fmt.Sprintf("host:after:%s:ENOENT", step), step, unix.ENOENT, sent)
		if kept := lab.removeKept(); !sent && kept > 0 {
			lab.Errorf("%s: a container whose command never ran is kept", step)
		}
	}
	lab.mydocker("system", "check")
	lab.mydocker("rmi", "faults")
}

// removeKept removes the containers that were kept, none of which runs, and tells how many
// there were.
func (lab *faultLab) removeKept() int {
	kept, err := state.List(lab.state)
	if err != nil {
		lab.Fatal(err)
	}
	for _, container := range kept {
		if container.Running {
			lab.Errorf("%s seems to run", container.ID)
		}
		if err := os.RemoveAll(container.Path); err != nil {
			lab.Fatal(err)
		}
	}
	return len(kept)
}

func newRootFaultLab(t *testing.T) *faultLab {
	if os.Geteuid() != 0 {
		t.Skip("needs root: PID, mount, network, IPC and UTS namespaces, and cgroups")
	}
	return newFaultLab(t)
}

// mydocker runs another command of mydocker.
func (lab *faultLab) mydocker(args ...string) string {
	output, err := exec.Command(lab.bin+"/mydocker", args...).CombinedOutput()
	if err != nil {
		lab.Errorf("mydocker %s: %v, %s", strings.Join(args, " "), err, output)
	}
	return string(output)
}

// importImage makes an image of busybox, with a volume.
func (lab *faultLab) importImage(name string) {
	program, err := exec.LookPath("busybox")
	if err != nil {
		lab.Fatal("busybox is missing: apt-get install busybox-static")
	}
	root := lab.TempDir()
	content, err := os.ReadFile(program)
	if err == nil {
		err = os.Mkdir(filepath.Join(root, "bin"), 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(root, "bin/busybox"), content, 0o755)
	}
	for _, applet := range []string{"sh", "true", "sleep"} {
		err = errors.Join(err, os.Symlink("busybox", filepath.Join(root, "bin", applet)))
	}
	if err != nil {
		lab.Fatal(err)
	}
	archive := filepath.Join(lab.TempDir(), "root.tar")
	if output, err := exec.Command("tar", "-C", root, "-cf", archive, ".").CombinedOutput(); err != nil {
		lab.Fatalf("tar: %v, %s", err, output)
	}
	lab.mydocker("import", "--change", "VOLUME /volume", archive, name)
}

// everywhere lets something go wrong behind each step.
func (lab *faultLab) everywhere() {
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
