package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
)

// The test's own program is called again with these set, and strace kills it at a system call.
const (
	killState = "TEST_KILL_STATE"
	killWhat  = "TEST_KILL_WHAT"
)

// TestKilled is no test, but what a test calls.
func TestKilled(t *testing.T) {
	state := os.Getenv(killState)
	if state == "" {
		return
	}
	runtime.LockOSThread() // strace counts the system calls of each thread
	s, err := Open(state)
	must(t, err)
	must(t, killable()[os.Getenv(killWhat)].do(t, s))
}

// operation is what is killed, in a store that has the image one, and what the images are
// then: as before, as after, or something in between that is none of both and harmless.
type operation struct {
	prepare func(t *testing.T, s *Store) error
	do      func(t *testing.T, s *Store) error
	// images are what list may tell.
	images []string
}

func killable() map[string]operation {
	ctx := context.Background()
	nothing := func(*testing.T, *Store) error { return nil }
	takeNew := func(t *testing.T, s *Store) error {
		_, err := take(s, []string{"a", "new"}, reference(t, "new"))
		return err
	}
	moveName := func(t *testing.T, s *Store) error {
		_, err := take(s, []string{"a", "new"}, reference(t, "one"))
		return err
	}
	remove := func(t *testing.T, s *Store) error {
		images, err := s.Images()
		if err != nil || len(images) == 0 {
			return err
		}
		return s.RemoveImage(images[0].Manifest.Digest, images[0].Names...)
	}
	const one = "one:latest 2 layers"
	return map[string]operation{
		"take":   {nothing, takeNew, []string{one, "2 layers, " + one, "new:latest 2 layers, " + one}},
		"move":   {nothing, moveName, []string{one, "2 layers, " + one}},
		"untag":  {nothing, func(t *testing.T, s *Store) error { return s.Untag(reference(t, "one")) }, []string{one, "2 layers"}},
		"remove": {nothing, remove, []string{one, "2 layers", ""}},
		"collect": {remove, func(_ *testing.T, s *Store) error {
			_, err := s.Collect(ctx, true)
			return err
		}, []string{""}},
		"repair": {func(_ *testing.T, s *Store) error {
			images, err := s.Images()
			if err != nil {
				return err
			}
			record := &images[0].Record
			return errors.Join(os.Chmod(s.layout.Layer(record.Layers[0].Key(), ""), 0o777), os.Remove(s.layout.Record(record.Manifest.Digest)))
		}, func(_ *testing.T, s *Store) error {
			_, err := s.Check(ctx, repairTest(s))
			return err
		}, nil},
	}
}

// changing are the system calls after which the store may be another one.
const changing = "renameat,renameat2,mkdirat,unlinkat,fchmod,fchmodat,fsync,syncfs,pwrite64,write,flock,openat"

// kill does an operation and kills it at a system call, if there are so many of it.
func kill(t *testing.T, state, what, call string, number int) (killed bool) {
	t.Helper()
	command := exec.Command("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace="+call,
		"-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, number), os.Args[0], "-test.run=^TestKilled$")
	command.Env = append(os.Environ(), killState+"="+state, killWhat+"="+what)
	output, err := command.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && (exit.Sys().(syscall.WaitStatus).Signal() == unix.SIGKILL || exit.ExitCode() == 128+int(unix.SIGKILL)) {
		return true
	}
	if err != nil {
		t.Fatalf("%s killed at %s %d: %v: %s", what, call, number, err, output)
	}
	return false
}

// Whenever an operation is killed, no reader sees anything but whole images, and the next
// commands leave nothing of it.
func TestKill(t *testing.T) {
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("there is no strace")
	}
	for what, o := range killable() {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			kills := 0
			for _, call := range strings.Split(changing, ",") {
				step := 1
				if call == "openat" || call == "write" || call == "flock" {
					step = 5 // many of them are those of the runtime, or of reading
				}
				for number := 1; killOnce(t, what, o, call, number); number += step {
					kills++
				}
			}
			t.Logf("killed %d times", kills)
			if kills < 10 {
				t.Errorf("killed %d times only", kills)
			}
		})
	}
}

func killOnce(t *testing.T, what string, o operation, call string, number int) bool {
	t.Helper()
	state := stateDir(t)
	s, err := Open(state)
	must(t, err)
	defer func() { must(t, errors.Join(s.Close(), os.RemoveAll(state))) }()
	_, err = take(s, []string{"a", "b"}, reference(t, "one"))
	must(t, err)
	must(t, o.prepare(t, s))
	if !kill(t, state, what, call, number) {
		return false
	}
	where := fmt.Sprintf("%s killed at %s %d", what, call, number)
	if o.images != nil {
		expectWhole(t, s, where)
		if got := list(t, s); !contains(o.images, got) {
			t.Errorf("%s: %s", where, got)
		}
	}
	if _, err := s.Check(context.Background(), repairTest(s)); err != nil {
		t.Errorf("%s: %v", where, err)
	}
	// The next command is the same or another one; then nothing is left.
	_, err = take(s, []string{"a", "c"}, reference(t, "other"))
	must(t, err)
	_, err = s.Collect(context.Background(), true)
	must(t, err)
	problems, err := s.Check(context.Background(), nil)
	must(t, err)
	for _, p := range problems {
		t.Errorf("%s: then %s", where, p)
	}
	return true
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// expectWhole checks that nothing is damaged, and all images can be opened.
func expectWhole(t *testing.T, s *Store, where string) {
	t.Helper()
	problems, err := s.Check(context.Background(), nil)
	must(t, err)
	for _, p := range problems {
		if !p.Leftover {
			t.Errorf("%s: %s", where, p)
		}
	}
	images, err := s.Images()
	must(t, err)
	for _, i := range images {
		opened, err := image.Open(s.state, i.ID().Hex())
		must(t, err)
		lowers, err := opened.Lowers("")
		must(t, err)
		for _, lower := range lowers {
			if _, err := os.Stat(lower + "/file"); err != nil {
				t.Errorf("%s: %v", where, err)
			}
		}
		must(t, opened.Close())
	}
}
