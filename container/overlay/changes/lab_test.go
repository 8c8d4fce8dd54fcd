package changes

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/overlay"
)

// lab is a directory of the host and a directory of changes with a layer over it.
type lab struct {
	t          *testing.T
	host, kept string
	userXattr  bool
	left       bool // whether the test is in a mount namespace of its own
}

func newLab(t *testing.T) *lab {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("it mounts an overlay, which needs root")
	}
	base := fastDir(t)
	l := &lab{t: t, host: filepath.Join(base, "host"), kept: filepath.Join(base, "kept")}
	l.must(os.Mkdir(l.host, 0o755), os.Mkdir(l.kept, 0o700))
	return l
}

// fastDir is a directory that need not be written to a disk, if there is one: an apply
// waits for the disk. Before Linux 6.6 a tmpfs takes no attributes of users.
func fastDir(t *testing.T) string {
	t.Helper()
	var fs unix.Statfs_t
	if err := unix.Statfs("/dev/shm", &fs); err != nil || fs.Type != unix.TMPFS_MAGIC {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp("/dev/shm", "mydocker-changes-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := unix.Setxattr(dir, "user.try", []byte("x"), 0); err != nil {
		return t.TempDir()
	}
	if err := unix.Removexattr(dir, "user.try"); err != nil {
		t.Fatal(err)
	}
	return dir
}

func (l *lab) must(errs ...error) {
	l.t.Helper()
	if err := errors.Join(errs...); err != nil {
		l.t.Fatal(err)
	}
}

// begin makes the layer, as a run does that begins now.
func (l *lab) begin() {
	l.t.Helper()
	layer, err := overlay.NewLayer(l.host, "0", l.userXattr)
	l.must(err)
	layer.Started, err = overlay.Now()
	l.must(err)
	record := &overlay.Record{Version: 1, Layers: []overlay.Layer{layer}}
	dir, err := overlay.OpenDir(l.kept)
	l.must(err, record.Save(dir), dir.Close())
	upper := filepath.Join(l.kept, "0", "upper")
	l.must(os.MkdirAll(upper, 0o755), os.MkdirAll(filepath.Join(l.kept, "0", "work"), 0o755))
	info, err := os.Stat(l.host)
	l.must(err, os.Chmod(upper, info.Mode().Perm()))
}

// run does something in the overlay: in a mount namespace of its own, on the host's
// directory as the container sees it.
func (l *lab) run(do func(root string)) {
	l.t.Helper()
	if l.left {
		l.must(l.runHere(do))
		return
	}
	failed := make(chan error)
	go func() {
		err := leaveMounts()
		if err == nil {
			err = l.runHere(do)
		}
		failed <- err
	}()
	l.must(<-failed)
}

// leave puts the test itself into a mount namespace of its own.
func (l *lab) leave() {
	l.t.Helper()
	l.must(leaveMounts())
	l.left = true
}

// leaveMounts gives this goroutine a mount namespace, which ends with its thread.
func leaveMounts() error {
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_FS); err != nil {
		return err
	}
	return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
}

func (l *lab) runHere(do func(root string)) error {
	root := filepath.Join(filepath.Dir(l.kept), "merged")
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	data := "index=off,lowerdir=" + l.host + ",upperdir=" + filepath.Join(l.kept, "0", "upper") + ",workdir=" + filepath.Join(l.kept, "0", "work")
	if l.userXattr {
		data += ",userxattr"
	} else {
		data += ",redirect_dir=off,metacopy=off"
	}
	if err := unix.Mount("overlay", root, "overlay", 0, data); err != nil {
		return err
	}
	do(root)
	return unix.Unmount(root, 0)
}

func (l *lab) open() *Kept {
	l.t.Helper()
	k, err := Open(l.kept)
	l.must(err)
	return k
}

// diff lists the changes, with names below the host's directory.
func (l *lab) diff() []string {
	l.t.Helper()
	k := l.open()
	changes, err := k.Changes()
	l.must(err, k.Close())
	list := []string{}
	for _, c := range changes {
		text := strings.Replace(c.String(), l.host, "", 1)
		if c.problem != nil {
			text += " " + c.problem.Error()
		}
		list = append(list, text)
	}
	return list
}

// apply applies the changes, and returns what was refused and noted.
func (l *lab) apply(o Options) (told []string) {
	l.t.Helper()
	k := l.open()
	plan, err := k.Plan(o)
	l.must(err)
	l.must(plan.Apply(), k.Close())
	for _, i := range plan.Items {
		if i.Refused != "" {
			told = append(told, strings.ReplaceAll(i.String()+": "+i.Refused, l.host, ""))
		}
		if i.Note != "" {
			told = append(told, strings.ReplaceAll(i.String()+": "+i.Note, l.host, ""))
		}
	}
	return told
}

func (l *lab) undo(force bool) *Undone {
	l.t.Helper()
	k := l.open()
	undone, err := k.Undo(force)
	l.must(err, k.Close())
	return undone
}

// picture is all that can be seen of a tree.
type picture map[string]string

func pictureOf(root string) (picture, error) {
	p := picture{}
	first := map[uint64]string{}
	err := filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(filepath.Base(name), storePrefix) {
			return fs.SkipDir
		}
		if err != nil {
			return err
		}
		below := strings.TrimPrefix(name, root)
		var s unix.Stat_t
		if err := unix.Lstat(name, &s); err != nil {
			return err
		}
		a := attrOf(&s)
		text := fmt.Sprintf("%s %o %d:%d", typeName(a.mode), a.permissions(), a.uid, a.gid)
		if below != "" {
			text += " at " + timeText(a.mtime)
		}
		dir, err := unix.Open(filepath.Dir(name), unix.O_PATH, 0)
		if err != nil {
			return err
		}
		e := entry{dir, filepath.Base(name)}
		x, err := e.xattrs()
		if err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(x)) {
			text += fmt.Sprintf(" %s=%x", key, x[key])
		}
		switch {
		case a.isRegular():
			content, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			text += fmt.Sprintf(" %d bytes %x", len(content), sha256.Sum256(content))
		case a.isLink():
			target, err := os.Readlink(name)
			if err != nil {
				return err
			}
			text += " -> " + target
		case a.isDevice():
			text += fmt.Sprint(" device ", a.rdev)
		}
		if other, is := first[a.ino]; is {
			text += " = " + other
		} else if !a.isDir() {
			first[a.ino] = below
		}
		p[below] = text
		return e.close()
	})
	return p, err
}

func (l *lab) picture() picture {
	l.t.Helper()
	p, err := pictureOf(l.host)
	l.must(err)
	return p
}

// expect compares two pictures.
func (l *lab) expect(what string, got, want picture) {
	l.t.Helper()
	names := map[string]bool{}
	for _, p := range []picture{got, want} {
		for name := range p {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if got[name] != want[name] {
			l.t.Errorf("%s: %q is\n  %q, not\n  %q", what, name, got[name], want[name])
		}
	}
}
