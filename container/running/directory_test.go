package running

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// empty is a new directory; what is kept there closes it.
func empty(t *testing.T, path string) *directory {
	t.Helper()
	fd, err := utils.Open(path, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		t.Fatal(err)
	}
	return &directory{path, fd}
}

// keepMade keeps a record of a container that is being made.
func keepMade(t *testing.T, path string, r Record) *Kept {
	t.Helper()
	content, err := r.marshal()
	if err != nil {
		t.Fatal(err)
	}
	k, err := empty(t, path).keep(r.ID, content)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// keep keeps a record of a container that runs, until the test ends.
func keep(t *testing.T, path string, r Record) *Kept {
	t.Helper()
	k := keepMade(t, path, r)
	if err := k.Begin(); err != nil {
		t.Fatal(err)
	}
	return k
}

func TestFind(t *testing.T) {
	path := t.TempDir()
	for _, r := range []Record{{ID: "aaaaaaaaaaaa", Name: "web", Pid: 1}, {ID: "aaaabbbbbbbb", Pid: 2}, {ID: "cccccccccccc", Name: "aaaabbbbbbbb2", Pid: 3}} {
		k := keep(t, path, r)
		defer func() {
			if err := k.Remove(); err != nil {
				t.Error(err)
			}
		}()
	}
	if err := os.WriteFile(filepath.Join(path, "dddddddddddd"), []byte("a leftover"), ready); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path, "of another kind"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := empty(t, path)
	for name, want := range map[string]int{"web": 1, "aaaaaaaaaaaa": 1, "aaaaa": 1, "aaaab": 2, "aaaabbbbbbbb": 2, "aaaabbbbbbbb2": 3, "c": 3} {
		if r, err := d.find(name); err != nil || r.Pid != want {
			t.Errorf("%s: %+v, %v, want pid %d", name, r, err, want)
		}
	}
	if _, err := d.find("aaaa"); err == nil || !strings.Contains(err.Error(), "say more of the id") {
		t.Errorf("two that begin so: %v", err)
	}
	for _, name := range []string{"", "we", "d", "dddddddddddd", "eeeeeeeeeeee", "of another kind", "../x"} {
		if r, err := d.find(name); !errors.As(err, new(*NotFoundError)) {
			t.Errorf("%q: %+v, %v", name, r, err)
		}
	}
	if _, err := os.Lstat(filepath.Join(path, "dddddddddddd")); !os.IsNotExist(err) {
		t.Errorf("the leftover: %v", err)
	}
	if _, err := os.Lstat(filepath.Join(path, "of another kind")); err != nil {
		t.Error(err)
	}
	if err := unix.Close(d.fd); err != nil {
		t.Error(err)
	}
}

// Who looks for a container that is being made waits until its command runs.
func TestFindWaits(t *testing.T) {
	path := t.TempDir()
	r := Record{ID: "aaaaaaaaaaaa", Pid: 1}
	k := keepMade(t, path, r)
	found := make(chan error)
	go func() {
		_, err := empty(t, path).find(r.ID)
		found <- err
	}()
	select {
	case err := <-found:
		t.Errorf("found before: %v", err)
	default:
	}
	if err := k.Begin(); err != nil {
		t.Fatal(err)
	}
	if err := <-found; err != nil {
		t.Error(err)
	}
	if err := k.Remove(); err != nil {
		t.Error(err)
	}
}

// One that does not come to its command, for somebody has stopped it, does not keep others from being
// found.
func TestFindBesideStopped(t *testing.T) {
	path := t.TempDir()
	stopped := Record{ID: "aaaaaaaaaaaa", Name: "stopped", Pid: 1}
	k := keepMade(t, path, stopped)
	web := keep(t, path, Record{ID: "bbbbbbbbbbbb", Name: "web", Pid: 2})
	var group sync.WaitGroup
	group.Go(func() {
		if r, err := empty(t, path).find("web"); err != nil || r.Pid != 2 {
			t.Errorf("web: %+v, %v", r, err)
		}
	})
	group.Go(func() {
		missing := (*NotFoundError)(nil)
		if r, err := empty(t, path).find("nobody"); !errors.As(err, &missing) || !errors.Is(missing.Why, errMade) {
			t.Errorf("nobody: %+v, %v", r, err)
		}
	})
	group.Go(func() {
		if r, err := empty(t, path).find(stopped.ID); !errors.Is(err, errMade) {
			t.Errorf("itself: %+v, %v", r, err)
		}
	})
	group.Wait()
	if err := errors.Join(k.Remove(), web.Remove()); err != nil {
		t.Error(err)
	}
}

// Of leftovers each run removes some, and no record of a run that lives.
func TestClear(t *testing.T) {
	path := t.TempDir()
	k := keep(t, path, Record{ID: "aaaaaaaaaaaa"})
	for _, name := range []string{"bbbbbbbbbbbb", "cccccccccccc"} {
		if err := os.WriteFile(filepath.Join(path, name), nil, ready); err != nil {
			t.Fatal(err)
		}
	}
	if err := k.Clear(); err != nil {
		t.Error(err)
	}
	if names, err := k.directory.names(0); err != nil || len(names) != 1 || names[0] != "aaaaaaaaaaaa" {
		t.Errorf("%q, %v", names, err)
	}
	if err := k.Remove(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(path); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
