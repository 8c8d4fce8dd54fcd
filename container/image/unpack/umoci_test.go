package unpack

import (
	"archive/tar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image/imagetest"
	"github.com/mydocker/mydocker/container/image/layers"
)

// Layers unpack to what umoci unpacks them to, over each other.
func TestLikeUmoci(t *testing.T) {
	if _, err := exec.LookPath("umoci"); err != nil {
		t.Skip("there is no umoci")
	}
	l := newLab(t)
	source := t.TempDir()
	everything(l, source)
	_, lowest := l.archive(&ArchiveOptions{}, source)
	archives := [][]byte{
		lowest,
		archiveOf(t, file(".wh.file", ""), mode(dir("dir"), 0o711), file("dir/.wh..wh..opq", ""), owner(file("dir/new", "n"), 5, 6), link("tmp", "dir"), file(".wh.nothing", ""), file("latin-\xe9\xff", "y")),
		archiveOf(t, file("tmp", "a file now"), dir("empty"), file("empty/x", ""), hard("empty/hard", "empty/x"), attribute(file("cap", "x"), "security.capability", string(netRaw())), file("dir/.wh.new", "")),
	}
	var files []imagetest.Entry
	image := &imagetest.Image{Names: []string{"t"}, Layers: archives}
	files, err := imagetest.OCILayout(image)
	l.must(err)
	top := t.TempDir()
	for _, f := range files {
		name := filepath.Join(top, "layout", f.Name)
		if f.Typeflag == tar.TypeDir {
			l.must(os.MkdirAll(name, 0o755))
			continue
		}
		l.must(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(f.Content), 0o644))
	}
	output, err := exec.Command("umoci", "unpack", "--image", top+"/layout:t", top+"/bundle").CombinedOutput()
	if err != nil {
		t.Fatalf("umoci: %s%v", output, err)
	}
	want := pictureOf(t, top+"/bundle/rootfs", nil)

	var lowers []string
	for n, content := range archives {
		one := newLab(t)
		if n > 0 {
			one.options.Lowers = &layers.Stack{Lowers: lowers}
		}
		if _, err := one.unpackBytes(content); err != nil {
			t.Fatal(err)
		}
		lowers = append([]string{one.root}, lowers...)
	}
	_, merged := l.archive(&ArchiveOptions{}, lowers...)
	l.options.Plain = true
	if _, err := l.unpackBytes(merged); err != nil {
		t.Fatal(err)
	}
	got := l.picture()
	delete(got, ".") // its time is that of the last who unpacked into it
	delete(want, ".")
	comparePictures(t, "mydocker and umoci", got, want)
}

// A directory that the archive is silent about has what the one below has; what the archive says
// later counts, and one that hides those below has nothing of theirs.
func TestImplied(t *testing.T) {
	below := newLab(t)
	below.unpack(owner(mode(dir("a"), 0o1777), 1, 2), owner(mode(dir("b"), 0o700), 1, 2), owner(mode(dir("c"), 0o700), 1, 2), file("d", ""), link("e", "a"))
	l := newLab(t)
	l.options.Lowers = &layers.Stack{Lowers: []string{below.root}}
	entries := []entry{file("a/x", ""), file("b/x", ""), mode(dir("b"), 0o711), file(".wh.c", ""), file("c/x", ""), file("d/x", ""), file("e/x", "")}
	l.unpack(entries...)
	l.expect("a: d 1777 1:2", `a/x: f 644 0:0 ""`, "b: d 711 0:0", `b/x: f 644 0:0 ""`, `c: d 755 0:0 trusted.overlay.opaque="y"`, `c/x: f 644 0:0 ""`,
		"d: d 755 0:0", `d/x: f 644 0:0 ""`, "e: d 1777 1:2", `e/x: f 644 0:0 ""`)
	later := newLab(t)
	later.options.LowersUnknown = true
	if result := later.unpack(entries...); !slices.Equal(result.Implied, []string{"a", "d", "e"}) {
		t.Errorf("%q", result.Implied)
	}
}

// A hard link to a file of a layer below is a copy of it, with all that it has.
func TestHardLinkToBelow(t *testing.T) {
	below := newLab(t)
	everything(below, below.root)
	l := newLab(t)
	l.options.Lowers = &layers.Stack{Lowers: []string{below.root}}
	l.unpack(hard("new/name", "file"), hard("again", "file"), hard("holes", "sparse"), hard("capable", "suid"), hard("symbolic", "dir/link"))
	got, want := l.picture(), below.picture()
	alone := regexp.MustCompile(` = \S+`) // which other name it has
	for _, name := range []string{"file", "sparse", "suid", "dir/link", "dir"} {
		if g, w := alone.ReplaceAllString(got[name], ""), alone.ReplaceAllString(want[name], ""); g != w {
			t.Errorf("%s is %s, want %s", name, g, w)
		}
	}
	for name, original := range map[string]string{"new/name": "file", "again": "file", "holes": "sparse", "capable": "suid", "symbolic": "dir/link"} {
		var one, other unix.Stat_t
		l.must(unix.Lstat(filepath.Join(l.root, name), &one), unix.Lstat(filepath.Join(l.root, original), &other))
		if one.Ino != other.Ino {
			t.Errorf("%s is another file than %s", name, original)
		}
	}
	l.refuse("no such file", hard("x", "nowhere"))
	l.refuse("neither a file nor", hard("x", "fifo"))
}
