package kept

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/imagetest"
	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/container/image/unpack"
	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

// lab is a store, and a mount namespace of the test's own.
type lab struct {
	*testing.T
	dir   string
	store *store.Store
}

func newLab(t *testing.T) *lab {
	if os.Geteuid() != 0 {
		t.Skip("it mounts overlays, which needs root")
	}
	l := &lab{T: t, dir: t.TempDir()}
	var err error
	l.store, err = store.Open(filepath.Join(l.dir, "state"))
	l.must(err)
	t.Cleanup(func() { l.must(l.store.Close()) })
	runtime.LockOSThread() // the thread ends with the test
	l.must(unix.Unshare(unix.CLONE_NEWNS|unix.CLONE_FS), unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	return l
}

func (l *lab) must(errs ...error) {
	l.Helper()
	if err := errors.Join(errs...); err != nil {
		l.Fatal(err)
	}
}

func (l *lab) state() string { return filepath.Join(l.dir, "state") }

type memory []byte

func (m memory) Blob(context.Context, *ingest.Layer, int64) (io.ReadCloser, int64, error) {
	return io.NopCloser(bytes.NewReader(m)), 0, nil
}

// image is one of a single layer.
func (l *lab) image(entries ...imagetest.Entry) *image.Record {
	l.Helper()
	layer, err := imagetest.Tar(entries...)
	l.must(err)
	made := imagetest.Image{Layers: [][]byte{layer}, Config: map[string]any{"Env": []string{"A=1"}, "Cmd": []string{"sh"}}}
	config, err := made.Document()
	l.must(err)
	record, _, err := ingest.Take(context.Background(), l.store, &ingest.Image{
		Config: config, Source: memory(layer), Layers: []ingest.Layer{{DiffID: image.Digest(imagetest.Digest(layer))}},
	}, &ingest.Options{})
	l.must(err)
	return record
}

// keep has an image's layers mounted at a directory, copy-on-write, while write goes on, and
// returns what was kept of that.
func (l *lab) keep(record *image.Record, write func(root string)) *Container {
	l.Helper()
	id, err := utils.NewID()
	l.must(err)
	made, err := state.Create(l.state(), &state.Record{
		Version: state.RecordVersion, ID: id, Image: "test", Manifest: record.Manifest.Digest, Created: time.Now(),
		Config: image.RunConfig{Cmd: []string{"made", "by"}, Env: []string{"A=2"}, User: "nobody"},
	})
	l.must(err)
	upper, work := filepath.Join(made.Path, upperDir), filepath.Join(made.Path, overlay.RootLayer, "work")
	l.must(os.MkdirAll(upper, 0o755), os.Mkdir(work, 0o755))
	root := l.mount(record, ",upperdir="+upper+",workdir="+work)
	write(root)
	l.must(unix.Unmount(root, 0), made.Save(), made.Close())
	c, err := Open(l.state(), id)
	l.must(err)
	return c
}

func (l *lab) mount(record *image.Record, options string) (root string) {
	l.Helper()
	root, err := os.MkdirTemp(l.dir, "root")
	l.must(err)
	opened, err := image.OpenManifest(l.state(), record.Manifest.Digest)
	l.must(err)
	lowers, err := opened.Lowers("")
	l.must(err, opened.Close())
	if options == "" { // without an upper there have to be two lowers
		empty := root + "-empty"
		l.must(os.Mkdir(empty, 0o755))
		lowers = append(lowers, empty)
	}
	options = "lowerdir=" + strings.Join(lowers, ":") + options + ",index=off,metacopy=off,redirect_dir=off,xino=on"
	l.must(unix.Mount("overlay", root, "overlay", 0, options))
	return root
}

func (l *lab) commit(c *Container) *image.Record {
	l.Helper()
	record, written, err := c.Commit(context.Background(), l.store, &Commit{Created: time.Now()}, &ingest.Options{})
	l.must(err)
	if written.SkippedCount > 0 {
		l.Error(written.Skipped)
	}
	return record
}

// tree is what a directory holds, by path.
type tree map[string]string

func (l *lab) tree(root string) tree {
	l.Helper()
	t, names := tree{}, map[uint64][]string{}
	l.must(filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var stat unix.Stat_t
		if err := unix.Lstat(name, &stat); err != nil {
			return err
		}
		path := strings.TrimPrefix(name, root)
		kind := stat.Mode & unix.S_IFMT
		text := fmt.Sprintf("%o %d:%d %d.%d", stat.Mode, stat.Uid, stat.Gid, stat.Mtim.Sec, stat.Mtim.Nsec)
		switch kind {
		case unix.S_IFREG:
			content, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			text += fmt.Sprintf(" %q", content)
		case unix.S_IFLNK:
			target, err := os.Readlink(name)
			if err != nil {
				return err
			}
			text += fmt.Sprintf(" -> %q", target)
		case unix.S_IFCHR, unix.S_IFBLK:
			text += fmt.Sprintf(" %x", stat.Rdev)
		}
		if kind != unix.S_IFDIR && stat.Nlink > 1 {
			names[stat.Ino] = append(names[stat.Ino], path)
		}
		t[path] = text + attributes(name)
		return nil
	}))
	for _, same := range names { // one of the links may be in a lower that is hidden
		for _, name := range same[1:] {
			t[same[0]] += " = " + name
			t[name] += " = " + same[0]
		}
	}
	return t
}

func attributes(name string) (text string) {
	list := make([]byte, 4096)
	n, err := unix.Llistxattr(name, list)
	if err != nil {
		return " " + err.Error()
	}
	names := strings.FieldsFunc(string(list[:n]), func(r rune) bool { return r == 0 })
	slices.Sort(names)
	for _, attribute := range names {
		value := make([]byte, 4096)
		n, err := unix.Lgetxattr(name, attribute, value)
		text += fmt.Sprintf(" %s=%x %v", attribute, value[:max(n, 0)], err)
	}
	return text
}

func (l *lab) compare(what string, got, want tree) {
	l.Helper()
	for _, path := range slices.Sorted(maps.Keys(want)) {
		if got[path] != want[path] {
			l.Errorf("%s: %q is %s; want %s", what, path, got[path], want[path])
		}
	}
	for path := range got {
		if want[path] == "" {
			l.Errorf("%s: %q is %s, and should not be there", what, path, got[path])
		}
	}
}

// changer changes a directory at random. Much of what it tries is refused: that is no error.
type changer struct {
	*rand.Rand
	root string
}

func (c *changer) path() string {
	names := []string{"a", "b", "c", "dir", "ä b", "\xff\x01", strings.Repeat("long", 40)}
	path := c.root
	for range 1 + c.Intn(3) {
		path += "/" + names[c.Intn(len(names))]
	}
	return path
}

func (c *changer) time() unix.Timespec {
	return unix.Timespec{Sec: c.Int63n(4e9) - 1e9, Nsec: c.Int63n(1e9)}
}

func (c *changer) content() []byte { return bytes.Repeat([]byte{byte('a' + c.Intn(26))}, c.Intn(3000)) }

// capability is the value of security.capability that gives net_raw (VFS_CAP_REVISION_2).
func capability() []byte {
	return append([]byte{1, 0, 0, 2, 0, 0x20, 0, 0}, make([]byte, 12)...)
}

func (c *changer) step() {
	path := c.path()
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return // os.RemoveAll would open it, and wait at a FIFO
	}
	switch c.Intn(20) {
	case 0, 1, 2:
		os.Mkdir(path, 0o755)
	case 3, 4, 5:
		c.write(path, 0)
	case 6:
		c.write(path, 1<<18) // behind a hole
	case 7:
		os.Symlink([]string{"a", "../b", "/c/a", "nowhere"}[c.Intn(4)], path)
	case 8, 9:
		unix.Linkat(unix.AT_FDCWD, c.path(), unix.AT_FDCWD, path, 0)
	case 10:
		unix.Mkfifo(path, 0o600)
	case 11:
		unix.Mknod(path, unix.S_IFCHR|0o640, int(unix.Mkdev(1, 3)))
	case 12, 13:
		os.RemoveAll(path)
	case 14:
		os.RemoveAll(path)
		os.Mkdir(path, 0o711)
	case 15:
		os.Rename(c.path(), path)
	case 16:
		unix.Fchmodat(unix.AT_FDCWD, path, []uint32{0o4755, 0o2711, 0o1777, 0o600, 0}[c.Intn(5)], unix.AT_SYMLINK_NOFOLLOW)
	case 17:
		unix.Lchown(path, c.Intn(3)*65_000, c.Intn(3)*100_000)
	case 18:
		unix.Lsetxattr(path, "user.test", c.content(), 0)
		unix.Lsetxattr(path, "security.capability", capability(), 0)
	case 19:
		unix.UtimesNanoAt(unix.AT_FDCWD, path, []unix.Timespec{c.time(), c.time()}, unix.AT_SYMLINK_NOFOLLOW)
	}
}

// write writes a file that is there, or a new one. No FIFO and no device is opened.
func (c *changer) write(path string, offset int64) {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		return
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o644)
	if err != nil {
		return
	}
	file.WriteAt(c.content(), offset)
	file.Close()
}

// An image that is made of a container shows what the container had, whatever that was, and so
// does an archive of its root.
func TestRandomChanges(t *testing.T) {
	for seed := range int64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l := newLab(t)
			r := rand.New(rand.NewSource(seed))
			record := l.image(imagetest.Dir("a"), imagetest.File("a/b", "text"), imagetest.Dir("dir"), imagetest.Dir("dir/c"), imagetest.File("dir/c/a", "deep"), imagetest.Link("c", "a"))
			for round := range 4 {
				var before, after tree
				c := l.keep(record, func(root string) {
					before = l.tree(root)
					changer := &changer{r, root}
					for range 120 {
						changer.step()
					}
					after = l.tree(root)
				})
				l.checkChanges(c, before, after)
				l.checkExport(c, after)
				made := l.commit(c)
				root := l.mount(made, "")
				l.compare(fmt.Sprint("round ", round), l.tree(root), after)
				l.must(unix.Unmount(root, 0), c.Close())
				if len(made.Layers) != len(record.Layers)+1 || made.Layers[0].DiffID != record.Layers[0].DiffID {
					t.Errorf("layers: %+v", made.Layers)
				}
				record = made
			}
		})
	}
}

// checkChanges holds the list of changes against what was there before and after.
func (l *lab) checkChanges(c *Container, before, after tree) {
	l.Helper()
	list, err := c.Changes()
	l.must(err)
	told := map[string]string{}
	for _, change := range list {
		if told[change.Path] != "" {
			l.Errorf("%q is told twice", change.Path)
		}
		told[change.Path] = change.Kind
		was, is := before[change.Path] != "", after[change.Path] != ""
		if want := map[string][2]bool{"A": {false, true}, "C": {true, true}, "D": {true, false}}[change.Kind]; want != [2]bool{was, is} {
			l.Errorf("%s: it was there: %v, and is: %v", change, was, is)
		}
	}
	for path, text := range after {
		was, _, _ := strings.Cut(before[path], " = ")
		is, _, _ := strings.Cut(text, " = ")
		if strings.HasPrefix(text, "4") { // of a directory, Docker does not tell of extended attributes either
			was, is = withoutAttributes(was), withoutAttributes(is)
		}
		if path != "" && was != is && told[path] == "" {
			l.Errorf("%q was %s, and is %s: that is not told", path, before[path], text)
		}
	}
	for path := range before {
		if after[path] == "" && !isBelowTold(told, path) {
			l.Errorf("%q is deleted: that is not told", path)
		}
	}
}

func withoutAttributes(text string) string {
	words := strings.Fields(text)
	return strings.Join(words[:min(3, len(words))], " ")
}

// isBelowTold reports whether a path, or a directory that it was in, is told.
func isBelowTold(told map[string]string, path string) bool {
	for ; path != "/"; path = filepath.Dir(path) {
		if told[path] == "D" || told[path] == "C" {
			return true
		}
	}
	return false
}

func (l *lab) checkExport(c *Container, want tree) {
	l.Helper()
	var archive bytes.Buffer
	_, err := c.Export(context.Background(), &archive)
	l.must(err)
	name, err := os.MkdirTemp(l.dir, "export")
	l.must(err)
	dir, err := os.Open(name)
	l.must(err)
	_, err = unpack.Layer(context.Background(), &archive, dir, &unpack.Options{Plain: true})
	l.must(err, dir.Close())
	l.compare("export", l.tree(name), want)
}
