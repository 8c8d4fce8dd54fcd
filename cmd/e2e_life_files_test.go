package cmd_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// withFiles is a command that may have so many files open.
func (lab *lifeLab) withFiles(limit int, args ...string) *exec.Cmd {
	cmd := lab.command("", args...)
	cmd.Args = append([]string{"sh", "-c", fmt.Sprintf(`ulimit -n %d; exec "$@"`, limit), "sh", lab.program}, args...)
	cmd.Path = "/bin/sh"
	return cmd
}

// TestNativeLifeFewFiles runs with few descriptors: a container starts, or one line says why not, and
// nothing is left.
func TestNativeLifeFewFiles(t *testing.T) {
	lab := newLifeLab(t)
	started := 0
	for limit := 4; limit <= 64; limit += 4 {
		name := lab.name()
		output, err := lab.withFiles(limit, lab.make([]string{"run", "-d"}, name, "sleep", "1000")...).CombinedOutput()
		if err == nil {
			started++
			if status := lab.status(name); status != "running" {
				t.Errorf("with %d descriptors it is %s", limit, status)
			}
		} else if strings.Count(string(output), "\n") > 2 {
			t.Errorf("with %d descriptors: %v %q", limit, err, output)
		}
		lab.clear(name)
	}
	if started == 0 {
		t.Error("nothing starts with 64 descriptors")
	}
}

// TestNativeLifeFewFilesOfClients has commands on a container that runs with few descriptors: each does what it is for,
// or says one line. The container goes on.
func TestNativeLifeFewFilesOfClients(t *testing.T) {
	lab := newLifeLab(t)
	name := lab.name()
	lab.must(lab.make([]string{"run", "-d"}, name, "sh", "-c", "echo up; exec sleep 1000")...)
	lab.awaitLog(name, "up\n")
	for _, args := range [][]string{
		{"exec", name, "true"}, {"logs", name}, {"ps"}, {"inspect", "-f", "{{.Name}}", name}, {"pause", name}, {"unpause", name}, {"kill", "-s", "CONT", name},
		{"update", "--restart", "no", name}, {"top", name}, {"rename", name, name},
	} {
		for limit := 4; limit <= 32; limit += 4 {
			output, err := lab.withFiles(limit, args...).CombinedOutput()
			if err != nil && strings.Count(string(output), "\n") != 1 {
				t.Errorf("%v with %d descriptors: %v %.300q", args, limit, err, output)
			}
		}
	}
	lab.run("", "unpause", name)
	if status := lab.status(name); status != "running" {
		t.Errorf("it is %s", status)
	}
	lab.clear(name)
}

// TestNativeLifeManyWait has more commands wait for a container than its supervisor may have files open. Who stops
// it is heard, and each of them gets the exit code, or a line that says why not.
func TestNativeLifeManyWait(t *testing.T) {
	lab := newLifeLab(t)
	const limit, clients = 48, 60
	name := lab.name()
	if output, err := lab.withFiles(limit, lab.makeOnHost(name, "sh", "-c", "trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done")...).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, output)
	}
	lab.awaitLog(name, "up\n")
	var waits []*exec.Cmd
	var said [clients]strings.Builder
	for i := range clients {
		wait := lab.command("", "wait", name)
		wait.Stdout, wait.Stderr = &said[i], &said[i]
		if err := wait.Start(); err != nil {
			t.Fatal(err)
		}
		waits = append(waits, wait)
	}
	for _, wait := range waits[:limit] {
		lab.awaitAsked(wait)
	}
	lab.must("stop", name)
	told := 0
	for i, wait := range waits {
		err := wait.Wait()
		switch text := said[i].String(); {
		case err == nil && text == "7\n":
			told++
		case err == nil || !strings.HasPrefix(text, "mydocker: too many commands wait for this container") || strings.Count(text, "\n") != 1:
			t.Errorf("wait: %v %q", err, text)
		}
	}
	if told == 0 {
		t.Error("nobody gets the exit code")
	}
	if status := lab.status(name); status != "exited (7)" {
		t.Errorf("it is %s", status)
	}
	lab.clear(name)
}
