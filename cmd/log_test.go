package cmd

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sirupsen/logrus"
	"github.com/urfave/cli/v3"
)

func TestLineFormatter(t *testing.T) {
	tests := []struct {
		level   logrus.Level
		message string
		fields  logrus.Fields
		want    string
	}{
		{logrus.ErrorLevel, "it broke", nil, "mydocker: it broke\n"},
		{logrus.WarnLevel, "take care", nil, "mydocker: warning: take care\n"},
		{logrus.InfoLevel, "set limit", logrus.Fields{"value": "1", "file": "/f", "pid": 7}, "mydocker: info: set limit file=/f pid=7 value=1\n"},
		{logrus.DebugLevel, " two\nlines \n", nil, "mydocker: debug: two\\nlines\n"},
		{logrus.InfoLevel, "send", logrus.Fields{"command": []string{"a b", "c"}}, "mydocker: info: send command=[a b c]\n"},
	}
	for _, test := range tests {
		entry := &logrus.Entry{Level: test.level, Message: test.message, Data: test.fields}
		if got, err := (lineFormatter{}).Format(entry); err != nil || string(got) != test.want {
			t.Errorf("Format(%v %q) = %q, %v; want %q", test.level, test.message, got, err, test.want)
		}
	}
}

// withLog runs mydocker with args and hands the log that "run" would use to
// use.
func withLog(use func(*logger) error, args ...string) error {
	args = append(append([]string{"mydocker"}, args...), "run", "true")
	app := quietApp(args)
	app.Command(runName).Action = func(_ context.Context, c *cli.Command) error {
		log, err := newLogger(c)
		if err != nil {
			return err
		}
		return log.Close(use(log))
	}
	return runApp(app, args)
}

func TestNewLogger(t *testing.T) {
	tests := []struct {
		args  []string
		level logrus.Level
		json  bool
	}{
		{nil, logrus.WarnLevel, false},
		{[]string{"--log-level", "error"}, logrus.ErrorLevel, false},
		{[]string{"--log-level=info", "--log-format=json"}, logrus.InfoLevel, true},
		{[]string{"--debug"}, logrus.DebugLevel, false},
		{[]string{"--debug", "--log-level", "error"}, logrus.DebugLevel, false},
	}
	for _, test := range tests {
		err := withLog(func(log *logger) error {
			_, json := log.Formatter.(*logrus.JSONFormatter)
			if log.GetLevel() != test.level || json != test.json || log.Out == io.Writer(os.Stdout) {
				t.Errorf("%q: level %v, JSON %v; never on stdout", test.args, log.GetLevel(), json)
			}
			return nil
		}, test.args...)
		if err != nil {
			t.Errorf("%q: %v", test.args, err)
		}
	}
}

func TestNewLoggerErrors(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{[]string{"--log-level", "loud"}, `invalid value "loud" for --log-level: not error, warn, info or debug`},
		{[]string{"--log-format", "xml"}, `invalid value "xml" for --log-format: not text or json`},
		{[]string{"--log", "/no/such/dir/log"}, "open the log: open /no/such/dir/log: no such file or directory"},
	}
	for _, test := range tests {
		err := withLog(func(*logger) error { return nil }, test.args...)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%q: %v, want %s", test.args, err, test.want)
		}
	}
}

func TestLogFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	for range 2 {
		err := withLog(func(log *logger) error { log.Warn("to the file"); return nil }, "--log", name)
		if err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(name)
	if want := strings.Repeat("mydocker: warning: to the file\n", 2); err != nil || string(content) != want {
		t.Errorf("the log holds %q, %v; want it appended to", content, err)
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	failure := errors.New("failure")
	if err := withLog(func(*logger) error { return failure }, "--log", name); !errors.Is(err, failure) {
		t.Errorf("Close lost the error: %v", err)
	}
}

func TestStickyWriter(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	w := &stickyWriter{to: full}
	for range 2 {
		if _, err := w.Write([]byte("x")); err == nil || w.err == nil {
			t.Error("the error of a full device is lost")
		}
	}
	if err := full.Close(); err != nil {
		t.Error(err)
	}
	var buffer bytes.Buffer
	w.to = &buffer
	if _, err := w.Write([]byte("x")); err != nil || w.err == nil || buffer.String() != "x" {
		t.Errorf("after an error: wrote %q, %v, remembers %v", &buffer, err, w.err)
	}
}
