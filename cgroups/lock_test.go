package cgroups

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestLock(t *testing.T) {
	dir := t.TempDir()
	owner, remover := unlocked, unlocked
	if locked, err := owner.acquire(dir); !locked || err != nil {
		t.Fatalf("acquire() = %v, %v", locked, err)
	}
	if dead, err := remover.tryAcquire(dir); dead || err != nil {
		t.Errorf("tryAcquire() of a live container = %v, %v; want false", dead, err)
	}
	if remover != unlocked {
		t.Errorf("tryAcquire() kept descriptor %d", remover)
	}
	if err := owner.release(); err != nil || owner != unlocked {
		t.Errorf("release() = %v, lock %d", err, owner)
	}
	if dead, err := remover.tryAcquire(dir); !dead || err != nil {
		t.Errorf("tryAcquire() of a leftover = %v, %v; want true", dead, err)
	}
	for range 2 {
		if err := remover.release(); err != nil {
			t.Errorf("release() = %v", err)
		}
	}
}

func TestLockOfWhatIsGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	for name, try := range map[string]func(*lock, string) (bool, error){"acquire": (*lock).acquire, "tryAcquire": (*lock).tryAcquire} {
		l := unlocked
		if locked, err := try(&l, dir); locked || err != nil || l != unlocked {
			t.Errorf("%s() = %v, %v, lock %d; want false and no lock", name, locked, err, l)
		}
	}
}

func TestLockOfAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]func(*lock, string) (bool, error){"acquire": (*lock).acquire, "tryAcquire": (*lock).tryAcquire} {
		l := unlocked
		if locked, err := try(&l, file); locked || err == nil {
			t.Errorf("%s() of a file = %v, %v; want an error", name, locked, err)
		}
	}
}

// The creator waits for a remover who has the lock, and finds that its
// directory is gone, or is another one by the same name.
func TestLockDirectoryReplaced(t *testing.T) {
	for _, replace := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "c")
		mustMkdir(t, dir)
		remover, creator := unlocked, unlocked
		if dead, err := remover.tryAcquire(dir); !dead || err != nil {
			t.Fatalf("tryAcquire() = %v, %v", dead, err)
		}
		type answer struct {
			locked bool
			err    error
		}
		answers := make(chan answer)
		go func() {
			locked, err := creator.acquire(dir)
			answers <- answer{locked, err}
		}()
		awaitOpen(t, dir, 2)
		if err := os.Remove(dir); err != nil {
			t.Fatal(err)
		}
		if replace {
			mustMkdir(t, dir)
		}
		if err := remover.release(); err != nil {
			t.Fatal(err)
		}
		if got := <-answers; got.locked || got.err != nil || creator != unlocked {
			t.Errorf("acquire() = %v, %v, lock %d; want false (replaced: %v)", got.locked, got.err, creator, replace)
		}
	}
}

// awaitOpen waits until this process has dir open n times.
func awaitOpen(t *testing.T, dir string, n int) {
	t.Helper()
	for range 1000 {
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
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%s was not opened %d times", dir, n)
}

func TestSameFile(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "c")
	mustMkdir(t, dir)
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !sameFile(fd, dir) || sameFile(fd, parent) || sameFile(fd, dir+"/no") || sameFile(-1, dir) {
		t.Error("sameFile mistakes one directory for another")
	}
	if err := unix.Close(fd); err != nil {
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

// mustMake makes cgroups as mydocker does.
func mustMake(t *testing.T, dirs ...string) {
	t.Helper()
	for _, dir := range dirs {
		mustMkdir(t, filepath.Dir(dir))
		if err := mkdir(dir); err != nil {
			t.Fatal(err)
		}
	}
}
