package overlay

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"golang.org/x/sys/unix"
)

func openDir(t *testing.T) *os.File {
	t.Helper()
	name := t.TempDir()
	if err := os.Chmod(name, 0o700); err != nil {
		t.Fatal(err)
	}
	dir, err := OpenDir(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	return dir
}

func TestRecordIsKept(t *testing.T) {
	dir := openDir(t)
	if _, err := Load(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no record: %v", err)
	}
	layer, err := NewLayer("/", "0", true)
	if err == nil {
		layer.Started, err = Now()
	}
	if err != nil {
		t.Fatal(err)
	}
	record := &Record{Version: recordVersion, Layers: []Layer{layer}}
	for range 2 {
		if err := record.Save(dir); err != nil {
			t.Fatal(err)
		}
	}
	read, err := Load(dir)
	if err != nil || !reflect.DeepEqual(read, record) {
		t.Errorf("saved %v, read %v, %v", record, read, err)
	}
}

func TestRecordRefuses(t *testing.T) {
	const good = `{"version":1,"layers":[{"mount":"/","directory":"0","device":1,"inode":2,"started":3}]}`
	if _, err := parseRecord([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		``, `{`, `[]`, `{"version":2,"layers":[]}`, good + `x`, good + good,
		`{"version":1,"layers":[],"more":1}`,
		`{"version":1,"layers":[{"mount":"etc","directory":"0","started":3}]}`,
		`{"version":1,"layers":[{"mount":"/a/../b","directory":"0","started":3}]}`,
		`{"version":1,"layers":[{"mount":"/a\u0000","directory":"0","started":3}]}`,
		`{"version":1,"layers":[{"mount":"/","directory":"../0","started":3}]}`,
		`{"version":1,"layers":[{"mount":"/","directory":"00","started":3}]}`,
		`{"version":1,"layers":[{"mount":"/","directory":"0"}]}`,
		`{"version":1,"layers":[{"mount":"/","directory":"0","started":3},{"mount":"/","directory":"1","started":3}]}`,
	} {
		if record, err := parseRecord([]byte(bad)); err == nil {
			t.Errorf("%s is read as %v", bad, record)
		}
	}
}

func FuzzParseRecord(f *testing.F) {
	f.Add([]byte(`{"version":1,"layers":[{"mount":"/","directory":"0","device":1,"inode":2,"started":3}]}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		record, err := parseRecord(content)
		if err != nil {
			return
		}
		for _, l := range record.Layers {
			if !filepath.IsAbs(l.Mount) || filepath.Base(l.Directory) != l.Directory {
				t.Errorf("%q lies over %q", l.Directory, l.Mount)
			}
		}
	})
}

func TestLockHasOneHolder(t *testing.T) {
	dir := openDir(t)
	first, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	var inUse *InUseError
	if _, err := Lock(dir); !errors.As(err, &inUse) {
		t.Errorf("the second holder: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	second.Close()
}

// Who waits for a FIFO, or follows a link, does so for ever, or writes elsewhere.
func TestLockIsRegularFile(t *testing.T) {
	for what, make := range map[string]func(name string) error{
		"a FIFO":      func(name string) error { return unix.Mkfifo(name, 0o600) },
		"a link":      func(name string) error { return os.Symlink("elsewhere", name) },
		"a directory": func(name string) error { return os.Mkdir(name, 0o700) },
	} {
		dir := openDir(t)
		if err := make(filepath.Join(dir.Name(), lockName)); err != nil {
			t.Fatal(err)
		}
		if lock, err := Lock(dir); err == nil {
			t.Errorf("%s is taken for a lock", what)
			lock.Close()
		}
	}
}

func TestOpenDirRefusesForeignOnes(t *testing.T) {
	name := t.TempDir()
	for _, mode := range []os.FileMode{0o777, 0o720} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		if dir, err := OpenDir(name); err == nil {
			dir.Close()
			t.Errorf("mode %o is taken", mode)
		}
	}
	if os.Geteuid() == 0 {
		if err := errors.Join(os.Chmod(name, 0o700), os.Chown(name, 1, 1)); err != nil {
			t.Fatal(err)
		}
		if dir, err := OpenDir(name); err == nil {
			dir.Close()
			t.Error("another user's is taken")
		}
	}
}

// What was changed before has an earlier time, what is changed after does not.
func TestNowSeparates(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	changed := func() int64 {
		var stat unix.Stat_t
		if err := errors.Join(os.WriteFile(name, []byte("x"), 0o600), unix.Lstat(name, &stat)); err != nil {
			t.Fatal(err)
		}
		return stat.Ctim.Nano()
	}
	for range 20 {
		before := changed()
		now, err := Now()
		if err != nil {
			t.Fatal(err)
		}
		if after := changed(); before >= now || after < now {
			t.Errorf("%d, %d, %d", before, now, after)
		}
	}
}
