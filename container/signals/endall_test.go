package signals

import (
	"errors"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func dirOf(pid int) string { return "/proc/" + strconv.Itoa(pid) }

func sleepers(t *testing.T, count int) []*exec.Cmd {
	t.Helper()
	var all []*exec.Cmd
	for range count {
		c := exec.Command("sleep", "1000")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, c)
	}
	return all
}

// All are stopped, those too that come while it goes on, and get the signal; a
// process that is gone when the next list is made is not touched.
func TestProcesses(t *testing.T) {
	all := sleepers(t, 4)
	first, bystander := all[0].Process.Pid, all[3].Process.Pid
	calls := 0
	list := func() ([]int, error) {
		calls++
		switch calls {
		case 1:
			return []int{first, all[1].Process.Pid, bystander}, nil
		default: // the bystander's pid was somebody else's before
			return []int{first, all[1].Process.Pid, all[2].Process.Pid}, nil
		}
	}
	held := processes{}
	if err := held.hold(first, list, time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	for _, c := range all[1:3] {
		if !eventually(func() bool { return inState(statusOf(dirOf(c.Process.Pid)), "T") }) {
			t.Errorf("%d runs", c.Process.Pid)
		}
	}
	if err := errors.Join(held.signal(unix.SIGUSR1), held.signal(unix.SIGCONT), held.close(len(held.members))); err != nil {
		t.Error(err)
	}
	for _, c := range all[1:3] {
		var ended *exec.ExitError
		if err := c.Wait(); !errors.As(err, &ended) || ended.Sys().(interface{ Signaled() bool }).Signaled() == false {
			t.Errorf("it ended with %v", err)
		}
	}
	for _, c := range []*exec.Cmd{all[0], all[3]} {
		if inState(statusOf(dirOf(c.Process.Pid)), "T") {
			t.Errorf("%d is stopped", c.Process.Pid)
		}
		if err := c.Process.Kill(); err != nil {
			t.Error(err)
		}
		if err := c.Wait(); err == nil {
			t.Error("it was not killed")
		}
	}
}

func eventually(happens func() bool) bool {
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if happens() {
			return true
		}
	}
	return false
}

// A list that never settles is given up at the deadline, one that cannot be had
// at once.
func TestProcessesGivesUp(t *testing.T) {
	all := sleepers(t, 1)
	pid := all[0].Process.Pid
	unsettled := func() ([]int, error) {
		time.Sleep(time.Millisecond)
		return []int{pid, 1 << 30}, nil // no such process, ever new
	}
	held := processes{}
	for range 2 { // each has time for one look at least: that finds it, and the next stops it
		deadline := time.Now().Add(time.Second / 4)
		if err := held.hold(0, unsettled, deadline); err != nil || time.Now().Before(deadline) {
			t.Errorf("it ends %v before its deadline: %v", time.Until(deadline), err)
		}
	}
	if err := errors.Join(held.signal(unix.SIGKILL), held.close(len(held.members))); err != nil {
		t.Error(err)
	}
	if err := all[0].Wait(); err == nil {
		t.Error("it was not killed")
	}
	broken := errors.New("broken")
	if err := (&processes{}).hold(0, func() ([]int, error) { return nil, broken }, time.Now()); !errors.Is(err, broken) {
		t.Error(err)
	}
}
