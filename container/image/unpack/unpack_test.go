package unpack

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func mode(e entry, mode int64) entry {
	e.Mode = mode
	return e
}

func owner(e entry, uid, gid int) entry {
	e.Uid, e.Gid = uid, gid
	return e
}

func node(kind byte, name string, major, minor int64) entry {
	return with(tar.Header{Typeflag: kind, Name: name, Devmajor: major, Devminor: minor}, "")
}

func global(key string) entry {
	return entry{Header: tar.Header{Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{key: "x"}}}
}

func attribute(e entry, name, value string) entry {
	e.Format = tar.FormatPAX
	e.PAXRecords = map[string]string{attributePrefix + name: value}
	return e
}

func TestUnpack(t *testing.T) {
	long := strings.Repeat("n", 255)
	for name, row := range map[string]struct {
		entries []entry
		want    []string
	}{
		"empty":         {nil, nil},
		"file":          {[]entry{file("a", "x")}, []string{`a: f 644 0:0 "x"`}},
		"absolute name": {[]entry{file("/a", "x"), dir("/d"), file("//d//./b", "")}, []string{`a: f 644 0:0 "x"`, "d: d 755 0:0", `d/b: f 644 0:0 ""`}},
		"long names":    {[]entry{file("./"+long+"/"+long+"/a", "x")}, []string{long + ": d 755 0:0", long + "/" + long + ": d 755 0:0", long + "/" + long + `/a: f 644 0:0 "x"`}},
		"modes": {
			[]entry{mode(dir("d"), 0o1777), mode(file("d/a", ""), 0o666), mode(file("b", ""), 0), mode(dir("c"), 0o2070), file("c/x", ""), mode(file("t", ""), 0o100755)},
			[]string{"d: d 1777 0:0", `d/a: f 666 0:0 ""`, `b: f 0 0:0 ""`, "c: d 2070 0:0", `c/x: f 644 0:0 ""`, `t: f 755 0:0 ""`},
		},
		"owners and set-user-ID": {
			[]entry{mode(owner(file("a", "x"), 1<<32-2, 70_000), 0o6755), owner(dir("d"), 5, 6), owner(link("l", "a"), 7, 8), owner(node(tar.TypeFifo, "p", 0, 0), 9, 10)},
			[]string{`a: f 6755 4294967294:70000 "x"`, "d: d 755 5:6", "l: l 777 7:8 -> a", "p: p 644 9:10"},
		},
		"devices": {
			[]entry{node(tar.TypeChar, "null", 1, 3), mode(node(tar.TypeBlock, "disk", 4095, 1048575), 0o660)},
			[]string{"null: c 644 0:0 1:3", "disk: b 660 0:0 4095:1048575"},
		},
		"links are kept as they are": {[]entry{link("a", "/etc/../../x"), link("b", "a\xff")}, []string{"a: l 777 0:0 -> /etc/../../x", "b: l 777 0:0 -> a\xff"}},
		"hard links": {
			[]entry{file("a", "x"), hard("b", "a"), hard("d/c", "/b"), link("l", "a"), hard("m", "./l")},
			[]string{`a: f 644 0:0 "x"`, `b: f 644 0:0 "x" = a`, "d: d 755 0:0", `d/c: f 644 0:0 "x" = a`, "l: l 777 0:0 -> a", "m: l 777 0:0 -> a = l"},
		},
		"a hard link to itself":         {[]entry{file("a", "x"), hard("a", "a")}, []string{`a: f 644 0:0 "x"`}},
		"a hard link over its target's": {[]entry{file("a", "x"), file("b", "y"), hard("b", "a")}, []string{`a: f 644 0:0 "x"`, `b: f 644 0:0 "x" = a`}},
		"the last counts": {
			[]entry{mode(file("a", "long"), 0o755), file("a", "x"), link("a", "b"), file("a", "y"), mode(dir("d"), 0o700), file("d/x", ""), owner(dir("d"), 1, 1)},
			[]string{`a: f 644 0:0 "y"`, "d: d 755 1:1", `d/x: f 644 0:0 ""`},
		},
		"a directory, a link, a file": {
			[]entry{dir("a"), file("a/b/c", ""), link("a", "b"), dir("b"), file("b/x", ""), file("b", "now a file"), link("c", "b"), dir("c"), file("c/y", "")},
			[]string{"a: l 777 0:0 -> b", `b: f 644 0:0 "now a file"`, "c: d 755 0:0", `c/y: f 644 0:0 ""`},
		},
		"a directory that was replaced has no times": {[]entry{dir("a"), file("a", "x")}, []string{`a: f 644 0:0 "x"`}},
		"through the layer's own links": {
			[]entry{dir("usr"), dir("usr/lib"), link("lib", "usr/lib"), file("lib/x", "x"), link("abs", "/usr/lib"), file("abs/y", "y"), link("up", "../../../usr"), file("up/lib/z", "z"), file("lib/q", "q")},
			[]string{"usr: d 755 0:0", "usr/lib: d 755 0:0", "lib: l 777 0:0 -> usr/lib", `usr/lib/x: f 644 0:0 "x"`, "abs: l 777 0:0 -> /usr/lib", `usr/lib/y: f 644 0:0 "y"`,
				"up: l 777 0:0 -> ../../../usr", `usr/lib/z: f 644 0:0 "z"`, `usr/lib/q: f 644 0:0 "q"`},
		},
		"a link to what is not there": {[]entry{link("d", "new/dir"), file("d/x", "x")}, []string{"d: l 777 0:0 -> new/dir", "new: d 755 0:0", "new/dir: d 755 0:0", `new/dir/x: f 644 0:0 "x"`}},
		"an absolute link in a directory": {
			[]entry{dir("d"), link("d/abs", "/e"), file("d/abs/x", "x"), link("d/up", "../../e/./f/.."), file("d/up/y", "y")},
			[]string{"d: d 755 0:0", "d/abs: l 777 0:0 -> /e", "d/up: l 777 0:0 -> ../../e/./f/..", "e: d 755 0:0", `e/x: f 644 0:0 "x"`, "e/f: d 755 0:0", `e/y: f 644 0:0 "y"`},
		},
		"a hard link through links": {[]entry{dir("r"), file("r/x", "x"), link("d", "r"), hard("e/y", "d/x")}, []string{"r: d 755 0:0", `r/x: f 644 0:0 "x" = e/y`, "d: l 777 0:0 -> r", "e: d 755 0:0", `e/y: f 644 0:0 "x"`}},
		"whiteouts":                 {[]entry{file(".wh.a", ""), file("d/.wh.b", "ignored"), mode(dir(".wh.c"), 0o700)}, []string{"a: c 0 0:0 0:0", "d: d 755 0:0", "d/b: c 0 0:0 0:0", "c: c 0 0:0 0:0"}},
		"whiteout and file":         {[]entry{file(".wh.a", ""), file("a", "x"), file("b", "y"), file(".wh.b", "")}, []string{`a: f 644 0:0 "x"`, `b: f 644 0:0 "y"`}},
		"whiteout and directory": {
			[]entry{file(".wh.a", ""), dir("a"), dir("b"), file(".wh.b", ""), file(".wh.c", ""), file("c/x", "")},
			[]string{`a: d 755 0:0 trusted.overlay.opaque="y"`, `b: d 755 0:0 trusted.overlay.opaque="y"`, `c: d 755 0:0 trusted.overlay.opaque="y"`, `c/x: f 644 0:0 ""`},
		},
		"opaque":          {[]entry{dir("d"), file("d/.wh..wh..opq", ""), file("e/.wh..wh..opq", ""), dir("e")}, []string{`d: d 755 0:0 trusted.overlay.opaque="y"`, `e: d 755 0:0 trusted.overlay.opaque="y"`}},
		"AUFS's own":      {[]entry{file(".wh..wh.aufs", ""), dir(".wh..wh.plnk"), file(".wh..wh.plnk/1.2", ""), file("a", "")}, []string{`a: f 644 0:0 ""`}},
		"global comments": {[]entry{global("comment"), file("a", "")}, []string{`a: f 644 0:0 ""`}},
		"user attributes": {[]entry{attribute(file("a", ""), "user.a", "x\x00y"), attribute(dir("d"), "user.d", "")}, []string{`a: f 644 0:0 "" user.a="x\x00y"`, `d: d 755 0:0 user.d=""`}},
		"capabilities":    {[]entry{attribute(owner(file("a", "x"), 1, 1), "security.capability", string(netRaw()))}, []string{`a: f 644 1:1 "x" security.capability=` + quoted(netRaw())}},
		"default ACL does not spread": {
			[]entry{attribute(dir("d"), "system.posix_acl_default", string(acl())), mode(file("d/a", ""), 0o666), dir("d/e")},
			[]string{"d: d 755 0:0 system.posix_acl_default=" + quoted(acl()), `d/a: f 666 0:0 ""`, "d/e: d 755 0:0"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.unpack(row.entries...)
			l.expect(row.want...)
		})
	}
}

func quoted(b []byte) string { return fmt.Sprintf("%q", b) }

// Whatever the caller's umask and the group of the directory are, modes and owners are those of the archive.
func TestInherited(t *testing.T) {
	l := newLab(t)
	l.must(os.Chown(l.root, 3, 4), os.Chmod(l.root, 0o755|os.ModeSetgid), unix.Setxattr(l.root, "system.posix_acl_default", acl(), 0))
	l.before = l.outside()
	before := unix.Umask(0o077)
	defer unix.Umask(before)
	l.unpack(file("a", ""), mode(dir("d"), 0o777), file("d/b", ""), file("implied/c", ""), mode(node(tar.TypeFifo, "p", 0, 0), 0o666))
	l.expect(`a: f 644 0:0 ""`, "d: d 777 0:0", `d/b: f 644 0:0 ""`, "implied: d 755 0:0", `implied/c: f 644 0:0 ""`, "p: p 666 0:0")
	if root := l.picture()["."]; !strings.HasPrefix(root, "d 755 0:0 @") {
		t.Errorf("the root is %s", root)
	}
}

func TestRootEntry(t *testing.T) {
	l := newLab(t)
	root := owner(mode(dir("."), 0o1750), 7, 8)
	l.unpack(root, file("a", ""))
	if got, want := l.picture()["."], "d 1750 7:8 @1577934245.000000000"; got != want {
		t.Errorf("the root is %s, want %s", got, want)
	}
}

// Times are exact, whenever they are: of directories, too, whose files come later.
func TestTimes(t *testing.T) {
	l := newLab(t)
	at := func(e entry, when time.Time) entry {
		e.ModTime, e.Format = when, tar.FormatPAX
		return e
	}
	late := time.Date(2037, 1, 2, 3, 4, 5, 999_999_999, time.UTC)
	l.unpack(at(dir("d"), time.Unix(-3, 250_000_000)), at(file("d/a", ""), late), at(link("d/l", "a"), time.Unix(0, 1)), at(node(tar.TypeFifo, "d/p", 0, 0), time.Unix(-1, 0)), dir("e"), file("d/e/f", ""))
	for name, want := range map[string]string{"d": "@-3.250000000", "d/a": "@2114478245.999999999", "d/l": "@0.000000001", "d/p": "@-1.000000000"} {
		if got := l.picture()[name]; !strings.HasSuffix(got, " "+want) {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// What could lead out of the layer, command overlayfs or is not understood is refused by name.
func TestRefused(t *testing.T) {
	deep := strings.Repeat("d/", maxDepth+1)
	for name, row := range map[string]struct {
		says    string
		entries []entry
	}{
		"..":                            {`".." in a name`, []entry{file("../in-file", "")}},
		".. inside":                     {`entry "a/../../b": ".." in a name`, []entry{file("a/../../b", "")}},
		"hard link by ..":               {`".." in a name`, []entry{hard("a", "../file")}},
		"hard link to nothing":          {`hard link to "b": no such file`, []entry{hard("a", "b")}},
		"hard link to the root":         {"it is the root", []entry{hard("a", "/")}},
		"hard link out by a link":       {"no such file", []entry{link("l", ".."), hard("a", "l/file")}},
		"hard link to a whiteout":       {"no such file", []entry{file(".wh.a", ""), hard("b", "a")}},
		"hard link to what it replaces": {"no such file", []entry{file("d/x", ""), hard("d", "d/x")}},
		"links in a circle":             {"too many levels of symbolic links", []entry{link("a", "b"), link("b", "a"), file("a/x", "")}},
		"a file as directory":           {`"a" is no directory`, []entry{file("a", ""), file("a/b", "")}},
		"a device as directory":         {`"a" is no directory`, []entry{node(tar.TypeChar, "a", 1, 3), file("a/b", "")}},
		"no name":                       {"it has no name", []entry{file("", "")}},
		"the root as file":              {"it is the root", []entry{link(".", "x")}},
		"deep":                          {"256 directories", []entry{file(deep+"x", "")}},
		"long":                          {"4096 bytes", []entry{file(strings.Repeat("x/", 2048)+"x", "")}},
		"a long part":                   {"file name too long", []entry{file(strings.Repeat("x", 256), "")}},
		"whiteout of nothing":           {"no name that can be hidden", []entry{file(".wh.", "")}},
		"whiteout of .":                 {"no name that can be hidden", []entry{file("d/.wh..", "")}},
		"whiteout of ..":                {"no name that can be hidden", []entry{file("d/.wh...", "")}},
		"whiteout as directory":         {"hides a name", []entry{file(".wh.a/b", "")}},
		"overlayfs's whiteout":          {"overlayfs's own mark", []entry{node(tar.TypeChar, "a", 0, 0)}},
		"no device":                     {"there is no device", []entry{node(tar.TypeBlock, "a", 4096, 0)}},
		"nobody's id":                   {"4294967295 is no id", []entry{owner(file("a", ""), 1<<32-1, 0)}},
		"negative id":                   {"-5 is no id", []entry{owner(file("a", ""), 0, -5)}},
		"unknown type":                  {`its type 'V' is not known`, []entry{with(tar.Header{Typeflag: 'V', Name: "label"}, "")}},
		"global path":                   {`a global header with "path"`, []entry{global("path")}},
		"a link to nothing":             {"symbolic link to nothing", []entry{link("a", "")}},
		"a long link":                   {"file name too long", []entry{link("a", strings.Repeat("x", 5000))}},
		"a large attribute":             {"user.a", []entry{attribute(file("a", ""), "user.a", strings.Repeat("x", 70_000))}},
	} {
		t.Run(name, func(t *testing.T) { newLab(t).refuse(row.says, row.entries...) })
	}
}

// No entry changes anything outside, whatever links are in its way.
func TestNothingLeadsOut(t *testing.T) {
	l := newLab(t)
	for _, target := range []string{l.top + "/canary", "../../canary", "../link", "/", "/proc/self/root" + l.top, "..", "../file", l.top + "/in/file"} {
		for _, last := range []entry{
			file("d/file", "changed"), mode(dir("d"), 0o777), mode(file("d", "changed"), 0o777), mode(dir("d/canary"), 0o777), owner(file("d/x", ""), 1, 1), link("d/file", "x"),
			node(tar.TypeFifo, "d/file", 0, 0), file("d/.wh.file", ""), file("d/.wh..wh..opq", ""), attribute(dir("d"), "user.x", "y"), hard("d/new", "d/file"), hard("copy", "d/file"),
			hard("copy", "d"), mode(owner(dir("d/"), 9, 9), 0o6777), file("d/in/root/x", ""),
		} {
			one := newLab(t)
			_, err := one.unpackBytes(archiveOf(t, link("d", target), last)) // it looks at the outside itself
			if err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ENOTDIR) && !strings.Contains(err.Error(), "hard link") {
				t.Errorf("%s, %q: %v", target, last.Name, err)
			}
		}
	}
}

// An image's marks of overlayfs are never passed on: they would name files of the host's that lie
// below, or hide what the next layer's owner meant to show.
func TestAttributesOfOthers(t *testing.T) {
	l := newLab(t)
	var entries []entry
	for _, name := range []string{"trusted.overlay.opaque", "trusted.overlay.redirect", "trusted.overlay.metacopy", "user.overlay.opaque", "user.overlay.redirect", "user.overlay.overlay.x",
		"trusted.other", "security.selinux", "security.ima", "security.evm", "system.nfs4_acl", "nonsense"} {
		entries = append(entries, attribute(file("f-"+name, ""), name, "y"), attribute(dir("d-"+name), name, "/etc"))
	}
	words := file("words", "")
	words.Format, words.PAXRecords = tar.FormatPAX, map[string]string{"SCHILY.acl.access": "user::rw-"}
	result := l.unpack(append(entries, words, attribute(link("l", "x"), "user.x", "y"))...)
	for name, text := range l.picture() {
		if strings.Contains(text, "=") {
			t.Errorf("%s: %s", name, text)
		}
	}
	if result.Dropped["trusted.overlay.opaque"] != 2 || result.Dropped["SCHILY.acl.access"] != 1 || result.Dropped["user.x"] != 1 {
		t.Errorf("%v", result.Dropped)
	}
	many := newLab(t)
	entries = nil
	for n := range 100 {
		entries = append(entries, attribute(file("a", ""), "trusted."+strings.Repeat("x", n), ""))
	}
	if result := many.unpack(entries...); len(result.Dropped) > 20 {
		t.Errorf("%d names are kept of what was left out", len(result.Dropped))
	}
}

// Bombs end at a limit: of bytes, be they holes or behind the end of the archive, and of entries.
func TestBombs(t *testing.T) {
	limits := func(bytes, entries int64) *lab {
		l := newLab(t)
		l.options.MaxBytes, l.options.MaxEntries = bytes, entries
		return l
	}
	var limit *LimitError
	expect := func(what string, err error) {
		t.Helper()
		if !errors.As(err, &limit) {
			t.Errorf("%s: %v", what, err)
		}
	}
	limits(100, 0).refuse("more than 100 bytes", file("a", strings.Repeat("x", 60)), file("a", strings.Repeat("x", 60)))
	limits(0, 3).refuse("more than 3 entries", file("a", ""), file("a", ""), file("a", ""), file("a", ""))
	deep := strings.Repeat("d/", 200)
	entries := []entry{dir(deep), link("l0", "/"+deep)}
	for n := range 30 {
		entries = append(entries, link(fmt.Sprintf("l%d", n+1), fmt.Sprintf("/l%d%s/%s", n, strings.Repeat("/..", 200), deep)))
	}
	limits(0, 100).refuse("more than 400 steps from directory to directory", append(entries, file("l30/file", ""))...)
	l := limits(100, 0)
	_, err := l.unpackBytes(append(archiveOf(t), make([]byte, 10_000)...))
	expect("zeros behind the end", err)
	hole := sparseHeader(&tar.Header{Name: "hole", Size: 1 << 60, Mode: 0o644, ModTime: day}, 512)
	list := make([]byte, 512)
	copy(list, "1\n1152921504606846976\n0\n")
	l = limits(0, 0)
	_, err = l.unpackBytes(append(append(hole, list...), make([]byte, 1024)...))
	expect("a hole of an exabyte", err)
	l = limits(0, 0)
	header := tar.Header{Typeflag: tar.TypeReg, Name: "large", Size: 1 << 50, Mode: 0o644, Format: tar.FormatGNU}
	var out bytes.Buffer
	if err := tar.NewWriter(&out).WriteHeader(&header); err != nil {
		t.Fatal(err)
	}
	_, err = l.unpackBytes(out.Bytes())
	expect("a file that is said to be large", err)
}

// An archive that is cut off in a header, in extended records or in a file is an error. That
// nothing but its end is missing its digest tells.
func TestCutOff(t *testing.T) {
	whole := archiveOf(t, dir("d"), file("d/a", "content"), attribute(file("b", "x"), "user.a", "b"))
	for _, n := range []int{1, 511, 700, 1027, 1700, 2060, 2700} {
		l := newLab(t)
		if _, err := l.unpackBytes(whole[:n]); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
}

// What is behind the end of the archive is read: the digest covers it.
func TestReadsToTheEnd(t *testing.T) {
	l := newLab(t)
	d, err := os.Open(l.root)
	l.must(err)
	defer d.Close()
	r := bytes.NewReader(append(archiveOf(t, file("a", "")), "behind the end"...))
	if _, err := Layer(context.Background(), r, d, &Options{}); err != nil || r.Len() > 0 {
		t.Errorf("%d bytes are left, %v", r.Len(), err)
	}
}

// A root's own archive has no whiteouts.
func TestPlain(t *testing.T) {
	l := newLab(t)
	l.options.Plain = true
	l.unpack(file(".wh.a", "x"), file("d/.wh..wh..opq", ""), file(".wh.d/x", ""))
	l.expect(`.wh.a: f 644 0:0 "x"`, "d: d 755 0:0", `d/.wh..wh..opq: f 644 0:0 ""`, ".wh.d: d 755 0:0", `.wh.d/x: f 644 0:0 ""`)
}

// Somebody who swaps directories for links while a layer is unpacked leads nothing out.
func TestSwappedMeanwhile(t *testing.T) {
	l := newLab(t)
	stop, ended := make(chan bool), make(chan bool)
	go func() {
		defer close(ended)
		in := func(name string) string { return filepath.Join(l.root, name) }
		for {
			select {
			case <-stop:
				return
			default:
			}
			os.Rename(in("d"), in("away"))
			os.Symlink("../../canary", in("d"))
			os.Remove(in("d"))
			os.Rename(in("away"), in("d"))
		}
	}()
	var entries []entry
	for range 400 {
		entries = append(entries, dir("d"), mode(file("d/file", "changed"), 0o777), file("x", ""), mode(dir("d/e"), 0o777), hard("d/hard", "d/file"), file("d/.wh.file2", ""))
	}
	archive := archiveOf(t, entries...)
	for range 20 {
		l.unpackBytes(archive) // that may fail; what is outside is compared
	}
	close(stop)
	<-ended
}
