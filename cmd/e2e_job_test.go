package cmd_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// job is a command that runs beside the script.
type job struct {
	command        *exec.Cmd
	stdout, stderr output
	ended          chan struct{}
	err            error
}

// cmdStart is "start NAME COMMAND...".
func cmdStart(ts *testscript.TestScript, args []string) {
	needs(ts, args, 2, "start NAME COMMAND...")
	h := harnessOf(ts)
	j := &job{command: h.command(ts, direct(ts, args[1:])), ended: make(chan struct{})}
	j.command.Stdout, j.command.Stderr = &j.stdout, &j.stderr
	ts.Check(j.command.Start())
	h.jobs[args[0]] = j
	go func() {
		j.err = j.command.Wait()
		close(j.ended)
	}()
}

// cmdAwait is "await NAME REGEXP": the job's stdout matches before long.
func cmdAwait(ts *testscript.TestScript, args []string) {
	needs(ts, args, 2, "await NAME REGEXP")
	j, pattern := jobOf(ts, args[0]), regexp.MustCompile("(?m)"+args[1])
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if pattern.MatchString(j.stdout.String()) {
			return
		}
	}
	ts.Fatalf("%s printed no %q:\n%s%s", args[0], args[1], j.stdout.String(), j.stderr.String())
}

// cmdBlocked is "blocked NAME": the job has got as far as to wait for something that does not come. All its threads sleep, as they
// do not where it is only the machine that is slow, and not just for a moment.
func cmdBlocked(ts *testscript.TestScript, args []string) {
	needs(ts, args, 1, "blocked NAME")
	pid := jobOf(ts, args[0]).command.Process.Pid
	end, sleeps := time.Now().Add(patience), 0
	for ; sleeps < 20 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if sleeps++; !allSleep(pid) {
			sleeps = 0
		}
	}
	if sleeps < 20 {
		ts.Fatalf("%s does not wait for anything", args[0])
	}
}

// allSleep reports whether all threads of a process sleep (proc_pid_stat(5)).
func allSleep(pid int) bool {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, file := range files {
		stat, readErr := os.ReadFile(file)
		err = errors.Join(err, readErr)
		if !bytes.Contains(stat, []byte(") S ")) {
			return false
		}
	}
	return err == nil && len(files) > 0
}

// cmdSignal is "signal NAME SIGNAL", with SIGNAL as in TERM.
func cmdSignal(ts *testscript.TestScript, args []string) {
	needs(ts, args, 2, "signal NAME SIGNAL")
	ts.Check(jobOf(ts, args[0]).command.Process.Signal(signalNumber(ts, args[1])))
}

// cmdFinish is "finish NAME N": the job ends before long, with exit code N, or
// by a signal where N is the signal's name. Its output is stdout and stderr
// of the script then.
func cmdFinish(ts *testscript.TestScript, args []string) {
	needs(ts, args, 2, "finish NAME N")
	j := jobOf(ts, args[0])
	select {
	case <-j.ended:
	case <-time.After(patience):
		ts.Fatalf("%s does not end", args[0])
	}
	delete(harnessOf(ts).jobs, args[0])
	ts.Check(copyTo(ts.Stdout(), &j.stdout))
	ts.Check(copyTo(ts.Stderr(), &j.stderr))
	if args[1] == "KILL" {
		if j.command.ProcessState.String() != "signal: killed" {
			ts.Fatalf("%s was not killed: %v", args[0], j.command.ProcessState)
		}
		return
	}
	expectStatus(ts, args[1], j.err)
}

func jobOf(ts *testscript.TestScript, name string) *job {
	j := harnessOf(ts).jobs[name]
	if j == nil {
		ts.Fatalf("no job is called %s", name)
	}
	return j
}

// output collects what a program prints while others look at it.
type output struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.buffer.Write(p)
}

func (o *output) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.buffer.String()
}

func copyTo(w io.Writer, o *output) error {
	_, err := io.WriteString(w, o.String())
	return err
}
