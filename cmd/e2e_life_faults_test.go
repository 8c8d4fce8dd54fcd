package cmd_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/container/state"
)

// lifeFault is a step in which something goes wrong, and what leads there: who is told of the fault,
// by its environment, is the command act, or prepare where that is not nil.
type lifeFault struct {
	verb, step string
	// prepare are options and command of the container that is there before: nil for none.
	prepare []string
	// armed has the supervisor of that container have the fault, and not the command.
	armed bool
	// idle has that supervisor give its memory back before the command comes, if one does.
	idle bool
	// waits says that act waits for the end of the container, which is brought about meanwhile.
	waits bool
	// ends says in which cases the container ends: "" for none, else a word of the fault that is there,
	// or "always"; not, if it has that.
	ends, not string
	act       func(lab *lifeLab, name string) []string
}

// verb is a command on a container by its name.
func verbOn(words ...string) func(*lifeLab, string) []string {
	return func(_ *lifeLab, name string) []string { return append(append([]string(nil), words...), name) }
}

// making is a run or a create.
func making(verb []string, command ...string) func(*lifeLab, string) []string {
	return func(lab *lifeLab, name string) []string { return lab.make(verb, name, command...) }
}

// TestNativeLifeFaults kills whoever does a step of a container's life, before it and after it, and has
// the step fail. Whatever happens, what is said to run does, with one supervisor; of what does not run
// no process is there; and "rm -f" removes all. It prints what came out as a table, and
// docs/supervisor.md has to have it.
func TestNativeLifeFaults(t *testing.T) {
	lab := newLifeLab(t)
	table := &strings.Builder{}
	fmt.Fprintf(table, "| what is done | step | killed before it | killed after it | it fails | it fails when it is done |\n|---|---|---|---|---|---|\n")
	for _, f := range lifeFaults(lab) {
		fmt.Fprintf(table, "| %s | %s |", f.verb, f.step)
		for _, what := range []string{"KILL", "ENOSPC"} {
			for _, when := range []string{"before", "after"} {
				fault := "host:" + when + ":" + f.step + ":" + what
				t.Run(f.verb+":"+fault, func(t *testing.T) { fmt.Fprintf(table, " %s |", lab.with(t).try(&f, fault)) })
			}
		}
		fmt.Fprintln(table)
	}
	t.Logf("\n%s", table)
	document, err := os.ReadFile("../docs/supervisor.md")
	if err != nil {
		t.Fatal(err)
	}
	for row := range strings.Lines(table.String()) {
		if !strings.Contains(string(document), row) {
			t.Errorf("docs/supervisor.md has no row %s", row)
		}
	}
}

// try has a step go wrong, and returns what becomes of the container.
func (lab *lifeLab) try(f *lifeFault, fault string) string {
	name, early := lab.name(), ""
	if f.armed {
		early = fault
	}
	if f.idle {
		lab.idle = "1ms"
	}
	if f.prepare != nil {
		lab.run(early, lab.make([]string{"run", "-d"}, name, f.prepare...)...) // what came of it is looked at below
	}
	if f.idle && f.act != nil {
		lab.awaitIdle(name)
	}
	late := fault
	if f.armed {
		late = ""
	}
	output, said := "", error(nil)
	switch {
	case f.waits:
		output, said = lab.runWaiting(name, fault, late, f.act(lab, name)...)
	case f.act != nil:
		output, said = lab.run(late, f.act(lab, name)...)
	}
	killed := strings.HasSuffix(fault, "KILL")
	if !killed && !f.armed && said != nil && strings.Count(output, "\n") != 1 {
		lab.Errorf("it says %q", output)
	}
	lab.fired(f, fault, said)
	if lab.find(name) == nil && lab.find(name+"x") != nil {
		name += "x"
	}
	if f.ends == "always" && (f.not == "" || !strings.Contains(fault, f.not)) || f.ends != "" && strings.Contains(fault, f.ends) {
		lab.awaitEnd(name)
	}
	if f.verb == "exec" {
		lab.awaitTrue("the command of exec ends with that", func() bool { return !lab.runsExec(name) })
	}
	status := lab.status(name)
	lab.must("ps", "-a")
	if f.armed && !killed { // it goes on failing
		lab.orphan(name)
	}
	lab.clear(name)
	return status
}

// exitsAsked is a command that ends with the status 3 when it is asked to.
func exitsAsked() []string {
	return []string{"sh", "-c", "trap 'exit 3' TERM; echo up; while :; do sleep 0.1; done"}
}

// runWaiting runs what waits for the end of a container (exitsAsked), and ends that: when it has asked, or, where it does not get
// as far as to wait, when it has given up.
func (lab *lifeLab) runWaiting(name, fault, late string, args ...string) (output string, said error) {
	lab.awaitLog(name, "up\n")
	end := func() {
		if l := lab.find(name); l.Now() == state.StatusRunning {
			if err := unix.Kill(l.Pid, unix.SIGTERM); err != nil && err != unix.ESRCH {
				lab.Error(err)
			}
		}
	}
	if strings.Contains(fault, "before:") {
		output, said = lab.run(late, args...)
		end()
		return output, said
	}
	return lab.runWhile(late, func(client *exec.Cmd) {
		lab.awaitAsked(client)
		end()
	}, args...)
}

// execSeconds is how long the command of exec sleeps.
const execSeconds = "2000"

// runsExec reports whether the command of exec is in a container.
func (lab *lifeLab) runsExec(name string) bool {
	return slices.ContainsFunc(lab.processes(lab.find(name).ID), func(line string) bool { return strings.Contains(line, execSeconds) })
}

// fired checks that a fault was met: a command that had one cannot have succeeded.
func (lab *lifeLab) fired(f *lifeFault, fault string, said error) {
	status, is := statusOf(said)
	switch {
	case f.armed:
	case said == nil && (f.verb == "exec" || !lab.quiet(f.step)):
		lab.Errorf("%s %s: it succeeds", f.verb, fault)
	case is && status.Signaled() && status.Signal() != unix.SIGKILL:
		lab.Errorf("%s %s: %v", f.verb, fault, said)
	}
}

// quiet are the steps that come when the command that started the container has its answer, or whose
// failure is no reason to end it.
func (lab *lifeLab) quiet(step string) bool {
	return slices.Contains([]string{"ask the supervisor", "await the command", "record the start", "record the end", "remove the container"}, step)
}

// lifeFaults are all steps of a container's life.
func lifeFaults(lab *lifeLab) (all []lifeFault) {
	run := making([]string{"run", "-d"}, "sleep", "1000")
	for _, step := range []string{"make the container's directory", "write the spec", "execute the supervisor", "hand the container over", "await the start"} {
		all = append(all, lifeFault{verb: "run -d", step: step, act: run})
	}
	for _, step := range lab.startSteps() {
		f := lifeFault{verb: "run -d", step: step, act: run}
		if step == "await the command" {
			f.ends = "after"
		}
		all = append(all, f)
	}
	for _, end := range []struct {
		verb, step string
		verbOf     []string
	}{
		{"the command ends", "record the end", []string{"run", "-d"}},
		{"the command ends (--rm)", "record the end", []string{"run", "-d", "--rm"}},
		{"the command ends (--rm)", "remove the container", []string{"run", "-d", "--rm"}},
	} {
		all = append(all, lifeFault{verb: end.verb, step: end.step, act: making(end.verbOf, "sh", "-c", "exit 3"), ends: "always"})
	}
	sleeps := []string{"sleep", "1000"}
	for _, on := range []struct {
		verb, op, asked, ends, not string
		words                      []string
	}{
		{"stop", "stop", "after", "always", "before:supervisor stop:ENOSPC", []string{"stop", "-t", "1"}},
		{"kill", "kill", "after", "always", "before:supervisor kill:ENOSPC", []string{"kill"}},
		{"restart", "stop", "after", "after:supervisor stop:ENOSPC", "", []string{"restart", "-t", "1"}},
		{"rm -f", "remove", "after", "always", "before:supervisor remove:ENOSPC", []string{"rm", "-f"}},
		{"pause", "pause", "", "KILL", "", []string{"pause"}},
		{"start", "start", "", "", "", []string{"start"}},
	} {
		all = append(all, lifeFault{verb: on.verb, step: "ask the supervisor", prepare: sleeps, act: verbOn(on.words...), ends: on.asked})
		all = append(all, lifeFault{verb: on.verb, step: "supervisor " + on.op, prepare: sleeps, armed: true, act: verbOn(on.words...), ends: on.ends, not: on.not})
	}
	all = append(all, lifeFault{verb: "pause", step: "freeze the processes", prepare: sleeps, armed: true, act: verbOn("pause"), ends: "KILL"})
	unpause := func(lab *lifeLab, name string) []string {
		lab.must("pause", name)
		return []string{"unpause", name}
	}
	all = append(all, lifeFault{verb: "unpause", step: "thaw the processes", prepare: sleeps, armed: true, act: unpause, ends: "KILL"})
	all = append(all, sessionFaults(sleeps)...)
	rename := func(lab *lifeLab, name string) []string { return []string{"rename", name, name + "x"} }
	all = append(all, lifeFault{verb: "rename", step: "supervisor rename", prepare: sleeps, armed: true, act: rename, ends: "KILL"})
	for _, step := range []string{"read what was handed over", "take the cgroups over", "take the streams over", "take the command over", "take the limits on time over"} {
		all = append(all, lifeFault{verb: "wake an idle one", step: step, prepare: sleeps, armed: true, idle: true, act: verbOn("kill", "-s", "WINCH"), ends: "always"})
	}
	checked := append([]string{"--health-cmd", "true", "--health-interval", "200ms"}, sleeps...)
	return append(all, lifeFault{verb: "an idle one wakes for a check", step: "take the command over", prepare: checked, armed: true, idle: true, ends: "always"})
}

// awaitIdle waits until a supervisor has given its memory back: nothing else of mydocker's has a
// single thread.
func (lab *lifeLab) awaitIdle(name string) {
	lab.Helper()
	l := lab.awaitStatus(name, state.StatusRunning)
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", l.Supervisor))
		if err == nil && strings.Contains(string(status), "\nThreads:\t1\n") {
			return
		}
		if err != nil || time.Now().After(end) {
			lab.Fatalf("the supervisor of %s does not become idle: %v", name, err)
		}
	}
}

// sessionFaults are the steps of what is done with a container that goes on.
func sessionFaults(sleeps []string) (all []lifeFault) {
	for _, step := range lifecycle.Steps()["exec"] {
		all = append(all, lifeFault{verb: "exec", step: step, prepare: sleeps, act: func(_ *lifeLab, name string) []string {
			return []string{"exec", name, "sleep", execSeconds}
		}})
	}
	update := func(_ *lifeLab, name string) []string {
		return []string{"update", "-m", "64m", "--restart", "on-failure", name}
	}
	for _, on := range []struct {
		op, ends string
		prepare  []string
		act      func(*lifeLab, string) []string
	}{
		{"attach", "KILL", sleeps, verbOn("attach", "--no-stdin")},
		{"wait", "always", exitsAsked(), verbOn("wait")},
		{"update", "KILL", sleeps, update},
	} {
		asked := on.ends
		if asked == "KILL" {
			asked = ""
		}
		waits := on.op == "wait"
		all = append(all, lifeFault{verb: on.op, step: "ask the supervisor", prepare: on.prepare, waits: waits, act: on.act, ends: asked})
		all = append(all, lifeFault{verb: on.op, step: "supervisor " + on.op, prepare: on.prepare, waits: waits, armed: true, act: on.act, ends: on.ends})
	}
	return append(all, lifeFault{verb: "logs", step: "read the log", prepare: sleeps, act: verbOn("logs")})
}

// startSteps are the steps of a supervisor from its own start to that of the command.
func (lab *lifeLab) startSteps() []string {
	steps := []string{"adopt the container", "listen for commands", "keep room for the end", "read the spec", "open the log", "open the supervisor's streams"}
	steps = append(steps, engineSteps(lab)...)
	return append(steps, "record the start")
}

// engineSteps asks mydocker for the names of the engine's steps.
func engineSteps(lab *lifeLab) (steps []string) {
	log := lab.must("--debug", "run", "--cgroup-parent", lab.parent, "true")
	for line := range strings.Lines(log) {
		name, is := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "mydocker: debug: ")
		if is && !strings.Contains(name, "operand=") {
			steps = append(steps, name)
		}
		if name == "await the command" { // the container runs
			return steps
		}
	}
	lab.Fatalf("too few steps:\n%s", log)
	return nil
}

// awaitStatus waits until a container is what it is to be.
func (lab *lifeLab) awaitStatus(name string, want state.Status) *state.Listed {
	lab.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		l := lab.find(name)
		if l != nil && l.Now() == want {
			return l
		}
		if time.Now().After(end) {
			lab.Fatalf("%s does not become %s: %+v", name, want, l)
		}
	}
}
