package seccomp

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const small = `{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
	{"names": ["ptrace"], "action": "SCMP_ACT_KILL_PROCESS"}, {"names": ["raed"], "action": "SCMP_ACT_ALLOW"}]}`

// onDisk writes a profile, and names a cache that is not there yet.
func onDisk(t *testing.T, profile string) (path, cache string) {
	t.Helper()
	dir := t.TempDir()
	path = filepath.Join(dir, "profile.json")
	if err := os.WriteFile(path, []byte(profile), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, filepath.Join(dir, "state", "seccomp")
}

// only is the one file of a cache.
func only(t *testing.T, cache string) string {
	t.Helper()
	entries, err := os.ReadDir(cache)
	if err != nil || len(entries) != 1 {
		t.Fatalf("%v, %v", entries, err)
	}
	return filepath.Join(cache, entries[0].Name())
}

func loaded(t *testing.T, path, cache string) Filter {
	t.Helper()
	filter, err := Load(path, cache, 0)
	if err != nil {
		t.Fatal(err)
	}
	return filter
}

func TestLoad(t *testing.T) {
	path, cache := onDisk(t, small)
	want := loaded(t, path, "")
	if len(want.Notes) != 1 || !strings.Contains(want.Notes[0], "raed") {
		t.Errorf("notes %q", want.Notes)
	}
	for _, when := range []string{"compiled", "kept"} {
		if got := loaded(t, path, cache); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v instead of %+v", when, got, want)
		}
	}
	file := only(t, cache)
	if got := loaded(t, path, cache); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}

	// What is kept is what is used: the test changes it, with the right hash.
	host, err := thisHost(0)
	if err != nil {
		t.Fatal(err)
	}
	marked := Filter{Program: want.Program[16:], Flags: 2, Notes: []string{"one", "two"}}
	if err := os.WriteFile(file, []byte(entryOf(host, []byte(small)).text(marked)), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := loaded(t, path, cache); !reflect.DeepEqual(got, marked) {
		t.Errorf("%+v is not what is kept", got)
	}

	// Another profile and other capabilities are other entries.
	if err := os.WriteFile(path, []byte(small+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := loaded(t, path, cache); !reflect.DeepEqual(got, want) {
		t.Errorf("another profile: %+v", got)
	}
	if got, err := Load(path, cache, 1); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("other capabilities: %+v, %v", got, err)
	}
	if entries, err := os.ReadDir(cache); err != nil || len(entries) != 3 {
		t.Errorf("%v, %v", entries, err)
	}
}

// TestBrokenCache has an entry that is not to be believed made again.
func TestBrokenCache(t *testing.T) {
	path, cache := onDisk(t, small)
	want := loaded(t, path, cache)
	file := only(t, cache)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	host, err := thisHost(0)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(whole), want.Program, want.Program[16:], 1)
	// An entry with all hashes right would be believed, but for whose it is.
	forged := entryOf(host, []byte(small)).text(Filter{Program: want.Program[16:], Flags: want.Flags})
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.WriteFile(elsewhere, []byte(forged), 0o600); err != nil {
		t.Fatal(err)
	}
	for what, spoil := range map[string]func() error{
		"empty":      func() error { return os.WriteFile(file, nil, 0o600) },
		"cut":        func() error { return os.WriteFile(file, whole[:len(whole)-1], 0o600) },
		"zeros":      func() error { return os.WriteFile(file, make([]byte, len(whole)), 0o600) },
		"changed":    func() error { return os.WriteFile(file, []byte(changed), 0o600) },
		"writable":   func() error { return os.Chmod(file, 0o622) },
		"a link":     func() error { return os.Symlink(elsewhere, file) },
		"a FIFO":     func() error { return unix.Mkfifo(file, 0o600) },
		"somebody's": func() error { return chown(file) },
	} {
		if err := os.RemoveAll(file); err != nil {
			t.Fatal(err)
		}
		if what == "writable" || what == "somebody's" {
			if err := os.WriteFile(file, []byte(forged), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := spoil(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got := loaded(t, path, cache); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", what, got)
		}
		if got, err := os.ReadFile(only(t, cache)); err != nil || string(got) != string(whole) {
			t.Errorf("%s: not made again: %v", what, err)
		}
	}
}

// chown gives a file to somebody else, where the test may; elsewhere others may write it.
func chown(path string) error {
	if os.Geteuid() == 0 {
		return os.Chown(path, 12345, -1)
	}
	return os.Chmod(path, 0o606)
}

// TestForeignCache has a directory that others can write not be one.
func TestForeignCache(t *testing.T) {
	path, cache := onDisk(t, small)
	want := loaded(t, path, "")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	check := func(what, dir string) {
		t.Helper()
		got, err := Load(path, dir, 0)
		if err != nil || got.Program != want.Program {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
		if n := len(got.Notes); n != 2 || !strings.Contains(got.Notes[n-1], "not kept in "+dir) {
			t.Errorf("%s: notes %q", what, got.Notes)
		}
		if entries, err := os.ReadDir(cache); err != nil || len(entries) != 0 {
			t.Errorf("%s: %v, %v", what, entries, err)
		}
	}
	if err := os.Chmod(cache, 0o777); err != nil {
		t.Fatal(err)
	}
	check("writable for all", cache)
	if err := os.Chmod(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(filepath.Dir(cache), "link")
	if err := os.Symlink(cache, link); err != nil {
		t.Fatal(err)
	}
	check("a link", link)
	check("a file", path)
	if os.Geteuid() == 0 {
		if err := os.Chown(cache, 12345, -1); err != nil {
			t.Fatal(err)
		}
		check("somebody's", cache)
	}
}

// TestFullCache has a cache with many entries begin anew.
func TestFullCache(t *testing.T) {
	path, cache := onDisk(t, small)
	for capabilities := range uint64(maxEntries + 1) {
		if _, err := Load(path, cache, capabilities); err != nil {
			t.Fatal(err)
		}
	}
	only(t, cache)
}

func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	long := filepath.Join(dir, "long")
	if err := os.WriteFile(long, []byte(strings.Repeat(" ", maxProfile+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(dir, "broken")
	if err := os.WriteFile(broken, []byte("{\n  \"defaultAction\": \"SCMP_ACT_ERRNO\",\n}"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none"): "seccomp profile " + dir + "/none: no such file or directory",
		dir:                        "seccomp profile " + dir + ": it is not a regular file",
		long:                       "it is longer than 1048576 bytes",
		broken:                     "seccomp profile " + broken + ": line 3: not JSON: invalid character '}'",
	} {
		if _, err := Load(path, filepath.Join(dir, "cache"), 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestDefault has the filter that was compiled with mydocker where it is the right one,
// and another one kept.
func TestDefault(t *testing.T) {
	_, cache := onDisk(t, small)
	filter, err := Default(cache, dockersCapabilities()|1<<unix.CAP_NET_ADMIN)
	if err != nil || filter.Program != compiledAMD64 && filter.Program != compiledARM64 {
		t.Errorf("Docker's: %v", err)
	}
	if _, err := os.Stat(cache); err == nil {
		t.Error("it is kept")
	}
	host, err := thisHost(dockersCapabilities() | 1<<unix.CAP_SYS_ADMIN)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Compile(defaultProfile(), host)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, err := Default(cache, host.Capabilities); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v", got, err)
		}
		only(t, cache)
	}
}
