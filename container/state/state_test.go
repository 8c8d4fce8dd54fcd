package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mydocker/mydocker/container/image"
)

func record(id, name string) *Record {
	return &Record{
		Version: RecordVersion, ID: id, Name: name, Image: "busybox", Manifest: image.NewDigest(make([]byte, 32)),
		Config: image.RunConfig{Entrypoint: []string{"sh", "-c"}, Cmd: []string{"true"}}, Created: time.Unix(1_700_000_000, 0).UTC(),
	}
}

func removeAll(at *os.File, name string) error { return os.RemoveAll(filepath.Join(at.Name(), name)) }

func create(t *testing.T, state, id, name string) *Container {
	t.Helper()
	c, err := Create(state, record(id, name))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func check(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func opened(t *testing.T, state, name string) *Container {
	t.Helper()
	c, err := Open(state, name)
	if err != nil {
		t.Fatalf("%q: %v", name, err)
	}
	return c
}

// What is kept is found again, by all that names it.
func TestFind(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	for id, name := range map[string]string{"aaaaaaaaaaaa": "web", "aaaaaabbbbbb": "bbbb", "bbbbcccccccc": "", "cccccccccccc": "aaaaaaaaaaaa"} {
		c := create(t, state, id, name)
		now := time.Now().UTC()
		c.Exited, c.ExitCode = &now, 3
		check(t, c.Save(), c.Close())
	}
	for name, want := range map[string]string{
		"aaaaaaaaaaaa": "aaaaaaaaaaaa", "web": "aaaaaaaaaaaa", "aaaaaaa": "aaaaaaaaaaaa", "aaaaaab": "aaaaaabbbbbb", "bbbb": "aaaaaabbbbbb",
		"bbb": "bbbbcccccccc", "b": "bbbbcccccccc", "c": "cccccccccccc",
	} {
		c := opened(t, state, name)
		if c.ID != want || c.ExitCode != 3 || c.Exited == nil || !slices.Equal(c.Command(), []string{"sh", "-c", "true"}) {
			t.Errorf("%q: %+v, want %s", name, c.Record, want)
		}
		check(t, c.Close())
	}
	for name, want := range map[string]string{
		"aaaaaa": "not the id of one container", "d": "No such container: d", "": "No such container: ", "../x": "No such container: ../x",
		"names": "No such container: names", "WEB": "No such container", strings.Repeat("a", 13): "No such container",
	} {
		if _, err := Open(state, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", name, err, want)
		}
	}
	if _, err := Open(filepath.Join(state, "none"), "web"); !errors.As(err, new(*NotFoundError)) {
		t.Errorf("without a directory: %v", err)
	}
}

// A name is one container's, and free when that is removed, whoever was killed meanwhile.
func TestNames(t *testing.T) {
	state := t.TempDir()
	c := create(t, state, "aaaaaaaaaaaa", "web")
	_, err := Create(state, record("bbbbbbbbbbbb", "web"))
	if taken := (*NameError)(nil); !errors.As(err, &taken) || taken.ID != c.ID {
		t.Fatalf("the name of one that runs: %v", err)
	}
	if entries, _ := os.ReadDir(filepath.Join(state, "containers")); len(entries) != 2 {
		t.Errorf("the one that was refused has left something: %v", entries)
	}
	check(t, c.Close())
	if _, err := Create(state, record("bbbbbbbbbbbb", "web")); !errors.As(err, new(*NameError)) {
		t.Fatalf("the name of one that has ended: %v", err)
	}
	check(t, os.Rename(c.Path, filepath.Join(filepath.Dir(c.Path), removedPrefix+c.ID))) // killed within Remove
	c = create(t, state, "cccccccccccc", "web")
	check(t, os.Remove(filepath.Join(c.Path, recordName)), c.Close()) // killed within Create
	c = create(t, state, "dddddddddddd", "web")
	check(t, c.Remove(removeAll), c.Close(), ClearLeftovers(state, removeAll))
	entries, err := os.ReadDir(filepath.Join(state, "containers"))
	names, namesErr := os.ReadDir(filepath.Join(state, "containers/names"))
	check(t, err, namesErr)
	if len(entries) != 1 || len(names) != 0 {
		t.Errorf("left: %v, %v", entries, names)
	}
	for _, name := range []string{"a", "-ab", ".ab", "a/b", "a b", "ab\n", "äb", strings.Repeat("a", 129)} {
		if c, err := Create(state, record("eeeeeeeeeeee", name)); err == nil {
			t.Errorf("%q is taken", name)
			check(t, c.Close())
		}
	}
}

// One that runs is nobody else's, and who reads shares with others who do.
func TestLocks(t *testing.T) {
	state := t.TempDir()
	c := create(t, state, "aaaaaaaaaaaa", "")
	inUse := (*InUseError)(nil)
	if _, err := Open(state, "aaa"); !errors.As(err, &inUse) || !inUse.Running {
		t.Errorf("one that runs is opened: %v", err)
	}
	if _, err := OpenToRemove(state, "aaa"); !errors.As(err, &inUse) || !inUse.Running {
		t.Errorf("one that runs is opened: %v", err)
	}
	running := func() bool {
		all, err := List(state)
		check(t, err)
		return len(all) == 1 && all[0].Running
	}
	if !running() {
		t.Error("it does not run")
	}
	check(t, c.Close())
	one, two := opened(t, state, "aaa"), opened(t, state, "aaa")
	if _, err := OpenToRemove(state, "aaa"); !errors.As(err, &inUse) || inUse.Running {
		t.Errorf("one that is read is removed: %v", err)
	}
	if running() {
		t.Error("it runs")
	}
	check(t, one.Close(), two.Close())
	c, err := OpenToRemove(state, "aaa")
	check(t, err, c.Remove(removeAll), c.Close())
	if all, err := List(state); len(all) != 0 || err != nil {
		t.Errorf("%v, %v", all, err)
	}
}

// The lock goes with the process, whatever it dies of.
func TestKilled(t *testing.T) {
	const variable = "STATE_OF_TEST_KILLED"
	if state := os.Getenv(variable); state != "" {
		create(t, state, "aaaaaaaaaaaa", "web")
		fmt.Println("ready")
		time.Sleep(time.Hour)
	}
	state := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	child.Env = append(os.Environ(), variable+"="+state)
	output, err := child.StdoutPipe()
	check(t, err, child.Start())
	if _, err := output.Read(make([]byte, 10)); err != nil {
		t.Error(err)
	}
	if all, err := List(state); err != nil || len(all) != 1 || !all[0].Running {
		t.Errorf("%v, %v", all, err)
	}
	check(t, child.Process.Kill())
	if err := child.Wait(); err == nil {
		t.Error("it was not killed")
	}
	if all, err := List(state); err != nil || len(all) != 1 || all[0].Running || all[0].Exited != nil {
		t.Errorf("%v, %v", all, err)
	}
}

// What is damaged is named, hides nothing else, and can be removed.
func TestDamaged(t *testing.T) {
	state := t.TempDir()
	check(t, create(t, state, "aaaaaaaaaaaa", "web").Close(), create(t, state, "bbbbbbbbbbbb", "").Close())
	file := filepath.Join(state, "containers/aaaaaaaaaaaa", recordName)
	content, err := os.ReadFile(file)
	check(t, err)
	text := string(content)
	for name, damaged := range map[string]string{
		"empty": "", "half": text[:len(text)/2], "more": text + "{}", "other": strings.Replace(text, "aaaaaaaaaaaa", "cccccccccccc", 1),
		"unknown": strings.Replace(text, `"id"`, `"x":1,"id"`, 1), "version": strings.Replace(text, `"version":2`, `"version":99`, 1),
		"digest":  strings.Replace(text, "sha256:00", "sha256:..", 1),
		"variant": strings.Replace(text, `"config"`, `"variant":"../../etc","config"`, 1), "name": strings.Replace(text, `"web"`, `"../web"`, 1),
	} {
		if damaged == text {
			t.Fatal(name)
		}
		check(t, os.WriteFile(file, []byte(damaged), 0o600))
		all, err := List(state)
		if len(all) != 1 || all[0].ID != "bbbbbbbbbbbb" || !errors.As(err, new(*DamagedError)) || !strings.Contains(err.Error(), "mydocker rm aaaaaaaaaaaa") {
			t.Errorf("%s: %v, %v", name, all, err)
		}
		for _, by := range []string{"aaaaaaaaaaaa", "web", "aa"} {
			if _, err := Open(state, by); !errors.As(err, new(*DamagedError)) {
				t.Errorf("%s, %s: %v", name, by, err)
			}
		}
		if _, err := Create(state, record("dddddddddddd", "web")); !errors.As(err, new(*NameError)) {
			t.Errorf("%s: its name is taken: %v", name, err)
		}
	}
	c, err := OpenToRemove(state, "web")
	check(t, err, c.Remove(removeAll), c.Close(), ClearLeftovers(state, removeAll))
	if names, err := os.ReadDir(filepath.Join(state, "containers/names")); err != nil || len(names) != 0 {
		t.Errorf("its name is left: %v, %v", names, err)
	}
	check(t, create(t, state, "dddddddddddd", "web").Close())
}

// Of many that want one name at the same time, one gets it; also where who had it is gone.
func TestManyAtOnce(t *testing.T) {
	state := t.TempDir()
	c := create(t, state, "ffffffffffff", "web")
	check(t, os.Rename(c.Path, filepath.Join(filepath.Dir(c.Path), removedPrefix+c.ID)), c.Close())
	var group sync.WaitGroup
	made := make(chan *Container, 20)
	for n := range 20 {
		group.Go(func() {
			c, err := Create(state, record(fmt.Sprintf("%012x", n), "web"))
			if err == nil {
				made <- c
			} else if !errors.As(err, new(*NameError)) {
				t.Error(err)
			}
			if err := ClearLeftovers(state, removeAll); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	close(made)
	var ids []string
	for c := range made {
		ids = append(ids, c.ID)
		check(t, c.Close())
	}
	if all, err := List(state); len(ids) != 1 || len(all) != 1 || err != nil || all[0].ID != ids[0] {
		t.Errorf("%v, %v, %v", ids, all, err)
	}
}

// A directory that others can write to says nothing.
func TestForeign(t *testing.T) {
	state := t.TempDir()
	check(t, create(t, state, "aaaaaaaaaaaa", "").Close(), os.Chmod(filepath.Join(state, "containers"), 0o777))
	if _, err := List(state); err == nil || !strings.Contains(err.Error(), "can be written to by others") {
		t.Error(err)
	}
}

// No record makes a path lead elsewhere.
func FuzzParse(f *testing.F) {
	seed, err := json.Marshal(record("aaaaaaaaaaaa", "web"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(seed))
	f.Add("{}")
	f.Fuzz(func(t *testing.T, content string) {
		r, err := parse([]byte(content), "aaaaaaaaaaaa")
		if err == nil && (r.ID != "aaaaaaaaaaaa" || strings.ContainsAny(r.Name+string(r.Manifest)+string(r.Variant), "/\x00\n") || strings.HasPrefix(r.Name, ".")) {
			t.Errorf("%+v", r)
		}
	})
}
