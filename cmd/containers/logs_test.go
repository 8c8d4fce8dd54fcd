package containers

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/container/logs"
	"github.com/mydocker/mydocker/container/state"
)

// writeLog writes what the printer has to cope with.
func writeLog(t *testing.T) string {
	dir := filepath.Join(t.TempDir(), "log")
	l, err := logs.Open(dir, logs.Config{Options: map[string]string{"tag": "a b", "labels": "x"}}, logs.Info{Labels: map[string]string{"x": "1,2"}})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.FixedZone("", 3600))
	long := bytes.Repeat([]byte{'x'}, logs.MaxRecord)
	l.Write(logs.Stdout, at, append(long, "end\nout\n"...))
	l.Write(logs.Stderr, at, []byte("\xff\nerr"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestLogPrinter(t *testing.T) {
	dir := writeLog(t)
	long := string(bytes.Repeat([]byte{'x'}, logs.MaxRecord)) + "end\n"
	at, attrs := "2026-01-02T02:04:05.600000000Z ", "tag=a+b,x=1%2C2 "
	tests := map[string]struct {
		printer logPrinter
		want    string
	}{
		"plain":      {logPrinter{}, long + "out\n\xff\nerr"},
		"timestamps": {logPrinter{timestamps: true}, at + long + at + "out\n" + at + "\xff\n" + at + "err"},
		"both":       {logPrinter{timestamps: true, details: true}, at + attrs + long + at + attrs + "out\n" + at + attrs + "\xff\n" + at + attrs + "err"},
		"red":        {logPrinter{red: true}, long + "out\n\x1b[31m\xff\x1b[0m\n\x1b[31merr\x1b[0m"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var both bytes.Buffer
			test.printer.out = [2]io.Writer{&both, &both}
			if err := logs.Read(t.Context(), dir, logs.Options{Tail: -1, Stdout: true, Stderr: true}, &test.printer); err != nil {
				t.Fatal(err)
			}
			if both.String() != test.want {
				t.Errorf("%q, not %q", both.String()[logs.MaxRecord:], test.want[logs.MaxRecord:])
			}
		})
	}
}

// parseLogFlags reads a command line of logs.
func parseLogFlags(t *testing.T, now time.Time, args ...string) (o logs.Options, err error) {
	c := logsCommand()
	c.Action = func(_ context.Context, c *cli.Command) (err error) {
		o, err = parseLogs(c, now)
		return err
	}
	c.OnUsageError = func(_ context.Context, _ *cli.Command, err error, _ bool) error { return err }
	c.Writer, c.ErrWriter = io.Discard, io.Discard
	err = c.Run(t.Context(), append([]string{"logs"}, args...))
	return o, err
}

func TestParseLogs(t *testing.T) {
	now := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	o, err := parseLogFlags(t, now, "-tf", "-n", "7", "--since", "1m", "--until=1700000000.5", "x")
	if err != nil || !o.Follow || o.Tail != 7 || !o.Since.Equal(now.Add(-time.Minute)) || !o.Until.Equal(time.Unix(1700000000, 5e8)) || !o.Stdout || !o.Stderr {
		t.Errorf("%+v, %v", o, err)
	}
	if o, err = parseLogFlags(t, now, "x"); err != nil || o.Tail != -1 || o.Follow || !o.Since.IsZero() || !o.Until.IsZero() {
		t.Errorf("%+v, %v", o, err)
	}
	for _, args := range [][]string{{"--tail", "x"}, {"--since", "yesterday"}, {"--until", "2026-13-01"}} {
		if _, err := parseLogFlags(t, now, args...); err == nil {
			t.Errorf("%q is taken", args)
		}
	}
}

// No argument makes it fail otherwise than with an error.
func FuzzParseLogs(f *testing.F) {
	for _, text := range []string{"all", "-1", "1e9", "2026-01-02T03:04:05.6Z", "1h30m", "99999999999999999999", "NaN", "--", "-"} {
		f.Add(text, text, text)
	}
	f.Fuzz(func(t *testing.T, since, until, tail string) {
		_, _ = parseLogFlags(t, time.Now(), "--since="+since, "--until="+until, "--tail="+tail)
	})
}

func TestCheckReadable(t *testing.T) {
	for driver, isReadable := range map[string]bool{"": true, "json-file": true, "local": true, "none": false, "journald": false} {
		listed := &state.Listed{}
		listed.Supervised, listed.Log.Driver = true, driver
		if err := checkReadable(listed); (err == nil) != isReadable {
			t.Errorf("%q: %v", driver, err)
		}
	}
	if checkReadable(&state.Listed{}) == nil {
		t.Error("a run in the foreground has a log")
	}
}
