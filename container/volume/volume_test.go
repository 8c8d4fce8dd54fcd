package volume

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func create(t *testing.T, state, name string) *Volume {
	t.Helper()
	v, _, err := Create(state, &Record{Name: name, Created: time.Now().UTC()})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func closed(t *testing.T, v *Volume) {
	t.Helper()
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
}

func removeAll(at *os.File, name string) error {
	return os.RemoveAll(filepath.Join(at.Name(), name))
}

func TestCreate(t *testing.T) {
	defer unix.Umask(unix.Umask(0o077))
	state := t.TempDir()
	v, made, err := Create(state, &Record{Name: "first", Labels: map[string]string{"a": "b"}})
	if err != nil || !made {
		t.Fatalf("%v, %v", made, err)
	}
	info, err := os.Stat(v.Data())
	if err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if info, err := os.Stat(v.Path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	again, made, err := Create(state, &Record{Name: "first", Labels: map[string]string{"c": "d"}})
	if err != nil || made || again.Labels["a"] != "b" || len(again.Labels) != 1 {
		t.Errorf("%v, %v, %v", again.Record, made, err)
	}
	if v.Data() != DataPath(state, "first") {
		t.Errorf("%s is not %s", v.Data(), DataPath(state, "first"))
	}
	closed(t, v)
	closed(t, again)
	if all, err := List(state); err != nil || len(all) != 1 || all[0].Used || all[0].Name != "first" {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestNames(t *testing.T) {
	state := t.TempDir()
	for _, name := range []string{"", "a", "../x", "..", ".new-1", "-a", "_a", "a/b", "a b", "ä1", "a\x00b", "a\n", strings.Repeat("a", 256)} {
		if _, _, err := Create(state, &Record{Name: name}); err == nil {
			t.Errorf("%q can be made", name)
		}
		if _, err := Open(state, name); !errors.As(err, new(*NotFoundError)) {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"aa", "A.b-c_d", "0a", strings.Repeat("a", 255)} {
		closed(t, create(t, state, name))
	}
	name, err := NewName()
	if err != nil || len(name) != 64 || CheckName(name) != nil {
		t.Errorf("%q, %v", name, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(state)); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// Who creates the same name at once gets the same volume, and one of them has made it.
func TestCrowd(t *testing.T) {
	state := t.TempDir()
	for round := range 20 {
		var made, inodes sync.Map
		var all sync.WaitGroup
		for n := range 8 {
			all.Go(func() {
				v, isNew, err := Create(state, &Record{Name: "crowd"})
				if err != nil {
					t.Error(err)
					return
				}
				var stat unix.Stat_t
				if err := unix.Fstat(int(v.Dir.Fd()), &stat); err != nil {
					t.Error(err)
				}
				inodes.Store(stat.Ino, n)
				if isNew {
					made.Store(n, true)
				}
				if err := v.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if count(&made) != 1 || count(&inodes) != 1 {
			t.Fatalf("round %d: %d have made it, and there were %d", round, count(&made), count(&inodes))
		}
		remove(t, state, "crowd")
	}
	if entries, err := os.ReadDir(filepath.Join(state, volumesName)); err != nil || len(entries) != 0 {
		t.Errorf("%v, %v", entries, err)
	}
}

func count(m *sync.Map) (n int) {
	m.Range(func(any, any) bool { n++; return true })
	return n
}

func remove(t *testing.T, state, name string) {
	t.Helper()
	v, err := OpenToRemove(state, name)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Remove(removeAll); err != nil {
		t.Fatal(err)
	}
	closed(t, v)
}

// A volume is created while others remove it: all have one that is whole.
func TestCreateAgainstRemove(t *testing.T) {
	state := t.TempDir()
	stop := make(chan struct{})
	var remover, creators sync.WaitGroup
	remover.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			v, err := OpenToRemove(state, "busy")
			if err != nil {
				continue
			}
			if err := errors.Join(v.Remove(removeAll), v.Close()); err != nil {
				t.Error(err)
			}
		}
	})
	for range 4 {
		creators.Go(func() {
			for range 50 {
				v, _, err := Create(state, &Record{Name: "busy"})
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := os.Stat(v.Data()); err != nil {
					t.Error(err)
				}
				if err := v.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	creators.Wait()
	close(stop)
	remover.Wait()
}

func TestInUse(t *testing.T) {
	state := t.TempDir()
	first, second := create(t, state, "shared"), create(t, state, "shared")
	for _, v := range []*Volume{first, second} {
		if _, err := OpenToRemove(state, "shared"); !errors.As(err, new(*InUseError)) {
			t.Errorf("%v", err)
		}
		if l, err := Find(state, "shared"); err != nil || !l.Used {
			t.Errorf("%+v, %v", l, err)
		}
		closed(t, v)
	}
	remove(t, state, "shared")
	if _, err := Find(state, "shared"); !errors.As(err, new(*NotFoundError)) {
		t.Errorf("%v", err)
	}
}

func TestDamaged(t *testing.T) {
	for what, damage := range map[string]func(v *Volume) error{
		"empty":   func(v *Volume) error { return os.Truncate(filepath.Join(v.Path, recordName), 0) },
		"missing": func(v *Volume) error { return os.Remove(filepath.Join(v.Path, recordName)) },
		"a link":  func(v *Volume) error { return replaceByLink(filepath.Join(v.Path, recordName)) },
		"of other": func(v *Volume) error {
			return write(v.Path, `{"version":1,"name":"other","created":"2026-01-01T00:00:00Z"}`)
		},
		"newer": func(v *Volume) error {
			return write(v.Path, `{"version":2,"name":"damaged","created":"2026-01-01T00:00:00Z"}`)
		},
		"unknown": func(v *Volume) error { return write(v.Path, `{"version":1,"name":"damaged","x":1}`) },
		"options": func(v *Volume) error {
			return write(v.Path, `{"version":1,"name":"damaged","options":{"type":"ext4"}}`)
		},
	} {
		state := t.TempDir()
		v := create(t, state, "damaged")
		closed(t, create(t, state, "whole"))
		if err := damage(v); err != nil {
			t.Fatal(err)
		}
		closed(t, v)
		if _, err := Open(state, "damaged"); !errors.As(err, new(*DamagedError)) {
			t.Errorf("%s: %v", what, err)
		}
		all, err := List(state)
		if !errors.As(err, new(*DamagedError)) || len(all) != 1 || all[0].Name != "whole" {
			t.Errorf("%s: %v, %v", what, all, err)
		}
		remove(t, state, "damaged")
	}
}

func write(dir, text string) error {
	return os.WriteFile(filepath.Join(dir, recordName), []byte(text), 0o600)
}

func replaceByLink(name string) error {
	if err := os.Rename(name, name+".moved"); err != nil {
		return err
	}
	return os.Symlink(name+".moved", name)
}

func TestClearLeftovers(t *testing.T) {
	state := t.TempDir()
	if err := ClearLeftovers(state, removeAll); err != nil {
		t.Fatal(err)
	}
	used := create(t, state, "used")
	closed(t, create(t, state, "named"))
	for name, wanted := range map[string]bool{"temporary": true, "stays": false} {
		v, _, err := Create(state, &Record{Name: name, Anonymous: true, Temporary: wanted})
		if err != nil {
			t.Fatal(err)
		}
		closed(t, v)
	}
	dir := filepath.Join(state, volumesName)
	for _, name := range []string{newPrefix + "1/_data/a", newPrefix + "2", removedPrefix + "1/_data/a", removedPrefix + "2", removedPrefix + "3/_data"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{newPrefix + "1/lock", removedPrefix + "1/lock"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := ClearLeftovers(state, removeAll); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if err != nil || !slices.Equal(names, []string{"named", "stays", "used"}) {
		t.Errorf("%v, %v", names, err)
	}
	closed(t, used)
}

// Who removes what others have left is not in the way of who makes a volume.
func TestCreateAgainstClear(t *testing.T) {
	state := t.TempDir()
	stop := make(chan struct{})
	var clearing, creating sync.WaitGroup
	clearing.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if err := ClearLeftovers(state, removeAll); err != nil {
				t.Error(err)
			}
		}
	})
	for n := range 4 {
		creating.Go(func() {
			for i := range 50 {
				v, made, err := Create(state, &Record{Name: fmt.Sprintf("name-%d-%d", n, i)})
				if err != nil || !made {
					t.Errorf("%v, %v", made, err)
					return
				}
				if err := v.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	creating.Wait()
	close(stop)
	clearing.Wait()
	if all, err := List(state); err != nil || len(all) != 200 {
		t.Errorf("%d, %v", len(all), err)
	}
}

// What others could change is no store.
func TestForeignDirectory(t *testing.T) {
	state := t.TempDir()
	closed(t, create(t, state, "aa"))
	dir := filepath.Join(state, volumesName)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(state, "aa"); err == nil || !strings.Contains(err.Error(), "can be written to by others") {
		t.Errorf("%v", err)
	}
}
