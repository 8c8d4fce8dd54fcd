package changes

import (
	"errors"
	"fmt"
	"math/rand"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// The test's own program is called again with these set, and kills itself at a step.
const (
	killDir  = "TEST_KILL_DIR"
	killStep = "TEST_KILL_STEP"
	killWhat = "TEST_KILL_WHAT"
)

// TestKilled is no test, but what a test calls.
func TestKilled(t *testing.T) {
	dir := os.Getenv(killDir)
	if dir == "" {
		return
	}
	left, err := strconv.Atoi(os.Getenv(killStep))
	if err != nil {
		t.Fatal(err)
	}
	k, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	k.step = func(string) error {
		if left--; left < 0 {
			return errors.Join(unix.Kill(os.Getpid(), unix.SIGKILL), errors.New("not killed"))
		}
		return nil
	}
	if os.Getenv(killWhat) == "undo" {
		_, err = k.Undo(false)
	} else if _, err = k.Finish(); err == nil {
		var plan *Plan
		if plan, err = k.Plan(Options{Privileged: true}); err == nil {
			err = plan.Apply()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// killed does something that is killed at a step, and tells whether there was such a step.
func (l *lab) killed(what string, step int) bool {
	l.t.Helper()
	command := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	command.Env = append(os.Environ(), killDir+"="+l.kept, killStep+"="+strconv.Itoa(step), killWhat+"="+what)
	output, err := command.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == unix.SIGKILL {
		return true
	}
	if err != nil {
		l.t.Fatalf("%s: %v: %s", what, err, output)
	}
	return false
}

// files are the files of a picture, without their other names: the times of directories are
// set at the end, and one name comes after the other.
func (p picture) files() picture {
	files := picture{}
	for name, text := range p {
		if !strings.HasPrefix(text, "directory") {
			files[name], _, _ = strings.Cut(text, " = ")
		}
	}
	return files
}

// expectEither checks that each file is the old one or the new.
func (l *lab) expectEither(got, before, after picture) {
	l.t.Helper()
	older, newer := before.files(), after.files()
	for name, text := range got.files() {
		if text != older[name] && text != newer[name] {
			l.t.Errorf("%q is neither the old nor the new file: %s", name, text)
		}
	}
	for name := range before.files() {
		if _, kept := after[name]; kept && got[name] == "" {
			l.t.Errorf("%q is gone", name)
		}
	}
}

// killLab has one change of each kind.
// Every other time the host's files are on another file system than the directory of changes.
func killLab(t *testing.T, step int) (l *lab, before, after picture) {
	l = newLab(t)
	if step%2 == 1 {
		l.leave()
		l.must(unix.Mount("tmpfs", l.host, "tmpfs", 0, "mode=755"))
		t.Cleanup(func() { l.must(unix.Unmount(l.host, unix.MNT_DETACH)) })
	}
	l.fill("changed", "gone", "d/changed", "d/gone", "tree/a", "tree/b/c", "todir", "tofile/x", "opaque/old")
	l.begin()
	l.run(func(root string) {
		in := func(name string) string { return filepath.Join(root, name) }
		err := errors.Join(
			os.WriteFile(in("changed"), []byte("new"), 0o600), os.WriteFile(in("d/changed"), []byte("new"), 0o600),
			os.Remove(in("gone")), os.Remove(in("d/gone")), os.RemoveAll(in("tree")),
			os.Remove(in("todir")), os.Mkdir(in("todir"), 0o700), os.WriteFile(in("todir/y"), nil, 0o600),
			os.RemoveAll(in("tofile")), os.WriteFile(in("tofile"), []byte("file"), 0o600),
			os.RemoveAll(in("opaque")), os.Mkdir(in("opaque"), 0o711), os.Symlink("nowhere", in("opaque/new")),
			os.MkdirAll(in("added/deep"), 0o755), os.WriteFile(in("added/deep/file"), []byte("x"), 0o640),
			os.Chmod(in("d"), 0o2770), os.Chown(in("d"), 1, 2),
		)
		if err != nil {
			t.Error(err)
		}
		if after, err = pictureOf(root); err != nil {
			t.Error(err)
		}
	})
	return l, l.picture(), after
}

// fill makes files in the host's directory.
func (l *lab) fill(names ...string) {
	for _, name := range names {
		full := filepath.Join(l.host, name)
		l.must(os.MkdirAll(filepath.Dir(full), 0o755), os.WriteFile(full, []byte("old "+name), 0o644))
	}
}

// An apply that is killed leaves each file old or new, whatever step it was at. A second
// apply finishes, and an undo takes it back.
func TestApplyKilledAtEachStep(t *testing.T) {
	for step := 0; ; step++ {
		for _, then := range []string{"apply", "undo"} {
			l, before, after := killLab(t, step+len(then))
			wasKilled := l.killed("apply", step)
			l.expectEither(l.picture(), before, after)
			if then == "apply" {
				if l.killed("apply", 1<<30) {
					t.Fatal("killed")
				}
				l.expect(fmt.Sprintf("killed at step %d and finished", step), l.picture(), after)
				l.undo(false)
			} else if undone := l.undo(false); len(undone.Refused) > 0 {
				t.Errorf("killed at step %d: not undone: %v", step, undone.Refused)
			}
			l.expect(fmt.Sprintf("killed at step %d, then %s", step, then), l.picture(), before)
			l.expectNoStores()
			if !wasKilled && then == "undo" {
				if step < 20 {
					t.Errorf("there were %d steps alone", step)
				}
				return
			}
			if t.Failed() {
				return
			}
		}
	}
}

// expectNoStores looks for what may be left.
func (l *lab) expectNoStores() {
	l.t.Helper()
	for _, pattern := range []string{"apply.*[0-9]", "../host/" + storePrefix + "*"} {
		left, err := filepath.Glob(filepath.Join(l.kept, pattern))
		if l.must(err); len(left) > 0 {
			l.t.Errorf("left: %q", left)
		}
	}
}

// An undo that is killed is finished by the next.
func TestUndoKilledAtEachStep(t *testing.T) {
	for step := 0; ; step++ {
		l, before, after := killLab(t, step)
		l.apply(Options{})
		l.expect("applied", l.picture(), after)
		wasKilled := l.killed("undo", step)
		l.expectEither(l.picture(), before, after)
		if undone := l.undo(false); len(undone.Refused) > 0 {
			t.Errorf("killed at step %d: not undone: %v", step, undone.Refused)
		}
		l.expect(fmt.Sprintf("killed at step %d", step), l.picture(), before)
		l.expectNoStores()
		if t.Failed() || !wasKilled {
			return
		}
	}
}

// Whatever was done at random, a kill at a random moment is taken back or finished.
func TestRandomKills(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 6
	}
	for seed := range rounds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l := newLab(t)
			random := rand.New(rand.NewSource(int64(1000 + seed)))
			builder := &user{random: random, root: l.host}
			for range 40 {
				builder.act()
			}
			l.unlinkNames()
			l.begin()
			before := l.picture()
			var after picture
			l.run(func(root string) {
				u := &user{random: random, root: root}
				for range 30 {
					u.act()
				}
				after, _ = pictureOf(root)
			})
			for range 3 { // killed again and again
				l.killed([]string{"apply", "undo", "apply"}[random.Intn(3)], random.Intn(25))
				l.expectEither(l.picture(), before, after)
				if k := l.open(); k.checkOver() != nil {
					if _, is := k.Interrupted(); !is {
						l.must(k.Close())
						l.undo(false)
						continue
					}
					l.must(k.Close())
				} else {
					l.must(k.Close())
				}
			}
			l.killed("apply", 1<<30)
			l.expect("finished", l.picture(), after)
			for undone := l.undo(false); undone.Earlier > 0; undone = l.undo(false) {
			}
			l.expect("undone", l.picture(), before)
		})
	}
}
