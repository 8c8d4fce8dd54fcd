package fill

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// What layers have is merged: what is deleted is not there, and links stay as they are.
func TestDirectory(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("it takes root")
	}
	top, bottom, into := t.TempDir(), t.TempDir(), t.TempDir()
	for name, text := range map[string]string{"both": "bottom", "gone": "x", "below/file": "of below", "opaque/hidden": "x"} {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(bottom, name)), 0o755))
		must(t, os.WriteFile(filepath.Join(bottom, name), []byte(text), 0o644))
	}
	must(t, os.Symlink("/etc/passwd", filepath.Join(bottom, "absolute")))
	must(t, os.Symlink("../../../../etc", filepath.Join(bottom, "up")))
	must(t, os.Link(filepath.Join(bottom, "both"), filepath.Join(bottom, "hard")))
	must(t, os.WriteFile(filepath.Join(top, "both"), []byte("top"), 0o4751))
	must(t, os.Chmod(filepath.Join(top, "both"), 0o4751|os.ModeSetuid))
	must(t, os.Chown(filepath.Join(top, "both"), 12, 34))
	must(t, unix.Chmod(filepath.Join(top, "both"), 0o4751))
	must(t, unix.Setxattr(filepath.Join(top, "both"), "user.name", []byte("value"), 0))
	must(t, os.WriteFile(filepath.Join(top, ".wh.file"), nil, 0o600))
	must(t, os.Mkdir(filepath.Join(top, "opaque"), 0o711))
	must(t, unix.Setxattr(filepath.Join(top, "opaque"), "trusted.overlay.opaque", []byte("y"), 0))
	must(t, unix.Mknod(filepath.Join(top, "gone"), unix.S_IFCHR, 0))
	must(t, unix.Mknod(filepath.Join(top, "fifo"), unix.S_IFIFO|0o600, 0))
	must(t, os.Chown(top, 5, 6))
	must(t, os.Chmod(top, 0o750))

	must(t, Directory(context.Background(), nil, []string{top, bottom}, into))
	var names []string
	must(t, filepath.WalkDir(into, func(path string, _ os.DirEntry, err error) error {
		names = append(names, strings.TrimPrefix(path, into))
		return err
	}))
	const want = " /.wh.file /absolute /below /below/file /both /fifo /hard /opaque /up"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var stat unix.Stat_t
	must(t, unix.Stat(into, &stat))
	if stat.Uid != 5 || stat.Gid != 6 || stat.Mode&0o7777 != 0o750 {
		t.Errorf("the root: %d:%d %o", stat.Uid, stat.Gid, stat.Mode)
	}
	must(t, unix.Stat(filepath.Join(into, "both"), &stat))
	if stat.Uid != 12 || stat.Gid != 34 || stat.Mode&0o7777 != 0o4751 {
		t.Errorf("a file: %d:%d %o", stat.Uid, stat.Gid, stat.Mode)
	}
	value := make([]byte, 16)
	if n, err := unix.Getxattr(filepath.Join(into, "both"), "user.name", value); err != nil || string(value[:n]) != "value" {
		t.Errorf("%q, %v", value[:max(n, 0)], err)
	}
	for link, want := range map[string]string{"absolute": "/etc/passwd", "up": "../../../../etc"} {
		if got, err := os.Readlink(filepath.Join(into, link)); err != nil || got != want {
			t.Errorf("%s: %q, %v", link, got, err)
		}
	}
	if _, err := unix.Getxattr(filepath.Join(into, "opaque"), "trusted.overlay.opaque", value); err != unix.ENODATA {
		t.Errorf("a mark of overlayfs: %v", err)
	}
}

// No link is followed where something is copied to, or from.
func TestLinks(t *testing.T) {
	from, into, elsewhere := t.TempDir(), t.TempDir(), t.TempDir()
	link := filepath.Join(into, "link")
	must(t, os.Symlink(elsewhere, link))
	if err := Directory(context.Background(), nil, []string{from}, link); err == nil {
		t.Error("it is copied through a link")
	}
	if err := Directory(context.Background(), nil, []string{link}, from); err == nil {
		t.Error("it is copied from a link")
	}
	if err := Directory(context.Background(), nil, []string{filepath.Join(from, "none")}, into); err == nil {
		t.Error("it is copied from nothing")
	}
}
