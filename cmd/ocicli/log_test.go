package ocicli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/wire"
)

func globals(t *testing.T, args ...string) *arguments {
	t.Helper()
	a, err := parse(globalFlags(), args, 1)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Engines read the file's lines as JSON, and the last error is what they show.
func TestLogJSON(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	for range 2 { // it is appended to
		log, err := openLog(globals(t, "--log", path, "--log-format=json", "--debug"))
		if err != nil {
			t.Fatal(err)
		}
		var stderr bytes.Buffer
		log.stderr = &stderr
		log.step("a %s", "step")
		log.warn(errors.New("a warning"))
		if err := log.fail(errors.Join(errors.New(`"quoted"`), errors.New("<&>\t"))); err != nil {
			t.Fatal(err)
		}
		if got, want := stderr.String(), "\"quoted\"; <&>\t\n"; got != want {
			t.Errorf("stderr: %q, want %q", got, want)
		}
		if err := log.file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(string(content)) {
		var entry struct {
			Level, Msg string
			Time       time.Time
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil || time.Since(entry.Time).Abs() > time.Minute {
			t.Errorf("%s: %v", line, err)
		}
		got = append(got, entry.Level+" "+entry.Msg)
	}
	want := []string{"debug a step", "warning a warning", "error \"quoted\"; <&>\t"}
	if strings.Join(got, "|") != strings.Join(append(want, want...), "|") {
		t.Errorf("%q", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o600 != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestLogText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	log, err := openLog(globals(t, "--log="+path))
	if err != nil {
		t.Fatal(err)
	}
	log.stderr = new(bytes.Buffer)
	log.step("not without --debug")
	if err := errors.Join(log.fail(errors.New("it\nfails")), log.file.Close()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if want := regexp.MustCompile(`^time="[0-9-]+T[0-9:.]+Z" level=error msg="it\\nfails"\n$`); err != nil || !want.Match(content) {
		t.Errorf("%s, %v", content, err)
	}
}

// Without a file all goes to stderr: the error as a plain line, or as JSON where that is asked for.
func TestLogStderr(t *testing.T) {
	for format, want := range map[string]string{
		"text": `^time="[^"]+" level=warning msg="w"\nit fails\n$`,
		"json": `^{"level":"warning","msg":"w","time":"[^"]+"}\n{"level":"error","msg":"it fails","time":"[^"]+"}\n$`,
	} {
		log, err := openLog(globals(t, "--log-format", format))
		if err != nil {
			t.Fatal(err)
		}
		var stderr bytes.Buffer
		log.stderr = &stderr
		log.warn(errors.New("w"))
		if err := log.fail(errors.New("it fails")); err != nil || !regexp.MustCompile(want).MatchString(stderr.String()) {
			t.Errorf("%s: %q, %v", format, stderr.String(), err)
		}
	}
}

func TestLogNot(t *testing.T) {
	for args, want := range map[string]string{
		"--log-format=xml":   "invalid log-format: xml (text or json)",
		"--log=/no/such/log": "open /no/such/log: no such file or directory",
	} {
		if _, err := openLog(globals(t, args)); err == nil || err.Error() != want {
			t.Errorf("%s: %v", args, err)
		}
	}
}

// The words that engines look for are there, in lower case.
func TestErrorLine(t *testing.T) {
	failed := func(step, operand string, errno unix.Errno, detail string) error {
		return &initproc.InitError{Status: wire.Status{Step: step, Operand: operand, Errno: errno, Detail: detail}}
	}
	for _, test := range []struct {
		err  error
		want string
	}{
		{failed(wire.StepLookUp, "nope", unix.ENOENT, ""), `exec: "nope": executable file not found in $PATH`},
		{failed(wire.StepLookUp, "/nope", unix.ENOENT, ""), `exec: "/nope": no such file or directory`},
		{failed(wire.StepLookUp, "./nope", unix.ENOTDIR, ""), `exec: "./nope": not a directory`},
		{failed(wire.StepLookUp, "/etc", unix.EACCES, ""), `exec: "/etc": permission denied`},
		{failed(wire.StepExec, "/run.sh", unix.ENOENT, "its interpreter"), `exec /run.sh: no such file or directory (its interpreter)`},
		{failed(wire.StepExec, "/bad", unix.ENOEXEC, ""), `exec /bad: exec format error`},
		{failed(wire.StepDir, "/nope", unix.ENOTDIR, ""), "enter the working directory: /nope: not a directory"},
		{fmt.Errorf("in it: %w", failed(wire.StepLookUp, "x", unix.ENOENT, "")), `in it: exec: "x": executable file not found in $PATH`},
		{errors.Join(failed(wire.StepLookUp, "x", unix.EACCES, ""), errors.New("more")), `exec: "x": permission denied; more`},
		{errors.New("plain"), "plain"},
	} {
		if got := errorLine(test.err); got != test.want {
			t.Errorf("%v: %s, want %s", test.err, got, test.want)
		}
	}
}
