package changes

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// in is a path below the host's directory.
func (l *lab) in(name string) string { return filepath.Join(l.host, name) }

// change does something in a run.
func (l *lab) change(do func(in func(string) string) error) {
	l.t.Helper()
	l.run(func(root string) {
		if err := do(func(name string) string { return filepath.Join(root, name) }); err != nil {
			l.t.Error(err)
		}
	})
}

func (l *lab) expectList(what string, got []string, want ...string) {
	l.t.Helper()
	if !slices.Equal(got, want) {
		l.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func write(name, content string) error { return os.WriteFile(name, []byte(content), 0o644) }

// The list is exact: what was only copied is no change, and each directory has a line
// where its own names or rights are others.
func TestDiff(t *testing.T) {
	l := newLab(t)
	l.fill("a/same", "a/mode", "b/deep/x", "c/one", "c/two", "c/sub/three", "owner", "touched", "move", "dir/inside")
	l.begin()
	l.change(func(in func(string) string) error {
		file, err := os.OpenFile(in("a/same"), os.O_RDWR, 0)
		if err != nil {
			return err
		}
		when := time.Unix(1, 2)
		return errors.Join(file.Close(), os.Chmod(in("a/mode"), 0o600), os.RemoveAll(in("b/deep")),
			os.RemoveAll(in("c")), os.Mkdir(in("c"), 0o755), write(in("c/two"), "new"), write(in("c/four"), ""),
			os.Chown(in("owner"), 3, 4), os.Chtimes(in("touched"), when, when), os.Rename(in("move"), in("moved\n")),
			os.Chmod(in("dir"), 0o700))
	})
	l.expectList("diff", l.diff(), "C /a/mode", "C /b", "D /b/deep", "C /c", "A /c/four", "D /c/one", "D /c/sub", "C /c/two",
		"C /dir", "D /move", `A /moved\n`, "C /owner", "C /touched")
}

// What the host has changed since is not lost unless that is asked for, and then an undo
// has it.
func TestConflicts(t *testing.T) {
	l := newLab(t)
	l.fill("both", "replaced", "gone", "tree/a", "tree/b", "hostgone", "dir/x", "quiet")
	l.begin()
	l.change(func(in func(string) string) error {
		return errors.Join(write(in("both"), "container"), write(in("replaced"), "container"), os.Remove(in("gone")),
			os.RemoveAll(in("tree")), write(in("made"), "container"), os.Chmod(in("hostgone"), 0o600),
			os.Chmod(in("dir"), 0o700), write(in("quiet"), "container"))
	})
	l.must(write(l.in("both"), "host"), os.Remove(l.in("replaced")), os.Mkdir(l.in("replaced"), 0o755),
		write(l.in("gone"), "host"), write(l.in("tree/new"), "host"), write(l.in("made"), "host"), os.Remove(l.in("hostgone")),
		os.Chmod(l.in("dir"), 0o711))
	before := l.picture()
	told := l.apply(Options{})
	var names []string
	for _, line := range told {
		name, reason, _ := strings.Cut(line, ": ")
		if names = append(names, name); !strings.HasPrefix(reason, "conflict: ") || !strings.HasSuffix(reason, " (--force applies it)") {
			t.Error(line)
		}
	}
	l.expectList("conflicts", names, "C /both", "C /dir", "D /gone", "A /hostgone", "C /made", "C /replaced", "D /tree")
	if content, err := os.ReadFile(l.in("quiet")); err != nil || string(content) != "container" {
		t.Errorf("what is in no conflict is %q, %v", content, err)
	}
	l.undo(false)
	l.expect("undone", l.picture(), before)
	l.expectList("forced", l.apply(Options{Force: true}))
	l.undo(false)
	l.expect("undone by force", l.picture(), before)
	if again := l.apply(Options{}); len(again) != len(told) {
		t.Errorf("after an undo the conflicts are %q", again)
	}
}

// The host's own changes since the apply are not taken back, unless that is asked for.
func TestUndoKeepsWhatTheHostChanged(t *testing.T) {
	l := newLab(t)
	l.fill("edited", "replaced", "gone", "fine")
	before := l.picture()
	l.begin()
	l.change(func(in func(string) string) error {
		return errors.Join(write(in("edited"), "container"), write(in("replaced"), "container"), os.Remove(in("gone")),
			write(in("fine"), "container"), os.Mkdir(in("tree"), 0o755), write(in("tree/file"), ""))
	})
	l.apply(Options{})
	l.must(write(l.in("edited"), "host"), write(l.in("other"), "host"), os.Rename(l.in("other"), l.in("replaced")),
		write(l.in("gone"), "host"), write(l.in("tree/more"), "host"))
	var refused []string
	for _, r := range l.undo(false).Refused {
		refused = append(refused, strings.TrimPrefix(r.Path, l.host))
	}
	slices.Sort(refused)
	l.expectList("refused", refused, "/edited", "/gone", "/replaced", "/tree")
	if content, err := os.ReadFile(l.in("edited")); err != nil || string(content) != "host" {
		t.Errorf("the host's file is %q, %v", content, err)
	}
	k := l.open()
	if _, err := k.Plan(Options{}); err == nil {
		t.Error("an undo that is not finished is forgotten")
	}
	l.must(k.Close())
	if undone := l.undo(true); len(undone.Refused) > 0 {
		t.Errorf("refused with force: %v", undone.Refused)
	}
	l.expect("undone by force", l.picture().files(), before.files())
}

// Rights that a user does not have are applied only where that is asked for.
func TestPrivilegedFiles(t *testing.T) {
	l := newLab(t)
	l.fill("program")
	l.begin()
	l.change(func(in func(string) string) error {
		caps := []byte{1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0} // CAP_NET_RAW
		return errors.Join(os.Chmod(in("program"), 0o755|os.ModeSetuid), write(in("group"), ""), os.Chmod(in("group"), 0o755|os.ModeSetgid),
			write(in("caps"), ""), unix.Setxattr(in("caps"), capability, caps, 0), os.Mkdir(in("new"), 0o2755),
			unix.Mknod(in("new/null"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))), write(in("new/plain"), ""),
			os.Chmod(in("new"), 0o755|os.ModeSetgid))
	})
	var seen picture
	l.run(func(root string) { seen, _ = pictureOf(root) })
	const how = " (--privileged-files applies it)"
	l.expectList("refused", l.apply(Options{}), "A /caps: file capabilities"+how, "A /group: set-group-ID"+how,
		"A /new/null: a device node"+how, "C /program: set-user-ID"+how)
	for name, text := range l.picture() {
		if strings.Contains(text, "device") || strings.Contains(text, capability) || strings.Contains(text, "file 4") || strings.Contains(text, "file 2") {
			t.Errorf("%q has become %s", name, text)
		}
	}
	l.expectList("with the flag", l.apply(Options{Privileged: true}))
	l.expect("applied", l.picture(), seen)
}

// Overlayfs's own marks stay in the layer; and a container that may set those of users
// cannot have files deleted by them.
func TestMarksStayInTheLayer(t *testing.T) {
	l := newLab(t)
	l.fill("dir/x", "file")
	l.begin()
	l.change(func(in func(string) string) error {
		return errors.Join(write(in("dir/y"), ""), unix.Setxattr(in("dir"), "user.overlay.opaque", []byte("y"), 0),
			os.Truncate(in("file"), 0), unix.Setxattr(in("file"), "user.overlay.whiteout", []byte("y"), 0))
	})
	l.expectList("diff", l.diff(), "C /dir", "A /dir/y", "C /file")
	l.expectList("apply", l.apply(Options{}))
	for _, name := range []string{"dir", "dir/y", "file"} {
		list := make([]byte, 4096)
		n, err := unix.Listxattr(l.in(name), list)
		if err != nil || strings.Contains(string(list[:n]), "overlay") {
			t.Errorf("%s has %q, %v", name, list[:n], err)
		}
	}
}

// A symbolic link that the host has in the place of a directory leads an apply nowhere.
func TestLinksAreNotFollowed(t *testing.T) {
	l := newLab(t)
	l.fill("dir/file", "dir/gone", "dir/sub/deep")
	elsewhere := t.TempDir()
	l.must(write(filepath.Join(elsewhere, "file"), "safe"), write(filepath.Join(elsewhere, "gone"), "safe"))
	l.begin()
	l.change(func(in func(string) string) error {
		return errors.Join(write(in("dir/file"), "container"), os.Remove(in("dir/gone")), write(in("dir/new"), ""), write(in("dir/sub/deep"), "c"))
	})
	l.must(os.Rename(l.in("dir"), l.in("away")), os.Symlink(elsewhere, l.in("dir")))
	told := l.apply(Options{})
	if len(told) == 0 {
		t.Error("nothing was refused")
	}
	l.apply(Options{Force: true}) // replaces the link itself
	for _, name := range []string{"file", "gone"} {
		if content, err := os.ReadFile(filepath.Join(elsewhere, name)); err != nil || string(content) != "safe" {
			t.Errorf("%s is %q, %v", name, content, err)
		}
	}
	if names, err := os.ReadDir(elsewhere); err != nil || len(names) != 2 {
		t.Errorf("elsewhere is %v, %v", names, err)
	}
}

// PATH is for what is at and below it, and the new directories that it is in.
func TestApplyPaths(t *testing.T) {
	l := newLab(t)
	l.fill("a", "b")
	l.begin()
	l.change(func(in func(string) string) error {
		return errors.Join(write(in("a"), "c"), write(in("b"), "c"), os.MkdirAll(in("new/deep"), 0o755),
			write(in("new/deep/one"), ""), write(in("new/deep/two"), ""))
	})
	k := l.open()
	if _, err := k.Plan(Options{Paths: []string{l.in("nowhere")}}); err == nil || !strings.Contains(err.Error(), "/nowhere is not among") {
		t.Errorf("a path that is no change: %v", err)
	}
	l.must(k.Close())
	l.apply(Options{Paths: []string{l.in("b"), l.in("new/deep/two")}})
	l.expectList("the rest", l.diff(), "C /a", "C /new/deep", "A /new/deep/one")
	l.apply(Options{})
	l.expectList("nothing", l.diff())
	if first := l.undo(false); first.Earlier != 1 {
		t.Errorf("%d earlier applies", first.Earlier)
	}
	l.expectList("undone once", l.diff(), "C /a", "C /new/deep", "A /new/deep/one")
}

// A further name of a file is one on the host, too, and holes stay holes.
func TestLinksAndHoles(t *testing.T) {
	l := newLab(t)
	l.fill("old")
	l.begin()
	l.change(func(in func(string) string) error {
		file, err := os.Create(in("sparse"))
		if err != nil {
			return err
		}
		_, err = file.WriteAt([]byte("end"), 64<<20)
		return errors.Join(err, file.Close(), os.Link(in("old"), in("second")), os.Link(in("sparse"), in("again")))
	})
	l.expectList("apply", l.apply(Options{}))
	var s [4]unix.Stat_t
	for i, name := range []string{"old", "second", "sparse", "again"} {
		l.must(unix.Lstat(l.in(name), &s[i]))
	}
	if s[0].Ino != s[1].Ino || s[2].Ino != s[3].Ino {
		t.Error("the names are not of one file")
	}
	if s[2].Size != 64<<20+3 || s[2].Blocks*512 > 1<<20 {
		t.Errorf("a sparse file has %d bytes in %d blocks", s[2].Size, s[2].Blocks)
	}
}

// The directory of changes itself is never touched by what a container did to it.
func TestOwnDirectoryIsSafe(t *testing.T) {
	l := newLab(t)
	inside := filepath.Join(l.host, "kept")
	l.kept = inside
	l.must(os.Mkdir(inside, 0o700))
	l.begin()
	l.run(func(root string) {
		os.RemoveAll(filepath.Join(root, "kept"))
		write(filepath.Join(root, "file"), "")
	})
	told := l.apply(Options{Force: true, Privileged: true})
	if len(told) == 0 {
		t.Error("nothing was refused")
	}
	for _, line := range told {
		if !strings.HasSuffix(line, ": it is in the directory of these changes") {
			t.Error(line)
		}
	}
	if _, err := os.Stat(filepath.Join(inside, "changes.json")); err != nil {
		t.Error(err)
	}
}

// A full disk is found before anything is changed.
func TestFullDisk(t *testing.T) {
	l := newLab(t)
	l.leave()
	l.must(unix.Mount("tmpfs", l.host, "tmpfs", 0, "size=1m"))
	defer func() {
		if err := unix.Unmount(l.host, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	}()
	l.fill("a", "b")
	before := l.picture()
	l.begin()
	l.change(func(in func(string) string) error {
		return errors.Join(write(in("a"), "new"), os.Remove(in("b")), write(in("big"), strings.Repeat("x", 2<<20)))
	})
	k := l.open()
	plan, err := k.Plan(Options{})
	l.must(err)
	if err = plan.Apply(); !errors.Is(err, unix.ENOSPC) || !strings.HasPrefix(err.Error(), "nothing was changed: prepare "+l.host+"/big: ") {
		t.Errorf("apply: %v", err)
	}
	l.must(k.Close())
	l.expect("on a full disk", l.picture(), before)
	l.expectNoStores()
	l.expectList("without it", l.apply(Options{Paths: []string{l.in("a"), l.in("b")}}))
	l.undo(false)
	l.expect("undone", l.picture(), before)
	l.expectNoStores()
}

// Another file system than in the run is a conflict as a whole.
func TestForeignFileSystem(t *testing.T) {
	l := newLab(t)
	l.fill("a")
	l.begin()
	l.change(func(in func(string) string) error { return write(in("a"), "container") })
	l.must(os.Rename(l.host, l.host+".away"), os.Mkdir(l.host, 0o755))
	l.fill("a")
	told := l.apply(Options{})
	l.expectList("apply", told, "C /a: conflict: another file system is there than in the run (--force applies it)")
}

// A file system that the host has mounted in a directory meanwhile is not moved with it.
func TestMountInDirectory(t *testing.T) {
	l := newLab(t)
	l.leave()
	l.fill("tree/a", "tree/mount/x", "dir/y")
	l.begin()
	l.change(func(in func(string) string) error {
		return errors.Join(os.RemoveAll(in("tree")), write(in("dir/y"), "container"))
	})
	for _, name := range []string{"tree/mount", "dir"} {
		l.must(unix.Mount("tmpfs", l.in(name), "tmpfs", 0, ""))
		defer func() { l.must(unix.Unmount(l.in(name), unix.MNT_DETACH)) }()
	}
	l.must(write(l.in("tree/a"), "host"), write(l.in("dir/y"), "host"))
	told := l.apply(Options{Force: true})
	if len(told) == 0 || !slices.Contains(told, "D /tree: another file system is mounted on /tree/mount") {
		t.Errorf("told: %q", told)
	}
	if content, err := os.ReadFile(l.in("dir/y")); err != nil || string(content) != "host" {
		t.Errorf("the file of the other file system is %q, %v", content, err)
	}
}

// What is immutable on the host is told before anything is tried.
func TestImmutable(t *testing.T) {
	l := newLab(t)
	l.fill("fixed", "free")
	l.begin()
	l.change(func(in func(string) string) error {
		return errors.Join(write(in("fixed"), "container"), write(in("free"), "container"))
	})
	set := func(flags int) error {
		file, err := os.Open(l.in("fixed"))
		if err != nil {
			return err
		}
		return errors.Join(unix.IoctlSetPointerInt(int(file.Fd()), unix.FS_IOC_SETFLAGS, flags), file.Close())
	}
	const immutable = 0x10 // FS_IMMUTABLE_FL
	l.must(set(immutable))
	told := l.apply(Options{Force: true})
	l.must(set(0))
	l.expectList("apply", told, "C /fixed: it is immutable or append-only on the host (chattr -ia)")
}

// Who changes a file in the moment in which it is exchanged keeps the change.
func TestChangedJustNow(t *testing.T) {
	l := newLab(t)
	l.fill("edited", "replaced", "gone", "fine")
	l.begin()
	l.change(func(in func(string) string) error {
		return errors.Join(write(in("edited"), "container"), write(in("replaced"), "container"), os.Remove(in("gone")),
			write(in("made"), "container"), write(in("fine"), "container"))
	})
	k := l.open()
	plan, err := k.Plan(Options{})
	l.must(err)
	once := false
	k.step = func(step string) error {
		if step != "perform" || once {
			return nil
		}
		once = true
		return errors.Join(write(l.in("edited"), "host"), write(l.in("other"), "host"), os.Rename(l.in("other"), l.in("replaced")),
			write(l.in("gone"), "host"), write(l.in("made"), "host"))
	}
	l.must(plan.Apply(), k.Close())
	var refused []string
	for _, i := range plan.Items {
		if i.Refused != "" {
			refused = append(refused, strings.TrimPrefix(i.Path, l.host))
		}
	}
	l.expectList("refused", refused, "/edited", "/gone", "/made", "/replaced")
	for _, name := range refused {
		if content, err := os.ReadFile(l.in(name)); err != nil || string(content) != "host" {
			t.Errorf("%s is %q, %v", name, content, err)
		}
	}
	if again := l.apply(Options{}); len(again) != len(refused) {
		t.Errorf("once more %q is refused", again)
	}
	l.undo(false)
	if content, err := os.ReadFile(l.in("fine")); err != nil || string(content) != "old fine" {
		t.Errorf("fine is %q, %v", content, err)
	}
}

// Access control lists are a file's own, not those that the directory of changes gives.
func TestAccessControlLists(t *testing.T) {
	const acl = "\x02\x00\x00\x00\x01\x00\x06\x00\xff\xff\xff\xff\x02\x00\x04\x00\x05\x00\x00\x00\x04\x00\x04\x00\xff\xff\xff\xff" +
		"\x10\x00\x04\x00\xff\xff\xff\xff\x20\x00\x00\x00\xff\xff\xff\xff" // u::rw-,u:5:r--,g::r--,m::r--,o::---
	l := newLab(t)
	l.fill("listed", "plain", "dir/x")
	l.must(unix.Setxattr(l.in("plain"), accessACL, []byte(acl), 0), unix.Setxattr(l.kept, defaultACL, []byte(acl), 0))
	l.begin()
	l.change(func(in func(string) string) error {
		return errors.Join(unix.Setxattr(in("listed"), accessACL, []byte(acl), 0), unix.Removexattr(in("plain"), accessACL),
			os.Chmod(in("plain"), 0o604), unix.Setxattr(in("dir"), defaultACL, []byte(acl), 0), write(in("dir/new"), ""))
	})
	var seen picture
	l.run(func(root string) { seen, _ = pictureOf(root) })
	before := l.picture()
	l.expectList("apply", l.apply(Options{}))
	l.expect("applied", l.picture(), seen)
	l.undo(false)
	l.expect("undone", l.picture(), before)
}

// What mydocker makes in a layer to mount a file there is nobody's change.
func TestMountTargets(t *testing.T) {
	l := newLab(t)
	l.fill("etc/passwd")
	l.begin()
	l.change(func(in func(string) string) error {
		return errors.Join(write(in("etc/hosts"), ""), write(in("etc/hostname"), "written"))
	})
	k := l.open()
	w := &walker{layer: k.layers[0], targets: map[string]bool{l.in("etc/hosts"): true, l.in("etc/hostname"): true}, made: map[string]bool{}}
	l.must(w.top(), k.Close())
	var list []string
	for _, c := range w.found {
		list = append(list, strings.Replace(c.String(), l.host, "", 1))
	}
	l.expectList("diff", list, "C /etc", "A /etc/hostname")
}
