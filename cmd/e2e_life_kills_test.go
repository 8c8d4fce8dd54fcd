package cmd_test

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/state"
)

// lifeRoundsVar is how many times TestNativeLifeKills and TestNativeLifePairs do everything.
const lifeRoundsVar = "MYDOCKER_LIFE_ROUNDS"

func lifeRounds(t *testing.T) int {
	value := os.Getenv(lifeRoundsVar)
	if value == "" {
		return 1
	}
	rounds, err := strconv.Atoi(value)
	if err != nil {
		t.Fatalf("%s: %v", lifeRoundsVar, err)
	}
	return rounds
}

// lifeVerbs are the commands on a container that is there.
func lifeVerbs() map[string]func(*lifeLab, string) []string {
	return map[string]func(*lifeLab, string) []string{
		"start": verbOn("start"), "stop": verbOn("stop", "-t", "1"), "kill": verbOn("kill"), "restart": verbOn("restart", "-t", "1"),
		"rm -f": verbOn("rm", "-f"), "rm": verbOn("rm"), "pause": verbOn("pause"), "unpause": verbOn("unpause"),
		"rename": func(_ *lifeLab, name string) []string { return []string{"rename", name, name + "x"} },
		"exec":   func(_ *lifeLab, name string) []string { return []string{"exec", name, "true"} },
		"attach": verbOn("attach", "--no-stdin"), "logs -f": verbOn("logs", "-f"), "wait": verbOn("wait"), "inspect": verbOn("inspect"),
	}
}

// TestNativeLifeKills kills the supervisor, the command, both, and the client, at a random moment of
// each command.
func TestNativeLifeKills(t *testing.T) {
	lab := newLifeLab(t)
	verbs := lifeVerbs()
	verbs["run -d"] = nil
	for range lifeRounds(t) {
		for verb, words := range verbs {
			for _, victim := range []string{"supervisor", "command", "both", "client"} {
				t.Run(verb+":"+victim, func(t *testing.T) { lab.with(t).whoMayBeIdle().killDuring(words, victim) })
			}
		}
	}
}

// killDuring begins a command on a container that runs, or its run where there are no words, and kills
// somebody.
func (lab *lifeLab) killDuring(words func(*lifeLab, string) []string, victim string) {
	name := lab.name()
	run := lab.make([]string{"run", "-d"}, name, "sh", "-c", "trap 'exit 0' TERM; echo up; while :; do sleep 0.1; done")
	args := run
	if words != nil {
		lab.must(run...)
		args = words(lab, name)
	}
	before := lab.find(name)
	client := lab.command("", args...)
	if err := client.Start(); err != nil {
		lab.Fatal(err)
	}
	time.Sleep(time.Duration(rand.IntN(20_000)) * time.Microsecond)
	for _, pid := range lab.victims(victim, before, client) {
		if err := unix.Kill(pid, unix.SIGKILL); err != nil && err != unix.ESRCH {
			lab.Error(err)
		}
	}
	ended := lab.awaitClient(client, name)
	if !ended {
		lab.Errorf("%v hangs when the %s was killed", args, victim)
	}
	for _, left := range []string{name, name + "x"} {
		lab.status(left)
		lab.clear(left)
	}
}

// victims are the processes to kill.
func (lab *lifeLab) victims(victim string, l *state.Listed, client *exec.Cmd) (pids []int) {
	if victim == "client" {
		return []int{client.Process.Pid}
	}
	if l == nil { // a run is on its way: whatever there is of it
		for _, pid := range processesWith(lab.mark) {
			if pid != client.Process.Pid && strings.Contains(commandLine(pid), "supervise") == (victim != "command") {
				pids = append(pids, pid)
			}
		}
		return pids
	}
	if victim != "supervisor" {
		pids = append(pids, l.Pid)
	}
	if victim != "command" {
		pids = append(pids, l.Supervisor)
	}
	return pids
}

// awaitClient waits for a command. One that goes on as long as the container does is ended with that.
func (lab *lifeLab) awaitClient(client *exec.Cmd, name string) bool {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = client.Wait() // how it ended is not what is looked at
	}()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		select {
		case <-done:
			return true
		case <-time.After(time.Second):
		}
		for _, renamed := range []string{name, name + "x"} {
			lab.run("", "kill", renamed) // it may have ended, and may be started once more by the other command
		}
	}
	_ = client.Process.Kill() // it is told
	<-done
	return false
}

// TestNativeLifePairs does two things at once with one container, all pairs, once with one that runs and
// once with one that has ended.
func TestNativeLifePairs(t *testing.T) {
	lab := newLifeLab(t)
	verbs := lifeVerbs()
	for range lifeRounds(t) {
		for first, one := range verbs {
			for second, other := range verbs {
				if first > second {
					continue
				}
				t.Run(first+","+second, func(t *testing.T) {
					t.Parallel()
					lab := lab.with(t).whoMayBeIdle()
					lab.both(one, other, "sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done")
					lab.both(one, other, "true")
				})
			}
		}
	}
}

func (lab *lifeLab) both(one, other func(*lifeLab, string) []string, command ...string) {
	name := lab.name()
	lab.must(lab.make([]string{"run", "-d"}, name, command...)...)
	if command[0] == "true" {
		lab.awaitStatus(name, state.StatusExited)
	}
	var ended [2]bool
	var clients sync.WaitGroup
	for i, words := range []func(*lifeLab, string) []string{one, other} {
		clients.Go(func() {
			client := lab.command("", words(lab, name)...)
			if err := client.Start(); err != nil {
				lab.Error(err)
				return
			}
			ended[i] = lab.awaitClient(client, name)
		})
	}
	clients.Wait()
	if !ended[0] || !ended[1] {
		lab.Errorf("%v and %v: one of them hangs: %v", one(lab, name), other(lab, name), ended)
	}
	for _, left := range []string{name, name + "x"} {
		lab.status(left)
		lab.clear(left)
	}
}
