package cgroups

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// newContainer makes a directory that stands for a container's cgroup that was made an
// hour ago and not locked, and returns its lock file.
func newContainer(t *testing.T, dir string) (file string) {
	t.Helper()
	if err := mkdir(dir, makingMode); err != nil {
		t.Fatal(err)
	}
	addLockFiles(t, dir, 0o644)
	before := time.Now().Add(-time.Hour)
	if err := os.Chtimes(dir, before, before); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, lockFile(subsystems.V1))
}

func TestLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), testID)
	file := newContainer(t, dir)
	owner, remover := unlocked, unlocked
	if locked, err := owner.own(file); !locked || err != nil {
		t.Fatalf("own() = %v, %v", locked, err)
	}
	if ours, err := remover.open(file); !ours || err != nil {
		t.Fatalf("open() = %v, %v", ours, err)
	}
	if free, err := remover.try(); free || err != nil {
		t.Errorf("try() of a live container = %v, %v; want false", free, err)
	}
	if err := owner.release(); err != nil || owner != unlocked {
		t.Errorf("release() = %v, lock %d", err, owner)
	}
	if free, err := remover.try(); !free || err != nil {
		t.Errorf("try() of a leftover = %v, %v; want true", free, err)
	}
	for range 2 {
		if err := remover.release(); err != nil {
			t.Errorf("release() = %v", err)
		}
	}
}

// Nobody but the owner gets as far as the lock file before it has a mode that keeps
// them from it, and then all can read the cgroup.
func TestLockIsTheOwners(t *testing.T) {
	dir := filepath.Join(t.TempDir(), testID)
	file := newContainer(t, dir)
	modes := func() [2]fs.FileMode {
		var modes [2]fs.FileMode
		for n, name := range []string{dir, file} {
			stat, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			modes[n] = stat.Mode().Perm()
		}
		return modes
	}
	if got := modes(); got != [2]fs.FileMode{0o700, 0o644} {
		t.Errorf("before: %v", got)
	}
	owner := unlocked
	if locked, err := owner.own(file); !locked || err != nil {
		t.Fatalf("own() = %v, %v", locked, err)
	}
	if got := modes(); got != [2]fs.FileMode{0o755, 0o600} {
		t.Errorf("afterwards: %v", got)
	}
	if err := owner.release(); err != nil {
		t.Error(err)
	}
}

// A creator's wait has an end, whoever holds its lock.
func TestLockOfAnother(t *testing.T) {
	file := newContainer(t, filepath.Join(t.TempDir(), testID))
	another, creator := unlocked, unlocked
	if ours, err := another.open(file); !ours || err != nil {
		t.Fatalf("open() = %v, %v", ours, err)
	}
	if free, err := another.try(); !free || err != nil {
		t.Fatalf("try() = %v, %v", free, err)
	}
	if locked, err := creator.own(file); locked || err == nil || !strings.Contains(err.Error(), "somebody else holds it") {
		t.Errorf("own() = %v, %v", locked, err)
	}
	if err := errors.Join(another.release(), creator.release()); err != nil {
		t.Error(err)
	}
}

func TestLockOfWhatIsGone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gone", "file")
	l := unlocked
	if locked, err := l.own(file); locked || err != nil || l != unlocked {
		t.Errorf("own() = %v, %v, lock %d; want false and no lock", locked, err, l)
	}
	if ours, err := l.open(file); ours || err != nil || l != unlocked {
		t.Errorf("open() = %v, %v, lock %d; want false and no lock", ours, err, l)
	}
}

// What has the form of a container and was not made by mydocker is left alone.
func TestLockOfAForeignCgroup(t *testing.T) {
	dir := filepath.Join(t.TempDir(), testID)
	mustMkdir(t, dir)
	addLockFiles(t, dir, 0o644)
	l := unlocked
	if ours, err := l.open(filepath.Join(dir, lockFile(subsystems.V1))); ours || err != nil || l != unlocked {
		t.Errorf("open() = %v, %v, lock %d; want false and no lock", ours, err, l)
	}
	if isContainer(dir, subsystems.V1) {
		t.Error("it is taken for a container")
	}
}

// The creator waits for a remover who has the lock, and finds that its
// directory is gone.
func TestLockDirectoryRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), testID)
	file := newContainer(t, dir)
	remover, creator := unlocked, unlocked
	if ours, err := remover.open(file); !ours || err != nil {
		t.Fatalf("open() = %v, %v", ours, err)
	}
	if free, err := remover.try(); !free || err != nil {
		t.Fatalf("try() = %v, %v", free, err)
	}
	type answer struct {
		locked bool
		err    error
	}
	answers := make(chan answer)
	go func() {
		locked, err := creator.own(file)
		answers <- answer{locked, err}
	}()
	awaitOpen(t, file, 2)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := remover.release(); err != nil {
		t.Fatal(err)
	}
	if got := <-answers; got.locked || got.err != nil || creator != unlocked {
		t.Errorf("own() = %v, %v, lock %d; want false", got.locked, got.err, creator)
	}
}

// awaitOpen waits until this process has dir open n times.
func awaitOpen(t *testing.T, dir string, n int) {
	t.Helper()
	for {
		links, err := filepath.Glob("/proc/self/fd/*")
		if err != nil {
			t.Fatal(err)
		}
		open := 0
		for _, link := range links {
			if name, err := os.Readlink(link); err == nil && name == dir {
				open++
			}
		}
		if open >= n {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func TestLockIsAt(t *testing.T) {
	parent := t.TempDir()
	file := newContainer(t, filepath.Join(parent, testID))
	other := newContainer(t, filepath.Join(parent, "ffffffffffff"))
	l := unlocked
	if ours, err := l.open(file); !ours || err != nil {
		t.Fatal(err)
	}
	if !l.isAt(file) || l.isAt(other) || l.isAt(parent+"/no") || unlocked.isAt(file) {
		t.Error("isAt mistakes one file for another")
	}
	if err := l.release(); err != nil {
		t.Error(err)
	}
}

func mustMkdir(t *testing.T, dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// mustMake makes cgroups as mydocker does: containers with a lock that nobody has, and
// others.
func mustMake(t *testing.T, dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		mustMkdir(t, filepath.Dir(dir))
		if !utils.IsID(filepath.Base(dir)) {
			if err := mkdir(dir, parentMode); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := mkdir(dir, readyMode); err != nil {
			t.Fatal(err)
		}
		addLockFiles(t, dir, lockMode)
	}
}
