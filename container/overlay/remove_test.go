package overlay

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// tree makes files below a directory: "DIR/", or a file.
func tree(t *testing.T, dir string, names ...string) {
	t.Helper()
	for _, name := range names {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if strings.HasSuffix(name, "/") {
			err = os.MkdirAll(full, 0o755)
		} else {
			err = os.WriteFile(full, []byte(name), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func openAt(t *testing.T, name string) *os.File {
	t.Helper()
	dir, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dir.Close() })
	return dir
}

// exists reports whether there is something, and be it a link to nothing.
func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

func TestRemoveTree(t *testing.T) {
	dir := t.TempDir()
	tree(t, dir, "outside/kept", "tree/file", "tree/a/b/c/file", "tree/closed/below/file", "tree/empty/", "tree/.moved-1/file")
	for _, err := range []error{
		os.Symlink("../outside", filepath.Join(dir, "tree/link")),
		os.Symlink("../../outside", filepath.Join(dir, "tree/a/link")),
		unix.Mkfifo(filepath.Join(dir, "tree/fifo"), 0o600),
		os.Chmod(filepath.Join(dir, "tree/closed"), 0),
		os.Chmod(filepath.Join(dir, "tree/a"), 0o500),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := removeTree(openAt(t, dir), "tree", nil); err != nil || exists(dir+"/tree") || !exists(dir+"/outside/kept") {
		t.Errorf("%v; the tree is there: %v, what a link leads to: %v", err, exists(dir+"/tree"), exists(dir+"/outside/kept"))
	}
	for _, name := range []string{"tree", "outside/kept"} {
		if err := removeTree(openAt(t, dir), name, nil); err != nil || exists(filepath.Join(dir, name)) {
			t.Errorf("%s, which is none: %v", name, err)
		}
	}
}

// A path of any length is no way to stay: no directory is opened by its whole path, and
// two are open at a time.
func TestRemoveTreeOfAnyDepth(t *testing.T) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	at := openAt(t, dir)
	fd, err := unix.Dup(int(at.Fd()))
	name := strings.Repeat("d", 200)
	for n := 0; n < 1500 && err == nil; n++ { // 300 kB
		if err = unix.Mkdirat(fd, name, 0o755); err != nil {
			break
		}
		next, openErr := unix.Openat(fd, name, unix.O_PATH|unix.O_CLOEXEC, 0)
		err, fd = errors.Join(openErr, unix.Close(fd)), next
	}
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(fd)
	if err := removeTree(at, name, nil); err != nil || exists(filepath.Join(dir, name)) {
		t.Error(err)
	}
}

func TestRemoveTreeStops(t *testing.T) {
	dir := t.TempDir()
	tree(t, dir, "tree/a/1", "tree/a/2", "tree/b/1", "tree/b/2", "tree/c")
	asked := 0
	stop := func() bool { asked++; return asked > 2 }
	if err := removeTree(openAt(t, dir), "tree", stop); !errors.Is(err, errStopped) || !exists(dir+"/tree") {
		t.Errorf("told to stop: %v", err)
	}
	if err := removeTree(openAt(t, dir), "tree", nil); err != nil || exists(dir+"/tree") {
		t.Errorf("a later one: %v", err)
	}
}

// What chattr(1) protects goes, too: a container may have protected it.
func TestRemoveTreeProtected(t *testing.T) {
	needsRoot(t)
	dir := t.TempDir()
	tree(t, dir, "tree/a/file", "tree/b")
	for _, name := range []string{"tree/a/file", "tree/a", "tree/b"} {
		file := openAt(t, filepath.Join(dir, name))
		if err := unix.IoctlSetPointerInt(int(file.Fd()), unix.FS_IOC_SETFLAGS, 0x10); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if err := os.Remove(dir + "/tree/b"); err == nil {
		t.Fatal("it is not protected")
	}
	if err := removeTree(openAt(t, dir), "tree", nil); err != nil || exists(dir+"/tree") {
		t.Error(err)
	}
}

// What is mounted in it is not entered, nor what is bound there of the same file system.
func TestRemoveTreeMounts(t *testing.T) {
	needsRoot(t)
	dir := t.TempDir()
	tree(t, dir, "outside/kept", "tree/tmpfs/", "tree/a/bound/")
	inMountNamespace(t, func() {
		for _, err := range []error{
			unix.Mount("tmpfs", dir+"/tree/tmpfs", "tmpfs", 0, ""),
			unix.Mount(dir+"/outside", dir+"/tree/a/bound", "", unix.MS_BIND, ""),
			os.WriteFile(dir+"/tree/tmpfs/kept", nil, 0o600),
		} {
			if err != nil {
				t.Error(err)
				return
			}
		}
		at := openAt(t, dir)
		for range 2 {
			if err := removeTree(at, "tree", nil); err == nil {
				t.Error("no error")
			}
		}
		if !exists(dir+"/tree/tmpfs/kept") || !exists(dir+"/outside/kept") {
			t.Error("a file of what is mounted was removed")
		}
	})
}

func needsRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: mounts and protected files")
	}
}

// inMountNamespace calls f on a thread that has a mount namespace of its own, and ends.
func inMountNamespace(t *testing.T, f func()) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread goes with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_FS)
		if err == nil {
			err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
		}
		if err == nil {
			f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
