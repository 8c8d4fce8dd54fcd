package logs

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// collector is a Sink that keeps everything.
type collector struct {
	streams [2]bytes.Buffer
	all     []string
	told    []string
	flushed int
	times   []time.Time
	max     int // of all, 0 for any number
}

func (c *collector) Take(r *Record) error {
	if r.Lost != 0 {
		c.told = append(c.told, string(r.Data))
		return nil
	}
	c.streams[r.Stream].Write(r.Data)
	if c.max == 0 || len(c.all) < c.max {
		c.all = append(c.all, string(r.Data))
		c.times = append(c.times, r.Time())
	}
	return nil
}

func (c *collector) Flush() error { c.flushed++; return nil }

func readAll(t *testing.T, dir string, o Options) *collector {
	t.Helper()
	c := new(collector)
	if !o.Stdout && !o.Stderr {
		o.Stdout, o.Stderr = true, true
	}
	if err := Read(t.Context(), dir, o, c); err != nil {
		t.Fatal(err)
	}
	return c
}

// numbered writes lines "1\n" to "N\n", one a second, odd ones to stdout.
func numbered(t *testing.T, config Config, n int) (dir string, began time.Time) {
	dir = filepath.Join(t.TempDir(), "log")
	began = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	l := open(t, dir, config, Info{})
	for i := 1; i <= n; i++ {
		l.Write(Stream((i+1)%2), began.Add(time.Duration(i)*time.Second), []byte(strconv.Itoa(i)+"\n"))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, began
}

func lines(from, to, step int) string {
	var all strings.Builder
	for i := from; i <= to; i += step {
		all.WriteString(strconv.Itoa(i) + "\n")
	}
	return all.String()
}

func TestRead(t *testing.T) {
	dir, began := numbered(t, Config{}, 100)
	second := func(n int) time.Time { return began.Add(time.Duration(n) * time.Second) }
	tests := map[string]struct {
		options Options
		want    string
	}{
		"all":             {Options{Tail: -1}, lines(1, 100, 1)},
		"stdout":          {Options{Tail: -1, Stdout: true}, lines(1, 100, 2)},
		"stderr":          {Options{Tail: -1, Stderr: true}, lines(2, 100, 2)},
		"the last":        {Options{Tail: 3}, lines(98, 100, 1)},
		"none":            {Options{Tail: 0}, ""},
		"as many":         {Options{Tail: 100}, lines(1, 100, 1)},
		"more":            {Options{Tail: 1000}, lines(1, 100, 1)},
		"since":           {Options{Tail: -1, Since: second(98)}, lines(98, 100, 1)},
		"until":           {Options{Tail: -1, Until: second(2)}, lines(1, 2, 1)},
		"between":         {Options{Tail: -1, Since: second(4), Until: second(6)}, lines(4, 6, 1)},
		"of the last":     {Options{Tail: 3, Until: second(99)}, lines(98, 99, 1)},
		"follow its end":  {Options{Tail: -1, Follow: true}, lines(1, 100, 1)},
		"follow the tail": {Options{Tail: 2, Follow: true, Running: func() (bool, error) { return false, nil }}, lines(99, 100, 1)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := strings.Join(readAll(t, dir, test.options).all, ""); got != test.want {
				t.Errorf("%q, not %q", got, test.want)
			}
		})
	}
}

func TestReadNothing(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "none")} {
		for _, o := range []Options{{Tail: -1}, {Tail: 5}, {Tail: -1, Follow: true}, {Tail: 0, Follow: true}} {
			if got := readAll(t, path, o); len(got.all) > 0 {
				t.Errorf("%q", got.all)
			}
		}
	}
}

// Each number of last lines is right, over files that are compressed and files that are not.
func TestTailOverFiles(t *testing.T) {
	const n = 300
	for _, compress := range []string{"false", "true"} {
		dir, _ := numbered(t, Config{Options: map[string]string{"max-size": "2k", "max-file": "100", "compress": compress}}, n)
		if compress == "true" {
			awaitCompressed(t, dir)
		}
		for tail := range n + 2 {
			if got := strings.Join(readAll(t, dir, Options{Tail: int64(tail)}).all, ""); got != lines(max(1, n-tail+1), n, 1) {
				t.Fatalf("compress=%s: the last %d: %.50q", compress, tail, got)
			}
		}
		if got := strings.Join(readAll(t, dir, Options{Tail: -1}).all, ""); got != lines(1, n, 1) {
			t.Fatalf("compress=%s: %.50q", compress, got)
		}
	}
}

// awaitCompressed opens the log once more, which compresses what the writer before had no time for.
func awaitCompressed(t *testing.T, dir string) {
	l := open(t, dir, Config{Options: map[string]string{"max-size": "2k", "max-file": "100", "compress": "true"}}, Info{})
	deadline := time.Now().Add(time.Minute)
	for {
		plain, err := filepath.Glob(filepath.Join(dir, "*.json"))
		if err != nil || time.Now().After(deadline) {
			t.Fatal(plain, err)
		}
		if len(plain) == 1 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.new")); len(left) > 0 || err != nil {
		t.Error(left, err)
	}
}

// A large file's last lines are found from its end.
func TestTailOfLong(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	l := open(t, dir, Config{}, Info{})
	want := ""
	for i := range 400 {
		text := strings.Repeat(strconv.Itoa(i%10), 997) + "\n"
		l.Write(Stdout, time.Now(), []byte(text))
		if i >= 100 {
			want += text
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, dir, Options{Tail: 300}); strings.Join(got.all, "") != want {
		t.Errorf("%d lines", len(got.all))
	}
}

// Who follows gets what is written, as soon as it is, and what was written right before the end.
func TestFollow(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	l := open(t, dir, Config{}, Info{})
	l.Write(Stdout, time.Now(), []byte("before\n"))
	var ended atomic.Bool
	written := make(chan string)
	done := make(chan error, 1)
	go func() {
		done <- Read(context.Background(), dir, Options{Tail: -1, Follow: true, Stdout: true, Running: func() (bool, error) { return !ended.Load(), nil }}, sinkTo(written))
	}()
	for i := range 5 {
		want := "before\n"
		if i > 0 {
			want = strconv.Itoa(i) + "\n"
			l.Write(Stdout, time.Now(), []byte(want))
		}
		if got := <-written; got != want {
			t.Fatalf("%q, not %q", got, want)
		}
	}
	l.Write(Stdout, time.Now(), []byte("the last\nno end"))
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	ended.Store(true)
	if got := <-written + <-written; got != "the last\nno end" {
		t.Errorf("%q", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

type sinkTo chan string

func (s sinkTo) Take(r *Record) error { s <- string(r.Data); return nil }
func (s sinkTo) Flush() error         { return nil }

// Who follows and is stopped stops.
func TestFollowCancelled(t *testing.T) {
	dir, _ := numbered(t, Config{}, 3)
	ctx, cancel := context.WithCancel(t.Context())
	err := Read(ctx, dir, Options{Tail: -1, Follow: true, Stdout: true, Stderr: true, Running: func() (bool, error) { cancel(); return true, nil }}, new(collector))
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// Somebody empties the file below a reader (truncate -s 0): what is written then is read.
func TestFollowEmptied(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	l := open(t, dir, Config{}, Info{})
	l.Write(Stdout, time.Now(), []byte("a longer line before\n"))
	written, done := make(chan string), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		done <- Read(ctx, dir, Options{Tail: -1, Follow: true, Stdout: true, Running: func() (bool, error) { return true, nil }}, sinkTo(written))
	}()
	<-written
	if err := os.Truncate(Current(dir), 0); err != nil {
		t.Fatal(err)
	}
	l.Write(Stdout, time.Now(), []byte("x\n"))
	if got := <-written; got != "x\n" {
		t.Errorf("%q", got)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
}
