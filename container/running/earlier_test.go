package running

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// What no run has made in its place keeps nobody from removing the container.
func TestEarlierInSpoiled(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"nothing":     func(string) error { return nil },
		"a link":      func(path string) error { return os.Symlink("/etc/passwd", path) },
		"a directory": func(path string) error { return os.Mkdir(path, 0o700) },
		"a FIFO":      func(path string) error { return unix.Mkfifo(path, 0o600) },
		"a socket":    func(path string) error { return unix.Mknod(path, unix.S_IFSOCK|0o600, 0) },
		"words":       func(path string) error { return os.WriteFile(path, []byte("words"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := os.Open(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer dir.Close()
			if err := spoil(filepath.Join(dir.Name(), nameInOwn)); err != nil {
				t.Fatal(err)
			}
			if r, err := EarlierIn(dir, "aaaaaaaaaaaa"); r != nil || err != nil {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
}
