package unpack

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
)

// everything fills a directory with what one can have.
func everything(l *lab, root string) {
	l.Helper()
	in := func(name string) string { return filepath.Join(root, name) }
	long := strings.Repeat("long-", 40)
	l.must(os.Mkdir(in("dir"), 0o700), os.MkdirAll(in(long+"/"+long), 0o755), os.WriteFile(in(long+"/"+long+"/file"), []byte("deep"), 0o644),
		os.WriteFile(in("file"), []byte("content"), 0o640), os.WriteFile(in("empty"), nil, 0o644), os.Link(in("file"), in("dir/hard")),
		os.Symlink("../../../../etc/passwd", in("dir/link")), os.Link(in("dir/link"), in("linked")), unix.Mkfifo(in("fifo"), 0o622),
		unix.Mknod(in("null"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))), os.WriteFile(in("latin-\xe9\xff"), []byte("x"), 0o644),
		os.WriteFile(in("new\nline"), []byte("x"), 0o644), os.Chown(in("empty"), 4_000_000_000, 70_000), os.WriteFile(in("suid"), []byte("x"), 0o755),
		os.Chown(in("suid"), 3, 4), os.Chmod(in("suid"), 0o755|os.ModeSetuid|os.ModeSetgid), os.Mkdir(in("tmp"), 0o777), os.Chmod(in("tmp"), 0o777|os.ModeSticky),
		unix.Setxattr(in("file"), "user.note", []byte("a\x00b"), 0), unix.Lsetxattr(in("suid"), "security.capability", netRaw(), 0),
		unix.Setxattr(in("dir"), "system.posix_acl_default", acl(), 0), os.Chtimes(in("file"), day, time.Unix(-5, 250_000_000)),
		os.Chtimes(in("empty"), day, time.Date(2400, 1, 1, 0, 0, 0, 1, time.UTC)), os.Chtimes(in("dir"), day, day.Add(7)))
	f, err := os.Create(in("sparse"))
	l.must(err)
	_, err = f.WriteAt([]byte("middle"), 3<<20)
	l.must(err, f.Truncate(8<<20), f.Close())
	hole, err := os.Create(in("hole"))
	l.must(err, hole.Truncate(1<<20), hole.Close())
}

// netRaw is CAP_NET_RAW as a file has it (capabilities(7), version 2).
func netRaw() []byte {
	return []byte{1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
}

// acl is user::rwx,user:7:r--,group::r-x,mask::r-x,other::--- (acl(5)).
func acl() []byte {
	const none = "\xff\xff\xff\xff"
	return []byte("\x02\x00\x00\x00\x01\x00\x07\x00" + none + "\x02\x00\x04\x00\x07\x00\x00\x00\x04\x00\x05\x00" + none + "\x10\x00\x05\x00" + none + "\x20\x00\x00\x00" + none)
}

func (l *lab) archive(o *ArchiveOptions, dirs ...string) (Archived, []byte) {
	l.Helper()
	var files []*os.File
	for _, name := range dirs {
		f, err := os.Open(name)
		l.must(err)
		defer f.Close()
		files = append(files, f)
	}
	var out bytes.Buffer
	before := openFiles(l)
	archived, err := Archive(context.Background(), &out, files, o)
	l.must(err)
	if after := openFiles(l); after != before {
		l.Errorf("%d descriptors are open, before there were %d", after, before)
	}
	return archived, out.Bytes()
}

// What is archived and unpacked is what it was; GNU tar reads the same.
func TestRoundTrip(t *testing.T) {
	l := newLab(t)
	source := t.TempDir()
	everything(l, source)
	want := pictureOf(l, source, nil)
	archived, content := l.archive(&ArchiveOptions{}, source)
	if archived.SkippedCount != 0 || archived.Entries != int64(len(want)) {
		t.Errorf("%+v, there are %d files", archived, len(want))
	}
	if len(content) > 1<<20 {
		t.Errorf("the archive has %d bytes: holes were written", len(content))
	}
	if _, again := l.archive(&ArchiveOptions{}, source); !bytes.Equal(content, again) {
		t.Error("the second archive is another one")
	}
	l.options.Plain = true
	if _, err := l.unpackBytes(content); err != nil {
		t.Fatal(err)
	}
	comparePictures(t, "unpacked", l.picture(), want)
	for _, name := range []string{"sparse", "hole"} {
		var s unix.Stat_t
		l.must(unix.Stat(filepath.Join(l.root, name), &s))
		if s.Blocks*512 > 64<<10 {
			t.Errorf("%s has %d blocks: its holes are filled", name, s.Blocks)
		}
	}
	if _, err := exec.LookPath("tar"); err != nil {
		t.Skip("there is no tar")
	}
	theirs := t.TempDir()
	command := exec.Command("tar", "-xpf", "-", "-C", theirs, "--numeric-owner", "--xattrs", "--xattrs-include=*", "--delay-directory-restore")
	command.Stdin = bytes.NewReader(content)
	if output, err := command.CombinedOutput(); err != nil { // it warns about times
		t.Fatalf("%s%v", output, err)
	}
	comparePictures(t, "by tar", pictureOf(l, theirs, nil), want)
}

func comparePictures(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s: %q is %s, want %s", what, name, got[name], want[name])
		}
	}
	for name := range got {
		if _, known := want[name]; !known {
			t.Errorf("%s: there is %q", what, name)
		}
	}
}

// What GNU tar writes is read, in each of its formats.
func TestForeignFormats(t *testing.T) {
	if _, err := exec.LookPath("tar"); err != nil {
		t.Skip("there is no tar")
	}
	for _, format := range []string{"gnu", "pax", "oldgnu"} {
		for _, sparse := range []string{"", "--sparse-version=0.0", "--sparse-version=0.1", "--sparse-version=1.0"} {
			l := newLab(t)
			source := t.TempDir()
			everything(l, source)
			if format != "pax" {
				l.must(os.Lchown(filepath.Join(source, "empty"), 1, 2)) // GNU's own numbers are another test
			}
			arguments := []string{"-cf", "-", "-C", source, "--format=" + format, "--sparse"}
			if format == "pax" {
				arguments = append(arguments, "--xattrs", "--xattrs-include=*")
			}
			if sparse != "" {
				arguments = append(arguments, sparse)
			}
			content, err := exec.Command("tar", append(arguments, ".")...).Output()
			l.must(err)
			l.options.Plain = true
			if _, err := l.unpackBytes(content); err != nil {
				t.Fatalf("%s %s: %v", format, sparse, err)
			}
			got, want := l.picture(), pictureOf(l, source, nil)
			if format != "pax" { // whole seconds, and no attributes
				for _, picture := range []map[string]string{got, want} {
					for name := range picture {
						words := strings.Fields(picture[name])
						picture[name] = strings.Join(words[:3], " ")
					}
				}
			}
			comparePictures(t, format+" "+sparse, got, want)
			var s unix.Stat_t
			if l.must(unix.Stat(filepath.Join(l.root, "sparse"), &s)); s.Blocks*512 > 64<<10 {
				t.Errorf("%s %s: holes are filled", format, sparse)
			}
		}
	}
}

// Whiteouts of overlayfs become those of a layer, and those of a layer overlayfs's again.
func TestLayerOfChanges(t *testing.T) {
	for _, variant := range []string{"", "1234567890abcdef"} {
		l := newLab(t)
		l.options.Variant = image.Variant(variant)
		l.unpack(dir("dir"), file("dir/.wh..wh..opq", ""), file("dir/new", "n"), file(".wh.gone", ""), file("dir/.wh.old", ""), file("kept", "k"))
		want := l.picture()
		archived, content := l.archive(&ArchiveOptions{Layer: true, Variant: image.Variant(variant)}, l.root)
		if archived.SkippedCount > 0 {
			t.Errorf("%+v", archived)
		}
		names := namesOf(t, content)
		if !slices.Equal(names, []string{"dir/", "dir/.wh..wh..opq", "dir/new", "dir/.wh.old", ".wh.gone", "kept"}) {
			t.Errorf("%q", names)
		}
		other := newLab(t)
		other.options.Variant = image.Variant(variant)
		if _, err := other.unpackBytes(content); err != nil {
			t.Fatal(err)
		}
		got := other.picture()
		for _, picture := range []map[string]string{got, want} {
			delete(picture, ".")
			for _, name := range []string{"gone", "dir/old"} { // a whiteout has no time
				picture[name], _, _ = strings.Cut(picture[name], " @")
			}
		}
		comparePictures(t, "again", got, want)
	}
}

func namesOf(t *testing.T, content []byte) (names []string) {
	t.Helper()
	for r := tar.NewReader(bytes.NewReader(content)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return names
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
}

// Directories over each other are archived as overlayfs shows them.
func TestMerged(t *testing.T) {
	l := newLab(t)
	var layers []string
	for _, entries := range [][]entry{
		{file("a", "low"), dir("d"), file("d/one", "1"), file("d/two", "2"), dir("o"), file("o/hidden", ""), file("tofile/x", ""), file("todir", "file"), dir("gone"), file("gone/x", "")},
		{file("d/.wh.one", ""), file("o/.wh..wh..opq", ""), file("o/new", "n"), file("tofile", "file"), file("todir/x", "x"), file(".wh.gone", "")},
		{file("a", "high"), file("d/three", "3")},
	} {
		one := newLab(t)
		one.unpack(entries...)
		layers = append([]string{one.root}, layers...)
	}
	_, content := l.archive(&ArchiveOptions{}, layers...)
	l.options.Plain = true
	if _, err := l.unpackBytes(content); err != nil {
		t.Fatal(err)
	}
	l.expect(`a: f 644 0:0 "high"`, "d: d 755 0:0", `d/two: f 644 0:0 "2"`, `d/three: f 644 0:0 "3"`, "o: d 755 0:0", `o/new: f 644 0:0 "n"`,
		`tofile: f 644 0:0 "file"`, "todir: d 755 0:0", `todir/x: f 644 0:0 "x"`)
}

// What no archive can hold is said, and left out; what would be taken for something else, too.
func TestSkipped(t *testing.T) {
	l := newLab(t)
	source := t.TempDir()
	socket, err := net.Listen("unix", filepath.Join(source, "socket"))
	l.must(err)
	defer socket.Close()
	l.must(os.WriteFile(source+"/.wh.passwd", nil, 0o644), os.WriteFile(source+"/file", nil, 0o644), unix.Setxattr(source+"/file", "user.a=b", []byte("c"), 0))
	archived, content := l.archive(&ArchiveOptions{Layer: true}, source)
	if archived.SkippedCount != 3 || len(archived.Skipped) != 3 || !slices.Equal(namesOf(t, content), []string{"file"}) {
		t.Errorf("%+v, %q", archived, namesOf(t, content))
	}
	if archived, _ := l.archive(&ArchiveOptions{}, source); archived.SkippedCount != 2 {
		t.Errorf("%+v", archived)
	}
}

// A layer that overlayfs has only in part is refused.
func TestRedirect(t *testing.T) {
	l := newLab(t)
	source := t.TempDir()
	l.must(os.Mkdir(source+"/moved", 0o755), unix.Setxattr(source+"/moved", "trusted.overlay.redirect", []byte("old"), 0))
	f, err := os.Open(source)
	l.must(err)
	defer f.Close()
	if _, err := Archive(context.Background(), io.Discard, []*os.File{f}, &ArchiveOptions{Layer: true}); err == nil || !strings.Contains(err.Error(), "redirect") {
		t.Error(err)
	}
}
