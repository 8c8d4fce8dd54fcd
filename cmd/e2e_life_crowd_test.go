package cmd_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

// TestNativeLifeCrowd has 20 clients start and remove containers all the time: a round are 40 of
// them. Each container ends with a status of its own, which has to be in its record.
func TestNativeLifeCrowd(t *testing.T) {
	lab := newLifeLab(t)
	const clients = 20
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() {
			for round := range 2 * lifeRounds(t) {
				lab.oneOfCrowd(client, round)
			}
		})
	}
	all.Wait()
	if left, err := state.List(lab.state); err != nil || len(left) > 0 {
		t.Errorf("%d containers are left: %v", len(left), err)
	}
}

func (lab *lifeLab) oneOfCrowd(client, round int) {
	name, want := lab.name(), 1+(client*7+round)%100
	lab.must(lab.make([]string{"run", "-d"}, name, "sh", "-c", fmt.Sprintf("trap 'exit %d' TERM; echo up; while :; do sleep 0.05; done", want))...)
	if round%2 == 0 {
		lab.awaitLog(name, "up\n") // it has its trap
		lab.must("stop", name)
	} else {
		want = detached.CodeKilled
		lab.must("kill", name)
	}
	if code := strings.TrimSpace(lab.must("wait", name)); code != fmt.Sprint(want) {
		lab.Errorf("%s ended with %s, want %d", name, code, want)
	}
	id := lab.find(name).ID
	lab.must("rm", name)
	lab.checkNothingLeft(name, id)
}

// awaitLog waits until the log of a container begins with a text.
func (lab *lifeLab) awaitLog(name, want string) {
	lab.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		log := lab.must("logs", name)
		if strings.HasPrefix(log, want) {
			return
		}
		if time.Now().After(end) {
			lab.Fatalf("%s has the log %q", name, log)
		}
	}
}

// TestNativeLifeRestarts has containers with a restart policy fail at once, all of them at the same
// time: a round are 20. Each has one supervisor all the while, which waits twice as long each time; half of them
// end by one stop, and all go by one rm -f.
func TestNativeLifeRestarts(t *testing.T) {
	lab := newLifeLab(t)
	var names []string
	var all sync.WaitGroup
	began := time.Now()
	for range 20 * lifeRounds(t) {
		name := lab.name()
		names = append(names, name)
		all.Go(func() { lab.must(lab.make([]string{"run", "-d", "--restart", "always"}, name, "false")...) })
	}
	all.Wait()
	ids := map[string]string{}
	for _, name := range names {
		ids[name] = lab.awaitRestarts(name, 4).ID
	}
	var cpu time.Duration
	for _, name := range names {
		l := lab.find(name)
		if delay := 100 * time.Millisecond << max(l.Restarts-1, 0); l.Delay != delay && l.Delay != 2*delay {
			t.Errorf("%s was started again %d times, and waits for %v", name, l.Restarts, l.Delay)
		}
		cpu += cpuOf(l.Supervisor)
	}
	t.Logf("%d containers, for %.0f s: %.2f s of CPU time", len(names), time.Since(began).Seconds(), cpu.Seconds())
	half := names[:len(names)/2]
	lab.must(append([]string{"stop"}, half...)...)
	for _, name := range half {
		if status := lab.status(name); status != "exited (1)" {
			t.Errorf("behind stop %s is %s", name, status)
		}
	}
	lab.must(append([]string{"rm", "-f"}, names...)...)
	for name, id := range ids {
		lab.checkNothingLeft(name, id)
	}
}

// awaitRestarts waits until a container was started again so many times. It may have one supervisor.
func (lab *lifeLab) awaitRestarts(name string, want int) *state.Listed {
	lab.Helper()
	for end := time.Now().Add(10 * patience); ; time.Sleep(20 * time.Millisecond) {
		l := lab.find(name)
		if supervisors := lab.supervisors(l.ID); len(supervisors) > 1 {
			lab.Errorf("%s has the supervisors %d", name, supervisors)
		}
		if l.Restarts >= want {
			return l
		}
		if time.Now().After(end) {
			lab.Fatalf("%s was started again %d times: %+v", name, l.Restarts, l.Life)
		}
	}
}

// cpuOf is the CPU time of a process and of its children that have ended (proc_pid_stat(5)), 0 if it is gone.
func cpuOf(pid int) (used time.Duration) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, found := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if err != nil || !found || len(fields) < 15 {
		return 0
	}
	for _, field := range fields[11:15] {
		if ticks, err := strconv.Atoi(field); err == nil {
			used += time.Duration(ticks) * 10 * time.Millisecond
		}
	}
	return used
}

// TestNativeLifeRestartFails has the policy try to start what cannot be started any more: that goes
// on, with its delays, and whoever asks for the end is heard meanwhile.
func TestNativeLifeRestartFails(t *testing.T) {
	lab := newLifeLab(t)
	root := t.TempDir()
	if output, err := exec.Command("sh", "-c", `printf '#!/bin/sh\n' >"$0/run" && chmod 755 "$0/run"`, root).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, verb := range [][]string{{"stop"}, {"rm", "-f"}} {
		name := lab.name()
		lab.must(lab.make([]string{"run", "-d", "--restart", "always", "-v", root + ":/mnt"}, name, "/mnt/run", "true")...)
		if err := os.Rename(root+"/run", root+"/gone"); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(patience); lab.find(name).Error == ""; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("it does not fail: %+v", lab.find(name).Life)
			}
		}
		lab.must(append(verb, name)...)
		if l := lab.find(name); l != nil && l.Now() != state.StatusExited {
			t.Errorf("behind %v it is %s", verb, l.Now())
		}
		lab.clear(name)
		if err := os.Rename(root+"/gone", root+"/run"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNativeLifeFullDisk fills the disk under a container that runs: it goes on, and how it ends is
// known. Nothing is started meanwhile.
func TestNativeLifeFullDisk(t *testing.T) {
	lab := newLifeLab(t)
	lab.state = t.TempDir()
	if err := unix.Mount("life", lab.state, "tmpfs", 0, "size=2m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(lab.state, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	name, other := lab.name(), lab.name()
	const command = "trap 'exit 7' TERM; echo up; while :; do echo more; sleep 0.01; done"
	lab.must(lab.makeOnHost(name, "sh", "-c", command)...)
	lab.awaitLog(name, "up\n")
	filler := filepath.Join(lab.state, "filler")
	lab.fill(filler)
	output, err := lab.run("", lab.makeOnHost(other, "true")...)
	if err == nil || strings.Count(output, "\n") != 1 || lab.find(other) != nil {
		t.Errorf("on a full disk another one is started: %v %q", err, output)
	}
	time.Sleep(100 * time.Millisecond) // it goes on to write
	lab.must("stop", name)
	if status := lab.status(name); status != "exited (7)" {
		t.Errorf("on a full disk it is %s", status)
	}
	if err := os.Remove(filler); err != nil {
		t.Error(err)
	}
	lab.must("start", name)
	lab.clear(name)
}

// makeOnHost are the arguments of a run -d on the host's root: an overlay would not be put on a tmpfs.
func (lab *lifeLab) makeOnHost(name string, command ...string) []string {
	return append([]string{"run", "-d", "--name", name, "--cgroup-parent", lab.parent}, command...)
}

// fill writes a file until there is no room.
func (lab *lifeLab) fill(path string) {
	file, err := os.Create(path)
	if utils.IsFull(err) {
		return
	}
	if err != nil {
		lab.Fatal(err)
	}
	for size := 64 << 10; size > 0 && err == nil; {
		if _, err = file.Write(make([]byte, size)); utils.IsFull(err) {
			size, err = size/2, nil
		}
	}
	if err := errors.Join(err, file.Close()); err != nil {
		lab.Fatal(err)
	}
}
