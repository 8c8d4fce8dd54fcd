package explain

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// harmless is a script that a test may run: it makes nothing.
func harmless(command []string) *Script {
	return &Script{
		Title: "a test",
		Sections: []Section{
			{"create", []Action{
				{Why: "It's needed.", Shell: "made=$(mktemp -d)", Position: Before},
				{Why: "It's needed.", Shell: `rmdir "$made"`, Position: After},
			}},
			{"start", []Action{
				{Why: "It is not there yet.", Shell: "entered=yes; export entered", Position: Enter},
				{Why: "The first comes first.", Shell: "env prefix=first", Position: Prefix},
				{Why: "The second is behind it.", Shell: "env --", Position: Prefix},
				{Why: "The last is the last.", Shell: "env last=yes", Position: Last},
				{Why: "The container's own.", Shell: `test "$entered$prefix" = yesfirst`, Position: Inside},
			}},
		},
		Command: command,
	}
}

func runScript(t *testing.T, script *Script) (output string, status int) {
	t.Helper()
	run := exec.Command("sh")
	run.Stdin = strings.NewReader(script.String())
	result, err := run.Output()
	if exit, failed := err.(*exec.ExitError); failed {
		return string(result), exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(result), 0
}

// The command gets its arguments as they are, with and without a terminal.
func TestScriptArguments(t *testing.T) {
	want := strings.Join(awkward, "\x00") + "\x00"
	script := harmless(append([]string{"printf", `%s\0`}, awkward...))
	if got, status := runScript(t, script); got != want || status != 0 {
		t.Errorf("%q, status %d; want %q", got, status, want)
	}
	file := filepath.Join(t.TempDir(), "arguments")
	script.Command = append([]string{"sh", "-c", `printf '%s\0' "$@" >"$0"`, file}, awkward...)
	script.TTY = true
	_, status := runScript(t, script)
	got, err := os.ReadFile(file)
	if string(got) != want || status != 0 || err != nil {
		t.Errorf("with a terminal: %q, status %d, %v; want %q", got, status, err, want)
	}
}

func TestScriptStatus(t *testing.T) {
	for command, want := range map[string]int{"exit 0": 0, "exit 7": 7, "kill -9 $$": 137} {
		for _, tty := range []bool{false, true} {
			script := harmless([]string{"sh", "-c", command})
			script.TTY = tty
			if _, status := runScript(t, script); status != want {
				t.Errorf("%s (terminal: %t): status %d, want %d", command, tty, status, want)
			}
		}
	}
	for _, command := range []string{"no-such-command", "-x", "--"} {
		if _, status := runScript(t, harmless([]string{command})); status != 127 {
			t.Errorf("%s: status %d, want 127", command, status)
		}
	}
}

// Every line has its reason: a comment above it, or it goes on with what the line
// above does for the same reason. What has no words, such as the end of a function,
// needs none.
func TestScriptReasons(t *testing.T) {
	for _, tty := range []bool{false, true} {
		for _, reaper := range []bool{false, true} {
			script := harmless([]string{"true"})
			script.TTY, script.Reaper = tty, reaper
			script.Environment = []string{"env", "--", "A=b"}
			reason := false
			for line := range strings.Lines(script.String()) {
				line = strings.TrimSpace(line)
				switch {
				case strings.HasPrefix(line, "#"):
					reason = true
				case line == "":
					reason = false
				case !reason && strings.Trim(line, "{}()") != "":
					t.Errorf("terminal: %t, reaper: %t: no reason for %q in:\n%s", tty, reaper, line, script)
				}
			}
			for _, section := range script.Sections {
				for _, a := range section.Actions {
					if !strings.Contains(script.String(), a.Why) {
						t.Errorf("terminal: %t, reaper: %t: %q is not told in:\n%s", tty, reaper, a.Why, script)
					}
				}
			}
		}
	}
}

func FuzzScript(f *testing.F) {
	for _, word := range awkward {
		f.Add(word, "x")
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		if strings.Contains(first+second, "\x00") {
			return
		}
		script := harmless([]string{"printf", `%s\0`, first, second})
		script.Environment = Environment([]string{"PATH=" + os.Getenv("PATH")}, []string{"PATH=" + os.Getenv("PATH"), "A=" + second})
		got, status := runScript(t, script)
		if want := first + "\x00" + second + "\x00"; got != want || status != 0 {
			t.Errorf("%q, status %d; want %q", got, status, want)
		}
	})
}

func TestEnvironment(t *testing.T) {
	tests := []struct{ present, wanted, want []string }{
		{nil, nil, nil},
		{[]string{"A=1", "B=2"}, []string{"B=2", "A=1"}, nil},
		{[]string{"A=1"}, []string{"A=2", "B=it's"}, []string{"env", "--", "'A=2'", `'B=it'\''s'`}},
		{[]string{"A=1", "B=2"}, []string{"B=2"}, []string{"env", "-u", "A", "--"}},
		{[]string{"nothing", "=x"}, []string{"nothing", "=y"}, nil}, // no program can set these
	}
	for _, test := range tests {
		if got := Environment(test.present, test.wanted); !slices.Equal(got, test.want) {
			t.Errorf("Environment(%q, %q) = %q, want %q", test.present, test.wanted, got, test.want)
		}
	}
}

// What shellcheck has to say about scripts is for their readers, too.
func TestScriptIsClean(t *testing.T) {
	if _, err := exec.LookPath("shellcheck"); err != nil {
		t.Skip("shellcheck is missing: apt-get install shellcheck")
	}
	for _, tty := range []bool{false, true} {
		script := harmless([]string{"sh", "-c", "echo $HOME; echo 'a  b'"})
		script.TTY = tty
		check := exec.Command("shellcheck", "-")
		check.Stdin = strings.NewReader(script.String())
		if output, err := check.CombinedOutput(); err != nil {
			t.Errorf("terminal: %t: %v\n%s", tty, err, output)
		}
	}
}
