package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
)

func newLayer(t *testing.T, l *Lease, key image.Digest, variant Variant) *NewLayer {
	t.Helper()
	n, _, err := l.Layer(context.Background(), key, variant)
	must(t, err)
	if n == nil {
		t.Fatal("the layer is there")
	}
	t.Cleanup(func() { must(t, n.Close()) })
	return n
}

// Two want the same layer: the second waits, and unpacks it where the first has given up, or
// has it.
func TestLayerOfTwo(t *testing.T) {
	key := manifest.DigestOf([]byte("layer"))
	for _, complete := range []bool{false, true} {
		s := openStore(t, stateDir(t))
		first := newLayer(t, lease(t, s), key, Variant{})
		must(t, os.WriteFile(first.Dir.Name()+"/file", []byte("x"), 0o644))
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		waiting := lease(t, s)
		if _, _, err := waiting.Layer(ctx, key, Variant{}); !errors.Is(err, context.Canceled) {
			t.Errorf("it did not wait: %v", err)
		}
		done := make(chan bool)
		go func() {
			n, size, err := waiting.Layer(context.Background(), key, Variant{})
			if err != nil || complete != (n == nil) || complete && size != 1 {
				t.Errorf("complete %v: %v, %d bytes, %v", complete, n, size, err)
			}
			if n != nil {
				if names, err := n.Dir.Readdirnames(-1); len(names) > 0 || err != nil {
					t.Errorf("it has what the first has unpacked: %v, %v", names, err)
				}
				err = n.Close()
			}
			done <- err == nil
		}()
		if complete {
			must(t, first.Commit(1))
		}
		must(t, first.Close())
		if !<-done {
			t.Error("failed")
		}
	}
}

// Another variant of a layer is another layer, and what is not complete is in nobody's way.
func TestLayerOfAnotherVariant(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root gives directories away")
	}
	s := openStore(t, stateDir(t))
	key := manifest.DigestOf([]byte("layer"))
	variant := Variant{Variant: image.NewVariant("0 100000 65536", "0 200000 65536"), UID: 100000, GID: 200000}
	l := lease(t, s)
	must(t, newLayer(t, l, key, Variant{}).Commit(1))
	n := newLayer(t, l, key, variant)
	var stat unix.Stat_t
	must(t, unix.Fstat(int(n.Dir.Fd()), &stat))
	if stat.Uid != 100000 || stat.Gid != 200000 {
		t.Errorf("its root belongs to %d:%d", stat.Uid, stat.Gid)
	}
	must(t, n.Commit(1))
	expectPassable(t, s.layout.Layer(key, variant.Variant), 100000, true)
	expectPassable(t, s.layout.Layer(key, variant.Variant), 12345, false)
	expectPassable(t, s.layout.Layer(key, ""), 100000, false)
	for _, dir := range []string{image.BlobsDir, image.RecordsDir, image.NamesDir, image.PartialDir} {
		expectPassable(t, s.path(dir)+"/.", 100000, false)
	}
	if got := problemsOf(t, s, nil); got != "" {
		t.Error(got) // the layers are held
	}
}

// expectPassable checks whether a user gets at a directory of the store.
func expectPassable(t *testing.T, path string, uid int, want bool) {
	t.Helper()
	var above string
	for dir := path; dir != "/"; dir = filepath.Dir(dir) { // the test's own directories are closed
		if filepath.Base(dir) == "state" {
			above = dir
		}
	}
	var stat unix.Stat_t
	passes := true
	for dir := path; dir != above; {
		dir = filepath.Dir(dir)
		must(t, unix.Stat(dir, &stat))
		passes = passes && (int(stat.Uid) == uid && stat.Mode&0o100 != 0 || stat.Mode&0o001 != 0)
	}
	if passes != want {
		t.Errorf("%s: user %d passes %v", path, uid, passes)
	}
}

// Everybody in a container passes a root of which its layer says nothing, whatever the umask is.
func TestLayerBelowAUmask(t *testing.T) {
	old := unix.Umask(0o077)
	defer unix.Umask(old)
	n := newLayer(t, lease(t, openStore(t, stateDir(t))), manifest.DigestOf(nil), Variant{})
	if info, err := n.Dir.Stat(); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestLayerOfAPath(t *testing.T) {
	l := lease(t, openStore(t, stateDir(t)))
	if _, _, err := l.Layer(context.Background(), "sha256:../../etc", Variant{}); err == nil {
		t.Error("a path is no digest")
	}
}

// Digests that begin alike are not taken for each other.
func TestLayerThatBeginsAlike(t *testing.T) {
	s := openStore(t, stateDir(t))
	l := lease(t, s)
	key := manifest.DigestOf([]byte("layer"))
	must(t, newLayer(t, l, key, Variant{}).Commit(1))
	other := key[:len(key)-4] + "0000"
	if _, _, err := l.Layer(context.Background(), other, Variant{}); err == nil || !strings.Contains(err.Error(), "begins alike") {
		t.Error(err)
	}
}

// A layer that an interrupted operation has left is not trusted.
func TestLayerOfAnInterruptedTry(t *testing.T) {
	s := openStore(t, stateDir(t))
	key := manifest.DigestOf([]byte("layer"))
	l, err := s.Lease()
	must(t, err)
	n := newLayer(t, l, key, Variant{})
	must(t, os.WriteFile(n.Dir.Name()+"/file", nil, 0o644))
	must(t, n.Commit(1))
	must(t, closeAsKilled(l))
	n = newLayer(t, lease(t, s), key, Variant{})
	if names, err := n.Dir.Readdirnames(-1); len(names) > 0 || err != nil {
		t.Errorf("%v, %v", names, err)
	}
	must(t, n.Commit(2))
	if _, size, err := lease(t, s).Layer(context.Background(), key, Variant{}); size != 2 || err != nil {
		t.Errorf("%d, %v", size, err)
	}
}

// closeAsKilled ends a lease as the kernel does.
func closeAsKilled(l *Lease) (err error) {
	for path, file := range l.held {
		err = errors.Join(err, file.Close())
		delete(l.held, path)
	}
	return err
}

// What files of a layer are is looked at, whatever they are.
func TestReadTree(t *testing.T) {
	s := openStore(t, stateDir(t))
	dir := t.TempDir()
	must(t, os.MkdirAll(dir+"/a/b", 0o755))
	must(t, os.WriteFile(dir+"/a/file", []byte("x"), 0o644))
	must(t, os.Symlink("file", dir+"/a/link"))
	must(t, unix.Mkfifo(dir+"/a/fifo", 0o600))
	must(t, unix.Setxattr(dir+"/a/file", "user.test", []byte("value"), 0))
	read := func() tree {
		t.Helper()
		root, err := os.Open(dir)
		must(t, err)
		defer root.Close()
		tree, err := s.readTree(root)
		must(t, err)
		return tree
	}
	before := read()
	if before.Entries != 6 || before != read() {
		t.Errorf("%+v, then %+v", before, read())
	}
	var stat unix.Stat_t
	must(t, unix.Stat(dir+"/a/file", &stat))
	for _, c := range []struct {
		name   string
		change func() error
	}{
		{"mode", func() error { return os.Chmod(dir+"/a/file", 0o644|os.ModeSetuid) }},
		{"xattr", func() error { return unix.Setxattr(dir+"/a/file", "user.test", []byte("other"), 0) }},
		{"time", func() error { return unix.UtimesNanoAt(unix.AT_FDCWD, dir+"/a/file", []unix.Timespec{{}, {Sec: 1}}, 0) }},
		{"link", func() error { return errors.Join(os.Remove(dir+"/a/link"), os.Symlink("other", dir+"/a/link")) }},
		{"name", func() error { return os.Rename(dir+"/a/b", dir+"/a/c") }},
		{"place", func() error { return os.Rename(dir+"/a/c", dir+"/b") }},
		{"hard", func() error { return os.Link(dir+"/a/file", dir+"/a/second") }},
		{"size", func() error { return os.Truncate(dir+"/a/file", 2) }},
		{"root", func() error { return os.Chmod(dir, 0o711) }},
		{"remove", func() error { return os.Remove(dir + "/b") }},
	} {
		before := read()
		must(t, c.change())
		if read() == before {
			t.Errorf("%s: not seen", c.name)
		}
	}
}
