package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/utils"
)

// faultWhat is set where the test's own program is called again, in a mount namespace of
// its own.
const faultWhat = "TEST_FAULT"

// TestFault is no test, but what a test calls.
func TestFault(t *testing.T) {
	if what := os.Getenv(faultWhat); what != "" {
		must(t, unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
		map[string]func(*testing.T){"full": fullDisk, "read-only": readOnlyStore, "descriptors": fewDescriptors}[what](t)
	}
}

func TestFaults(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root mounts")
	}
	for _, what := range []string{"full", "read-only", "descriptors"} {
		t.Run(what, func(t *testing.T) {
			command := exec.Command(os.Args[0], "-test.run=^TestFault$", "-test.v")
			command.Env = append(os.Environ(), faultWhat+"="+what)
			command.SysProcAttr = &unix.SysProcAttr{Cloneflags: unix.CLONE_NEWNS, Pdeathsig: unix.SIGKILL}
			if output, err := command.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, output)
			}
		})
	}
}

// oneLine checks an error, and that it is one line which names the store and says what helps.
func oneLine(t *testing.T, err, want error, help string) {
	t.Helper()
	if !errors.Is(err, want) || !strings.Contains(err.Error(), help) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v\nis not %v with %q", err, want, help)
	}
}

// fullDisk fills the file system at each size, until an image fits.
func fullDisk(t *testing.T) {
	dir := t.TempDir()
	must(t, unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=755,size=1m"))
	defer func() { must(t, unix.Unmount(dir, unix.MNT_DETACH)) }()
	state := filepath.Join(dir, "state")
	s := openStore(t, state)
	_, err := take(s, []string{"small"}, reference(t, "small"))
	must(t, err)
	fill := filepath.Join(dir, "fill")
	large := strings.Repeat("large", 10_000)
	failed := 0
	for left := 0; ; left += 8 << 10 {
		must(t, fillBut(fill, dir, left))
		_, err := take(s, []string{"small", large}, reference(t, "large"), reference(t, "small"))
		if err == nil {
			break
		}
		failed++
		oneLine(t, err, unix.ENOSPC, "mydocker image prune")
		if got := list(t, s); got != "small:latest 1 layers" {
			t.Errorf("%d bytes left: %s", left, got)
		}
		must(t, os.Remove(fill))
		problems, err := s.Check(context.Background(), nil)
		must(t, err)
		for _, p := range problems {
			if !p.Leftover {
				t.Errorf("%d bytes left: %s", left, p)
			}
		}
		// What is not needed can be removed where nothing can be written any more.
		must(t, fillBut(fill, dir, 0))
		if _, err := s.Collect(context.Background(), true); err != nil {
			t.Errorf("%d bytes left: collect: %v", left, err)
		}
	}
	must(t, os.Remove(fill))
	if failed < 5 {
		t.Errorf("it failed %d times only", failed)
	}
	if got := list(t, s); got != "1 layers, large:latest small:latest 2 layers" {
		t.Error(got)
	}
	expectClean(t, s)
}

// fillBut fills a file system until so many bytes are left.
func fillBut(file, dir string, left int) error {
	var status unix.Statfs_t
	if err := errors.Join(utils.Ignore(os.Remove(file), fs.ErrNotExist), unix.Statfs(dir, &status)); err != nil {
		return err
	}
	size := int64(status.Bavail)*status.Bsize - int64(left)
	if size <= 0 {
		return nil
	}
	return os.WriteFile(file, make([]byte, size), 0o600)
}

// readOnlyStore reads a store that cannot be written to, and refuses to change it.
func readOnlyStore(t *testing.T) {
	state := stateDir(t)
	s := openStore(t, state)
	one, err := take(s, []string{"a"}, reference(t, "one"))
	must(t, err)
	must(t, unix.Mount(state, state, "", unix.MS_BIND, ""))
	must(t, unix.Mount("", state, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	defer func() { must(t, unix.Unmount(state, unix.MNT_DETACH)) }()
	s = openStore(t, state)
	if got := list(t, s); got != "one:latest 1 layers" {
		t.Error(got)
	}
	if u, err := s.DiskUsage(); u.Total == 0 || err != nil {
		t.Errorf("%+v, %v", u, err)
	}
	if _, err := s.ReadBlob(one.Config.Digest); err != nil {
		t.Error(err)
	}
	expectClean(t, s)
	opened, err := image.Open(state, "one")
	must(t, err)
	if got := list(t, s); got != "one:latest 1 layers used" {
		t.Error(got)
	}
	must(t, opened.Close())
	_, err = take(s, []string{"b"}, reference(t, "two"))
	oneLine(t, err, unix.EROFS, "MYDOCKER_STATE")
	oneLine(t, s.Untag(reference(t, "one")), unix.EROFS, "MYDOCKER_STATE")
	oneLine(t, s.Tag(one.Manifest.Digest, reference(t, "two")), unix.EROFS, "MYDOCKER_STATE")
	oneLine(t, s.RemoveImage(one.Manifest.Digest, reference(t, "one")), unix.EROFS, "MYDOCKER_STATE")
	if got := list(t, s); got != "one:latest 1 layers" {
		t.Error(got)
	}
	fresh := openStore(t, filepath.Join(state, "other"))
	if got := list(t, fresh); got != "" {
		t.Error(got)
	}
	_, err = take(fresh, []string{"b"})
	oneLine(t, err, unix.EROFS, "MYDOCKER_STATE")
}

// fewDescriptors takes an image with more and more files that may be open, until that
// succeeds.
func fewDescriptors(t *testing.T) {
	s := openStore(t, stateDir(t))
	var limit unix.Rlimit
	must(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	var layers []string
	for n := range 15 {
		layers = append(layers, strings.Repeat("x", n+1))
	}
	one := reference(t, "one")
	failed := 0
	for most := uint64(10); ; most += 2 {
		must(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: most, Max: limit.Max}))
		_, err := take(s, layers, one)
		must(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &limit))
		if err == nil {
			break
		}
		failed++
		oneLine(t, err, unix.EMFILE, "ulimit -n")
		if got := list(t, s); got != "" {
			t.Fatalf("%d descriptors: %s", most, got)
		}
	}
	if failed < 10 {
		t.Errorf("it failed %d times only", failed)
	}
	expectClean(t, s)
}
