package overlay

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
)

// TestFollow has something be mounted between the plan and init's clone.
func TestFollow(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: a mount namespace")
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "later"), 0o755); err != nil {
		t.Fatal(err)
	}
	view, err := Open(&Request{Root: &spec.Root{Dir: dir, Overlay: true, ReadOnly: true}})
	if err != nil {
		t.Fatal(err)
	}
	isLater := func(o wire.Operation) bool { return o.Path == "/later" }
	if slices.ContainsFunc(view.Root, isLater) {
		t.Error("a directory is mounted by itself")
	}
	init := exec.Command("unshare", "-m", "sh", "-c", `mount -t tmpfs none "$0/later" && echo mounted && read -r line`, dir)
	stdin, err := init.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := init.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := init.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Errorf("%q: %v", line, err)
	}
	for _, want := range []bool{true, false} {
		if changed, err := view.Follow(init.Process.Pid); err != nil || changed != want {
			t.Errorf("it is planned anew: %v (%v), want %v", changed, err, want)
		}
		if !slices.ContainsFunc(view.Root, isLater) {
			t.Error("what is mounted is not there")
		}
	}
	if err := stdin.Close(); err != nil {
		t.Error(err)
	}
	_ = init.Wait() // read ends at the end of its input
}
