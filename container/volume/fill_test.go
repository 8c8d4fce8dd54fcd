package volume

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func fill(t *testing.T, v *Volume, text string) (filled bool) {
	t.Helper()
	dir, err := v.BeginFill(removeAll)
	if err != nil {
		t.Fatal(err)
	}
	if dir == "" {
		return false
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := v.EndFill(removeAll); err != nil {
		t.Fatal(err)
	}
	return true
}

func content(t *testing.T, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "file"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(text)
}

func TestFill(t *testing.T) {
	state := t.TempDir()
	first, second := create(t, state, "aa"), create(t, state, "aa")
	if !fill(t, first, "first") || fill(t, second, "second") || content(t, first.Data()) != "first" {
		t.Errorf("%q", content(t, first.Data()))
	}
	closed(t, first)
	if fill(t, second, "second") || content(t, second.Data()) != "first" {
		t.Errorf("%q", content(t, second.Data()))
	}
	closed(t, second)
}

// What somebody has left who was killed meanwhile is nothing, and is done anew.
func TestFillAfterKill(t *testing.T) {
	state := t.TempDir()
	killed := create(t, state, "aa")
	dir, err := killed.BeginFill(removeAll)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "half"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	closed(t, killed) // the kernel drops its locks
	next := create(t, state, "aa")
	if !fill(t, next, "next") || content(t, next.Data()) != "next" {
		t.Errorf("%q", content(t, next.Data()))
	}
	if _, err := os.Lstat(filepath.Join(next.Data(), "half")); !os.IsNotExist(err) {
		t.Errorf("%v", err)
	}
	closed(t, next)
}

func TestCancelFill(t *testing.T) {
	state := t.TempDir()
	v := create(t, state, "aa")
	if _, err := v.BeginFill(removeAll); err != nil {
		t.Fatal(err)
	}
	if err := v.CancelFill(removeAll); err != nil {
		t.Fatal(err)
	}
	other := create(t, state, "aa")
	if !fill(t, other, "other") {
		t.Error("it was not filled")
	}
	closed(t, v)
	closed(t, other)
}

// What a container has mounted is not replaced under it.
func TestFillMounted(t *testing.T) {
	state := t.TempDir()
	mounted, other := create(t, state, "aa"), create(t, state, "aa")
	if err := mounted.Mount(); err != nil {
		t.Fatal(err)
	}
	if fill(t, other, "other") {
		t.Error("it was filled")
	}
	closed(t, mounted)
	if !fill(t, other, "other") {
		t.Error("it was not filled")
	}
	closed(t, other)
}

// Of many that begin at once one fills it, and all others find that.
func TestFillCrowd(t *testing.T) {
	state := t.TempDir()
	filled := make(chan bool, 8)
	var all sync.WaitGroup
	for range cap(filled) {
		all.Go(func() {
			v := create(t, state, "aa")
			filled <- fill(t, v, "text")
			if err := v.Mount(); err != nil {
				t.Error(err)
			}
			if got := content(t, v.Data()); got != "text" {
				t.Errorf("%q", got)
			}
			closed(t, v)
		})
	}
	all.Wait()
	close(filled)
	times := 0
	for one := range filled {
		if one {
			times++
		}
	}
	if times != 1 {
		t.Errorf("it was filled %d times", times)
	}
}

func TestFillBacked(t *testing.T) {
	state, device := t.TempDir(), t.TempDir()
	make := func(name string, options map[string]string) *Volume {
		v, _, err := Create(state, &Record{Name: name, Options: options})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	bound := make("bound", map[string]string{"type": "none", "o": "bind", "device": device})
	if !fill(t, bound, "text") || content(t, device) != "text" || fill(t, bound, "again") {
		t.Errorf("%q", content(t, device))
	}
	closed(t, bound)
	memory := make("memory", map[string]string{"type": "tmpfs", "device": "tmpfs"})
	if fill(t, memory, "text") {
		t.Error("it was filled")
	}
	closed(t, create(t, state, "plain"))
	for name, want := range map[string]string{"bound": device, "memory": "", "plain": DataPath(state, "plain")} {
		if got, err := ContentPath(state, name); err != nil || got != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if err := memory.Mount(); err != nil {
		t.Fatal(err)
	}
	other := create(t, state, "memory")
	if err := other.Mount(); err == nil || !strings.Contains(err.Error(), "a tmpfs cannot be shared") {
		t.Errorf("%v", err)
	}
	closed(t, memory)
	if err := other.Mount(); err != nil {
		t.Error(err)
	}
	closed(t, other)
	gone := make("gone", map[string]string{"type": "none", "o": "bind", "device": device + "/gone"})
	if _, err := gone.BeginFill(removeAll); err == nil {
		t.Error("there is no such directory")
	}
	closed(t, gone)
}
