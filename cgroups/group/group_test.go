package group

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// newGroup makes real cgroups of this host, which the test removes.
func newGroup(t testing.TB) *Group {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("it needs root")
	}
	g, err := New(fmt.Sprintf("/mydocker-test-%d/%s", os.Getpid(), strings.ReplaceAll(t.Name(), "/", "-")), "id")
	if err != nil {
		t.Fatal(err)
	}
	if len(g.Dirs) == 0 {
		t.Skip("no cgroup hierarchy is mounted")
	}
	if err := g.Create(); err != nil {
		t.Fatal(err)
	}
	made := slices.Clone(g.made)
	t.Cleanup(func() {
		if err := Open(g.Dirs).Kill(); err != nil {
			t.Error(err)
		}
		if err := Open(g.Dirs).Destroy(); err != nil {
			t.Error(err)
		}
		for _, dir := range slices.Backward(made) { // the parents
			if err := utils.Ignore(unix.Rmdir(dir), unix.ENOENT, unix.EBUSY); err != nil {
				t.Error(dir, err)
			}
		}
	})
	return g
}

// sleeper starts a process that waits, in the group.
func sleeper(t testing.TB, g *Group, command ...string) *exec.Cmd {
	t.Helper()
	if len(command) == 0 {
		command = []string{"sleep", "1000"}
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	if err := g.Join(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	return cmd
}

func pointer[T any](value T) *T { return &value }

func TestLife(t *testing.T) {
	g := newGroup(t)
	limits := &specs.LinuxResources{
		Memory: &specs.LinuxMemory{Limit: pointer[int64](64 << 20), Reservation: pointer[int64](32 << 20)},
		CPU:    &specs.LinuxCPU{Shares: pointer[uint64](512), Quota: pointer[int64](50000), Period: pointer[uint64](100000), Cpus: "0"},
		Pids:   &specs.LinuxPids{Limit: pointer[int64](50)},
	}
	if err := g.Set(limits); err != nil {
		t.Fatal(err)
	}
	cmd := sleeper(t, g)
	g = Open(g.Dirs)
	if pids, err := g.Processes(); err != nil || !slices.Equal(pids, []int{cmd.Process.Pid}) {
		t.Errorf("processes: %v, %v", pids, err)
	}
	if err := g.Destroy(); err == nil {
		t.Error("destroyed with a process in it")
	}
	if err := g.Clear(); err != nil {
		t.Fatal(err)
	}
	if pids, err := g.Processes(); err != nil || len(pids) > 0 {
		t.Errorf("processes: %v, %v", pids, err)
	}
	for name, dir := range g.Dirs {
		if _, err := os.Stat(dir); !os.IsNotExist(err) {
			t.Errorf("%q: %s is still there: %v", name, dir, err)
		}
	}
	if err := g.Destroy(); err != nil {
		t.Errorf("destroyed twice: %v", err)
	}
}

func TestFreeze(t *testing.T) {
	g := newGroup(t)
	cmd := sleeper(t, g)
	for range 2 {
		if frozen, err := g.Frozen(); frozen || err != nil {
			t.Fatal(frozen, err)
		}
		if err := g.Freeze(); err != nil {
			t.Fatal(err)
		}
		if frozen, err := g.Frozen(); !frozen || err != nil {
			t.Fatal(frozen, err)
		}
		if err := g.Thaw(); err != nil {
			t.Fatal(err)
		}
	}
	if err := g.Freeze(); err != nil {
		t.Fatal(err)
	}
	if err := g.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Error(err)
	}
}

// A process that others have taken to a frozen cgroup of theirs ends, too, and one that the container has frozen itself.
func TestKillFrozenElsewhere(t *testing.T) {
	for name, below := range map[string]string{"beside": "-theirs", "below": "/theirs"} {
		t.Run(name, func(t *testing.T) {
			g := newGroup(t)
			own := g.Dirs["freezer"]
			if own == "" {
				t.Skip("the freezer of cgroup v1 is not mounted")
			}
			theirs := own + below
			if err := os.Mkdir(theirs, 0o755); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := os.Remove(theirs); err != nil {
					t.Error(err)
				}
			})
			cmd := sleeper(t, g)
			t.Cleanup(func() { // or nobody could end it
				if err := utils.WriteFile(theirs+"/freezer.state", "THAWED"); err != nil {
					t.Error(err)
				}
			})
			err := errors.Join(utils.WriteFile(theirs+"/cgroup.procs", strconv.Itoa(cmd.Process.Pid)), utils.WriteFile(theirs+"/freezer.state", "FROZEN"))
			if err := errors.Join(err, g.Kill()); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err == nil || cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
				t.Error(err)
			}
		})
	}
}
