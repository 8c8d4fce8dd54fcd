package cmd_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// stressVar makes TestStress longer: it is the time for each of its two
	// forms, such as 5m (and go test -timeout has to be longer then).
	stressVar      = "MYDOCKER_STRESS"
	stressTime     = 2 * time.Second
	stressCreators = 20
	// fewCreators are enough for the guests of scripts/vm.sh, where what was killed
	// would have to wait too long for the CPU to end.
	fewCreators = 8
	stressKills = 5 // a second
	// stressMark is in the environment of all that a stress starts.
	stressMark = "MYDOCKER_STRESS_MARK"
	// fewRuns is how many undisturbed runs may come before all is cleared. One
	// is enough where nobody else's containers live below the same parent.
	fewRuns = 5
)

// stressCommands are short, so that most of the kills hit a run at its start or
// its end, where it has something to lose.
var stressCommands = []struct {
	status int
	args   []string
}{
	{0, []string{"true"}},
	{7, []string{"sh", "-c", "exit 7"}},
	{0, []string{"sleep", "0.3"}},
	{3, []string{"sh", "-c", "sleep 60 & sleep 60 & exit 3"}},
	{4, []string{"sh", "-c", "setsid sleep 60 & (exit 0) & sleep 0.05; exit 4"}},
	{127, []string{"no-such-program"}},
}

// TestStress starts containers below one cgroup parent from many processes at
// once, and kills mydockers all the while. Whatever a run finds of the others,
// it ends with the status of its command: a container that is just being created
// is never taken for the leftover of a killed run. Of the killed ones nothing
// runs on, and the next runs clear what they left.
func TestStress(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: PID, mount, network, IPC and UTS namespaces, and cgroups")
	}
	duration := stressTime
	if value := os.Getenv(stressVar); value != "" {
		var err error
		if duration, err = time.ParseDuration(value); err != nil {
			t.Fatalf("%s: %v", stressVar, err)
		}
	}
	host, err := findHierarchies(controllers...)
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(buildBinary(t), "mydocker")
	parent := fmt.Sprintf("/mydocker-test-stress-%d", os.Getpid())
	t.Run("parent of its own", func(t *testing.T) {
		s := newStress(t, binary, "--cgroup-parent", parent)
		s.run(duration)
		s.checkCleared(func() []string { return existing(host, parent) })
		for _, dir := range existing(host, parent) {
			for _, child := range append(cgroupsBelow(t, dir), dir) {
				removeCgroup(t, child)
			}
		}
	})
	t.Run("default parent", func(t *testing.T) {
		s := newStress(t, binary)
		s.run(duration)
		// Others may have containers there: theirs are locked.
		s.checkCleared(func() []string { return abandoned(t, host) })
	})
}

// stress is a crowd of runs and what has become of them.
type stress struct {
	t    *testing.T
	argv []string
	mark string // stressMark=...

	mutex   sync.Mutex
	live    []*stressRun
	runs    int
	killed  int
	slowest time.Duration // from a kill to the end of all that the run started
}

// stressRun is one run of mydocker.
type stressRun struct {
	command  *exec.Cmd
	output   bytes.Buffer
	want     int
	killedAt time.Time // where it was killed
}

func newStress(t *testing.T, binary string, flags ...string) *stress {
	return &stress{
		t:    t,
		argv: append([]string{binary, "run"}, flags...),
		mark: fmt.Sprintf("%s=%d-%s", stressMark, os.Getpid(), t.Name()),
	}
}

// run lets the creators and the killer work for a time.
func (s *stress) run(duration time.Duration) {
	end := time.Now().Add(duration)
	var creators sync.WaitGroup
	count := stressCreators
	if testing.Short() {
		count = fewCreators
	}
	for range count {
		creators.Go(func() {
			for s.goesOn(end) {
				s.runOne(true)
			}
		})
	}
	kills := time.NewTicker(time.Second / stressKills)
	defer kills.Stop()
	for s.goesOn(end) {
		<-kills.C
		// Else it would be in step with the runs.
		time.Sleep(rand.N(time.Second / stressKills / 2))
		s.killOne()
	}
	creators.Wait()
	if left := s.processes(); len(left) > 0 {
		s.t.Errorf("processes are left: %q", left)
	}
	s.t.Logf("%d runs, %d of them killed; all of a killed one was gone after at most %v",
		s.runs, s.killed, s.slowest.Round(time.Millisecond))
}

// goesOn reports whether there is still something to do: until the end, and until a run
// was killed, however slow the machine is.
func (s *stress) goesOn(end time.Time) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return (time.Now().Before(end) || s.killed == 0) && !s.t.Failed()
}

// runOne runs one container and checks how it ends; one that may be killed is
// in the list for killOne.
func (s *stress) runOne(mayBeKilled bool) {
	kind := stressCommands[rand.N(len(stressCommands))]
	r := &stressRun{command: exec.Command(s.argv[0], append(s.argv[1:len(s.argv):len(s.argv)], kind.args...)...), want: kind.status}
	r.command.Env = append(os.Environ(), s.mark)
	// Wait waits for the end of these pipes, so until nothing that the run
	// started has them open any more. After a kill that takes some milliseconds;
	// on a machine with too much to do it takes what CPU time the container's
	// cgroup gets to die with.
	r.command.Stdout, r.command.Stderr = &r.output, &r.output
	r.command.WaitDelay = patience / 2
	if err := r.command.Start(); err != nil {
		s.t.Error(err)
		return
	}
	if mayBeKilled {
		s.mutex.Lock()
		s.live = append(s.live, r)
		s.mutex.Unlock()
	}
	err := r.command.Wait()
	ended := time.Now()

	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.live = slices.DeleteFunc(s.live, func(other *stressRun) bool { return other == r })
	s.runs++
	if !r.killedAt.IsZero() && r.command.ProcessState.String() == "signal: killed" {
		s.killed++
		took := ended.Sub(r.killedAt)
		s.slowest = max(s.slowest, took)
		if errors.Is(err, exec.ErrWaitDelay) {
			s.t.Errorf("%q was killed, and something of it runs on after %v", kind.args, took)
		}
		return
	}
	r.check(s.t, kind.args)
}

// check tells whether a run that was not killed ended as its command did, with
// no word on stderr but where the command cannot be run.
func (r *stressRun) check(t *testing.T, args []string) {
	code, said := r.command.ProcessState.ExitCode(), r.output.String()
	if code != r.want || (said != "") != (code == 127) {
		t.Errorf("%q ended with status %d, want %d, and said %q", args, code, r.want, said)
	}
}

// killOne kills the mydocker of a run, if there is one just then.
func (s *stress) killOne() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	candidates := slices.DeleteFunc(slices.Clone(s.live), func(r *stressRun) bool { return !r.killedAt.IsZero() })
	if len(candidates) == 0 {
		return
	}
	r := candidates[rand.N(len(candidates))]
	r.killedAt = time.Now()
	if err := r.command.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.t.Error(err)
	}
}

// processes lists what of the stress still runs.
func (s *stress) processes() []string {
	var left []string
	for _, pid := range processesWith(s.mark) {
		command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err == nil {
			left = append(left, fmt.Sprintf("%d: %s", pid, strings.ReplaceAll(string(command), "\x00", " ")))
		}
	}
	return left
}

// makingTime is longer than a cgroup that nobody has locked yet is taken for one that is
// just being made (see package cgroups).
const makingTime = 11 * time.Second

// checkCleared runs a few more containers, after which nothing may be left. What a
// run has left that was killed between the making of a cgroup and its lock goes later.
func (s *stress) checkCleared(left func() []string) {
	before := left()
	for runs := 1; runs <= 2*fewRuns; runs++ {
		s.runOne(false)
		if len(left()) == 0 {
			s.t.Logf("%d cgroups were left; %d runs cleared them", len(before), runs)
			return
		}
		if runs == fewRuns {
			time.Sleep(makingTime)
		}
	}
	s.t.Errorf("after %d more runs these are left of %q: %q", 2*fewRuns, before, left())
}

// existing lists the directories of a cgroup in all trees.
func existing(host layout, cgroup string) []string {
	var dirs []string
	for _, tree := range host.trees() {
		if _, err := os.Stat(tree + cgroup); err == nil {
			dirs = append(dirs, tree+cgroup)
		}
	}
	return dirs
}

// abandoned lists the containers below default parents that no mydocker has locked.
func abandoned(t *testing.T, host layout) []string {
	var dirs []string
	for _, tree := range host.trees() {
		var files []string
		// The parent is below the test's own cgroup. Beside it cgroups come and go.
		err := filepath.WalkDir(tree, func(file string, entry fs.DirEntry, err error) error {
			isLock := entry.Name() == "notify_on_release" || entry.Name() == "cgroup.subtree_control"
			if err == nil && isLock && filepath.Base(filepath.Dir(filepath.Dir(file))) == "mydocker" {
				files = append(files, file)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		for _, file := range files {
			if stat, err := os.Stat(file); err != nil || stat.Mode() != 0o600 {
				continue // nobody has ever locked it
			}
			if f, err := os.Open(file); err == nil {
				if unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB) == nil {
					dirs = append(dirs, filepath.Dir(file))
				}
				if err := f.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	}
	return dirs
}
