package cmd_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/creack/pty"
)

// TestDocker runs each case with both and compares the status, what the command
// printed, and that a refusal is told. It knows the differences that are accepted,
// and fails on any other and on one that is gone.
func TestDocker(t *testing.T) {
	if os.Getenv(dockerVar) == "" {
		t.Skip("make test-docker runs it")
	}
	lab := newDockerLab(t)
	for _, c := range slices.Concat(dockerCases, dockerForms(), tableCases()) {
		t.Run(c.name(), func(t *testing.T) {
			t.Parallel()
			lab.compare(t, c)
		})
	}
}

// name is what a case is called, and what the patterns of dockerDifferences are about.
func (c *dockerCase) name() string {
	words := append(strings.Fields(c.flags), c.args...)
	if c.whole != nil {
		words = append([]string{"docker"}, c.whole...)
	}
	for i, word := range words {
		if word == "" || strings.ContainsAny(word, " \t\n\"'") || strings.ContainsFunc(word, unicode.IsControl) {
			words[i] = strconv.Quote(word)
		}
	}
	name := strings.Join(words, " ")
	for _, part := range []struct{ what, text string }{
		{"env", strings.Join(c.environ, " ")}, {"exec", fmt.Sprintf("%q", c.command)}, {"script", strings.TrimPrefix(c.script, cgroupFile)},
	} {
		if part.text != "" && part.text != "[]" && (part.what != "script" || !c.table) {
			name += " " + part.what + " " + part.text
		}
	}
	if c.redirect != "" {
		name += " redirect " + c.redirect
	}
	if c.terminal {
		name += " terminal"
	}
	if c.signal != 0 {
		name += " signal " + strconv.Itoa(int(c.signal))
	}
	return name
}

// tableCases are the runs of all tables.
func tableCases() (cases []dockerCase) {
	for _, table := range dockerTables {
		for _, value := range table.values {
			cases = append(cases, dockerCase{
				flags: table.with, args: []string{table.flag + "=" + value}, script: table.script, stdin: "word\n", table: true,
			})
		}
	}
	return cases
}

// dockerLab is where both run.
type dockerLab struct {
	binary      string
	differences differences
}

func newDockerLab(t *testing.T) *dockerLab {
	rows, err := os.ReadFile("../docs/differences.md")
	if err != nil {
		t.Fatal(err)
	}
	lab := &dockerLab{binary: buildBinary(t) + "/mydocker"}
	for row, patterns := range dockerDifferences() {
		if !strings.Contains(string(rows), "\n| "+row+" |") {
			t.Errorf("docs/differences.md has no row %q", row)
		}
		for _, pattern := range patterns {
			lab.differences = append(lab.differences, struct {
				row   string
				cases *regexp.Regexp
			}{row, regexp.MustCompile("^(?s:" + pattern + ")$")})
		}
	}
	return lab
}

// oddEnvironments are files for --env-file, and one that is in the way of --cidfile.
func oddEnvironments() map[string]string {
	return map[string]string{
		"there":             "id",
		"env.list":          "# comment\nFILE=1\n\nFROM_CALLER\nNOT_THERE\nQUOTED=\"a b\"\n  INDENTED=2\n",
		"env.bad":           "A B=1\n",
		"plain.env":         "A=1\nb=2\n",
		"crlf.env":          "A=1\r\nB=2\r\n",
		"bom.env":           "\ufeffA=1\n",
		"export.env":        "export A=1\n",
		"spaces.env":        "  A=1  \nB= 2\n",
		"quotes.env":        "A='1'\nB=\"2\"\nC=a'b\nD=$A\nE=\\n\n",
		"comments.env":      "#A=1\n # B=2\nC=3 # 4\n\n\t\nD=#\n",
		"twice.env":         "A=1\nA=2\n",
		"no-name.env":       "=1\n",
		"no-end.env":        "A=1",
		"name-alone.env":    "FROM_CALLER\nNOT_THERE\nA\n",
		"utf8.env":          "Ä=ö\n",
		"bad-utf8.env":      "A=\xff\n",
		"tab.env":           "\tA=1\nB=\t2\n",
		"space-in-name.env": "A =1\n",
		"equals.env":        "A==\nB=b=c\n",
		"empty-value.env":   "A=\n",
		"long-line.env":     "A=" + strings.Repeat("x", 70000) + "\n",
		"nul.env":           "A=1\x002\n",
		"empty.env":         "",
	}
}

// directory makes the files that flags name.
func (lab *dockerLab) directory(t *testing.T) string {
	dir := t.TempDir()
	for name, content := range oddEnvironments() {
		if err := os.WriteFile(dir+"/"+name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func (lab *dockerLab) compare(t *testing.T, c dockerCase) {
	// Docker has no limits of its own, and its umask is not the caller's.
	ours := lab.run(t, c, lab.binary, "run", "-m", "0", "--cpu-shares", "0")
	docker := []string{os.Getenv(dockerVar), "run", "--rm"}
	if !strings.Contains(c.flags+strings.Join(c.args, " "), "--net") {
		docker = append(docker, "--network", "none")
	}
	theirs := lab.run(t, c, docker...)
	same := ours == theirs
	row := lab.differences.rowOf(c.name())
	switch {
	case row == "" && !same:
		t.Errorf("differs: %s\nmydocker: %+v\nDocker:   %+v", c.name(), ours, theirs)
	case row != "" && same:
		t.Errorf("differs no more: %s\nboth: %+v; the difference %q is gone", c.name(), ours, row)
	}
}

// differences are those of docs/differences.md.
type differences []struct {
	row   string
	cases *regexp.Regexp
}

// rowOf is the row that tells of the difference in a case, or "" for none.
func (d differences) rowOf(name string) string {
	for _, difference := range d {
		if difference.cases.MatchString(name) {
			return difference.row
		}
	}
	return ""
}

// outcome is what a caller sees of a run.
type outcome struct {
	status         int
	stdout, stderr string
}

const (
	refused  = "(one that says why it was refused)"
	helpText = "(the help)"
)

func (lab *dockerLab) run(t *testing.T, c dockerCase, command ...string) outcome {
	t.Helper()
	cmd := lab.prepare(t, c, command)
	var stdout, stderr watched
	var err error
	if c.terminal {
		err = onTerminal(cmd, &stdout)
	} else {
		cmd.Stdin = strings.NewReader(c.stdin)
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		stdout.onReady = func() { _ = cmd.Process.Signal(c.signal) } // seen in its status
		timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		err = cmd.Run()
		timer.Stop()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	o := outcome{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
	if o.status >= 125 && o.status <= 127 && o.stdout+o.stderr != "" {
		t.Logf("%s: %s%s", command[0], o.stderr, o.stdout)
		o.stderr, o.stdout = refused, ""
	}
	if strings.Contains(o.stdout, "Usage:") {
		o.stdout = helpText
	} else if c.whole != nil && strings.Contains(strings.ToLower(o.stdout), "version") {
		o.stdout = "(the version)"
	}
	return o
}

// prepare puts the command line and the environment together.
func (lab *dockerLab) prepare(t *testing.T, c dockerCase, command []string) *exec.Cmd {
	args := slices.Concat(command[1:], strings.Fields(c.flags), c.args)
	switch {
	case c.whole != nil:
		args = c.whole
	case command[0] != lab.binary:
		args = append(args, os.Getenv(imageVar))
	case len(c.command) > 0 && strings.HasPrefix(c.command[0], "-"): // it is where an image would be
		args = append(args, "--")
	}
	switch {
	case c.whole != nil:
	case len(c.command) > 0:
		args = append(args, c.command...)
	case c.script != "":
		args = append(args, "sh", "-c", c.script)
	default:
		args = append(args, "true")
	}
	for i, arg := range args {
		args[i] = strings.NewReplacer(oddVar, os.Getenv(oddVar), toolsVar, os.Getenv(toolsVar), cgroupsVar, os.Getenv(cgroupsVar)).Replace(arg)
	}
	cmd := exec.Command("sh", append([]string{"-c", `umask 027; exec "$@" ` + c.redirect, "sh", command[0]}, args...)...)
	cmd.Dir = lab.directory(t)
	cmd.Env = append(c.environ, "PATH="+os.Getenv(toolsVar), "FROM_CALLER=caller", "MYDOCKER_CPUSET=all")
	if command[0] != lab.binary {
		cmd.Env = append(cmd.Env, "DOCKER_HOST="+os.Getenv("DOCKER_HOST"), "DOCKER_CONFIG="+os.Getenv("DOCKER_CONFIG"))
	}
	cmd.WaitDelay = patience
	return cmd
}

// watched collects what is written, and looks for the line "ready" in it.
type watched struct {
	mutex   sync.Mutex
	buffer  bytes.Buffer
	onReady func()
}

func (w *watched) Write(p []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	n, err := w.buffer.Write(p)
	if w.onReady != nil && bytes.Contains(w.buffer.Bytes(), []byte("ready\n")) {
		w.onReady()
		w.onReady = nil
	}
	return n, err
}

func (w *watched) String() string {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.buffer.String()
}

// onTerminal runs cmd on a terminal, whose end of file is typed, and collects what
// that shows.
func onTerminal(cmd *exec.Cmd, screen *watched) error {
	master, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 30, Cols: 100})
	if err != nil {
		return err
	}
	defer master.Close()
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	shown := make(chan struct{})
	go func() {
		_, _ = io.Copy(screen, master) // EIO is its end
		close(shown)
	}()
	err = cmd.Wait()
	<-shown
	return err
}
