package overlay

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
)

func requestOf(id string, root spec.Root) *Request {
	return &Request{Root: &root, ID: id, UID: os.Geteuid(), GID: os.Getegid()}
}

func never() bool { return false }

// A layer's root is what the host's directory is, for the container sees the layer's.
func TestLayerHasAttributes(t *testing.T) {
	dir := t.TempDir()
	tree(t, dir, "lower/")
	if err := errors.Join(unix.Chmod(dir+"/lower", 0o1733), unix.Utimes(dir+"/lower", []unix.Timeval{{Sec: 1}, {Sec: 2}}),
		unix.Setxattr(dir+"/lower", "user.mark", []byte("x"), 0), unix.Setxattr(dir+"/lower", "user.overlay.opaque", []byte("y"), 0)); err != nil {
		t.Fatal(err)
	}
	s, err := openStore(requestOf("0123456789ab", spec.Root{Overlay: true, Changes: dir + "/kept"}), false)
	if err != nil {
		t.Fatal(err)
	}
	layer, err := s.layer(&piece{path: dir + "/lower"})
	if err != nil {
		t.Fatal(err)
	}
	var stat, above unix.Stat_t
	if err := errors.Join(unix.Stat(layer+"/upper", &stat), unix.Stat(layer, &above)); err != nil {
		t.Fatal(err)
	}
	if stat.Mode&0o7777 != 0o1733 || stat.Mtim.Sec != 2 || above.Mode&0o7777 != 0o700 {
		t.Errorf("mode %o, time %d, in a directory of mode %o", stat.Mode, stat.Mtim.Sec, above.Mode)
	}
	value := make([]byte, 8)
	if n, err := unix.Getxattr(layer+"/upper", "user.mark", value); err != nil || string(value[:n]) != "x" {
		t.Errorf("an attribute is %q, %v", value, err)
	}
	if _, err := unix.Getxattr(layer+"/upper", "user.overlay.opaque", value); err != unix.ENODATA {
		t.Errorf("an attribute of overlayfs's is there: %v", err)
	}
	if err := s.close(true); err != nil {
		t.Error(err)
	}
}

func TestStoreGoesAtItsEnd(t *testing.T) {
	dir := t.TempDir()
	tree(t, dir, "lower/")
	s, err := openStore(requestOf("0123456789ab", spec.Root{Overlay: true, State: dir + "/state"}), false)
	if err != nil {
		t.Fatal(err)
	}
	layer, err := s.layer(&piece{path: dir + "/lower"})
	if err != nil || !exists(layer+"/work") {
		t.Fatal(err)
	}
	if err := s.close(true); err != nil || exists(layer) || exists(dir+"/state/overlay/0123456789ab.lock") {
		t.Errorf("closed: %v", err)
	}
}

// A store that is in use, or being made, is never taken for a leftover; all that nobody
// uses goes.
func TestLeftovers(t *testing.T) {
	state := t.TempDir()
	if err := ClearLeftovers(state+"/missing", never, nil); err != nil {
		t.Error(err)
	}
	live, err := openStore(requestOf("aaaaaaaaaaaa", spec.Root{Overlay: true, State: state}), false)
	if err != nil {
		t.Fatal(err)
	}
	tree(t, state, "overlay/bbbbbbbbbbbb/0/upper/file", "overlay/bbbbbbbbbbbb.lock", "overlay/cccccccccccc.lock", "overlay/somebody/file", "overlay/other.lock")
	if err := ClearLeftovers(state, func() bool { return true }, nil); err != nil || !exists(state+"/overlay/bbbbbbbbbbbb/0/upper/file") {
		t.Errorf("told to stop: %v", err)
	}
	if err := ClearLeftovers(state, never, nil); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]bool{
		"aaaaaaaaaaaa": true, "aaaaaaaaaaaa.lock": true, "bbbbbbbbbbbb": false, "bbbbbbbbbbbb.lock": false, "cccccccccccc.lock": false,
		"somebody/file": true, "other.lock": true,
	} {
		if exists(filepath.Join(state, layersName, name)) != want {
			t.Errorf("%s is there: %v", name, !want)
		}
	}
	if err := live.close(true); err != nil {
		t.Error(err)
	}
}

func TestLeftoversWhileOthersStart(t *testing.T) {
	state := t.TempDir()
	var makers, clearers sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		clearers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					if err := ClearLeftovers(state, never, nil); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	for maker := range 4 {
		makers.Go(func() {
			for n := range 20 {
				s, err := openStore(requestOf(fmt.Sprintf("%06d%06d", maker, n), spec.Root{Overlay: true, State: state}), false)
				if err != nil {
					t.Error(err)
					return
				}
				layer, err := s.layer(&piece{path: "/"})
				if err != nil || !exists(layer+"/upper") {
					t.Errorf("taken for a leftover: %v", err)
				}
				if err := s.close(true); err != nil {
					t.Error(err)
				}
			}
		})
	}
	makers.Wait()
	close(done)
	clearers.Wait()
	if names, err := os.ReadDir(filepath.Join(state, layersName)); err != nil || len(names) > 0 {
		t.Errorf("left: %v, %v", names, err)
	}
}

// What root of a user namespace has to remove is left to it.
func TestLeftoverOfOthers(t *testing.T) {
	needsRoot(t)
	state := t.TempDir()
	tree(t, state, "overlay/bbbbbbbbbbbb/0/upper/", "overlay/bbbbbbbbbbbb.lock")
	inMountNamespace(t, func() { // a mount keeps the caller from removing it, as no mode does with root
		name := state + "/overlay/bbbbbbbbbbbb/0/upper"
		if err := unix.Mount(name, name, "", unix.MS_BIND, ""); err != nil {
			t.Error(err)
			return
		}
		if err := ClearLeftovers(state, never, nil); err == nil || !exists(state+"/overlay/bbbbbbbbbbbb.lock") {
			t.Errorf("what could not be removed is not found again: %v", err)
		}
	})
}

func TestChangesAreOneRunsAlone(t *testing.T) {
	dir := t.TempDir() + "/kept"
	first, err := openStore(requestOf("", spec.Root{Overlay: true, Changes: dir}), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.layer(&piece{path: "/"}); err != nil {
		t.Fatal(err)
	}
	if err := first.save(); err != nil {
		t.Fatal(err)
	}
	var inUse *InUseError
	if _, err := openStore(requestOf("", spec.Root{Overlay: true, Changes: dir}), false); !errors.As(err, &inUse) {
		t.Errorf("a second run: %v", err)
	}
	if err := first.close(true); err != nil {
		t.Error(err)
	}
	tree(t, dir, "0/upper/file", "1/upper/of-a-run-that-was-killed")
	second, err := openStore(requestOf("", spec.Root{Overlay: true, Changes: dir}), false)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/": "0", "/tmp": "1"} {
		if layer, err := second.layer(&piece{path: path}); err != nil || layer != filepath.Join(second.path, want) {
			t.Errorf("%s: %s, %v", path, layer, err)
		}
	}
	if err := errors.Join(second.save(), second.close(true)); err != nil || !exists(dir+"/0/upper/file") || exists(dir+"/1/upper/of-a-run-that-was-killed") {
		t.Errorf("%v; the first layer is there: %v", err, exists(dir+"/0/upper/file"))
	}
	third, err := openStore(requestOf("", spec.Root{Overlay: true, Changes: dir}), true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := third.layer(&piece{path: "/"}); err == nil || !strings.Contains(err.Error(), "its changes were made by root, without a user namespace") {
		t.Errorf("in a user namespace: %v", err)
	}
	if err := third.close(false); err != nil || !exists(dir+"/0/upper/file") {
		t.Errorf("a run that failed: %v", err)
	}
}

func TestNewChangesGoWithAFailure(t *testing.T) {
	dir := t.TempDir() + "/kept"
	s, err := openStore(requestOf("", spec.Root{Overlay: true, Changes: dir}), false)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.layer(&piece{path: "/"})
	if err = errors.Join(err, s.save(), s.close(false)); err != nil || exists(dir) {
		t.Errorf("%v, it is there: %v", err, exists(dir))
	}
}

func TestExisting(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{dir: dir, dir + "/a/b": dir, "/": "/"} {
		if got := existing(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestCheckAbove(t *testing.T) {
	dir := t.TempDir()
	tree(t, dir, "open/dir/")
	for mode, want := range map[uint32]bool{0o777: false, 0o1777: true, 0o775: true, 0o703: false} {
		if err := unix.Chmod(dir+"/open", mode); err != nil {
			t.Fatal(err)
		}
		if err := checkAbove(dir + "/open/dir"); (err == nil) != want {
			t.Errorf("below a directory of mode %o: %v", mode, err)
		}
	}
}
