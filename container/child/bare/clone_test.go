package bare

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// migrations makes a directory with the given files, and a migration for each name.
func migrations(t *testing.T, files string, names ...string) (dir string, all []Migration) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range strings.Fields(files) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("-"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range names {
		file := dir + "/" + name
		all = append(all, Migration{Target: file + "\x00", Origin: file + ".home\x00", Root: file + ".top\x00"})
	}
	return dir, all
}

// written lists the files of dir that a thread has been written to.
func written(t *testing.T, dir string) string {
	t.Helper()
	var names []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if string(content) == "0" {
			names = append(names, entry.Name())
		}
	}
	return strings.Join(names, " ")
}

func TestEnterAndLeave(t *testing.T) {
	for name, test := range map[string]struct {
		files           string
		entered, left   string
		behind          int
		failure, atHome unix.Errno
	}{
		"all":              {"a a.home a.top b b.home b.top", "a b", "a a.home b b.home", 2, 0, 0},
		"home is gone":     {"a a.top b b.home b.top", "a b", "a a.top b b.home", 2, 0, 0},
		"home and top too": {"a b b.home b.top", "a b", "a b b.home", 2, 0, unix.ENOENT},
		"second is closed": {"a a.home b.home", "a", "a a.home", 1, unix.ENOENT, unix.ENOENT},
	} {
		t.Run(name, func(t *testing.T) {
			dir, all := migrations(t, test.files, "a", "b")
			b := &InitClone{Migrations: all}
			if entered := b.Enter(); entered != (test.failure == 0) || b.Errno != test.failure || b.Migrated() != test.behind {
				t.Errorf("Enter() = %v, behind %d migrations: %v", entered, b.Migrated(), b.Errno)
			}
			if got := written(t, dir); got != test.entered {
				t.Errorf("entered by %s, want %s", got, test.entered)
			}
			b.Leave()
			if got := written(t, dir); got != test.left || b.Errno != test.atHome {
				t.Errorf("at the end %s, want %s: %v", got, test.left, b.Errno)
			}
		})
	}
}

func TestCloned(t *testing.T) {
	b := &InitClone{}
	b.Cloned(-int(unix.ENOSPC))
	if b.Errno != unix.ENOSPC || b.Pid != 0 {
		t.Errorf("pid %d, %v after a clone that failed", b.Pid, b.Errno)
	}
	b = &InitClone{}
	b.Cloned(4711)
	if b.Errno != 0 || b.Pid != 4711 {
		t.Errorf("pid %d, %v", b.Pid, b.Errno)
	}
}
