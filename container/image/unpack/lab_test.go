package unpack

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// entry is one of an archive.
type entry struct {
	tar.Header
	content string
}

var day = time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)

func with(h tar.Header, content string) entry {
	if h.Typeflag == 0 {
		h.Typeflag = tar.TypeReg
	}
	if h.Mode == 0 {
		h.Mode = 0o644
	}
	if h.ModTime.IsZero() {
		h.ModTime = day
	}
	h.Size = int64(len(content))
	return entry{h, content}
}

func file(name, content string) entry { return with(tar.Header{Name: name}, content) }
func dir(name string) entry {
	return with(tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755}, "")
}
func link(name, target string) entry {
	return with(tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}, "")
}
func hard(name, target string) entry {
	return with(tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: target}, "")
}

func archiveOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var buffer bytes.Buffer
	w := tar.NewWriter(&buffer)
	for _, e := range entries {
		h := e.Header
		if err := w.WriteHeader(&h); err != nil {
			t.Fatalf("%s: %v", e.Name, err)
		}
		if _, err := w.Write([]byte(e.content)); err != nil {
			t.Fatalf("%s: %v", e.Name, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// lab is a directory to unpack in, surrounded by what must not change.
type lab struct {
	testing.TB
	top, root string
	options   Options
	before    map[string]string
}

func newLab(t testing.TB) *lab {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	l := &lab{TB: t, top: t.TempDir()}
	l.root = filepath.Join(l.top, "in", "root")
	l.must(os.MkdirAll(l.root, 0o755), os.Mkdir(l.top+"/canary", 0o700), os.WriteFile(l.top+"/canary/file", []byte("safe"), 0o600),
		os.WriteFile(l.top+"/in/file", []byte("safe"), 0o600), os.Symlink("canary", l.top+"/in/link"))
	l.before = l.outside()
	return l
}

func (l *lab) must(errs ...error) {
	l.Helper()
	if err := errors.Join(errs...); err != nil {
		l.Fatal(err)
	}
}

func (l *lab) unpackBytes(archive []byte) (Result, error) {
	l.Helper()
	d, err := os.Open(l.root)
	l.must(err)
	defer d.Close()
	fds := openFiles(l)
	result, err := Layer(context.Background(), bytes.NewReader(archive), d, &l.options)
	if after := openFiles(l); after != fds {
		l.Errorf("%d descriptors are open, before there were %d", after, fds)
	}
	if after := l.outside(); !maps.Equal(l.before, after) {
		l.Errorf("outside has changed:\n%v\n%v", l.before, after)
	}
	return result, err
}

func openFiles(t testing.TB) int {
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

func (l *lab) unpack(entries ...entry) Result {
	l.Helper()
	result, err := l.unpackBytes(archiveOf(l, entries...))
	if err != nil {
		l.Fatal(err)
	}
	return result
}

// refuse unpacks what has to be refused.
func (l *lab) refuse(says string, entries ...entry) {
	l.Helper()
	if _, err := l.unpackBytes(archiveOf(l, entries...)); err == nil || !strings.Contains(err.Error(), says) {
		l.Errorf("%v, want %q", err, says)
	}
}

func (l *lab) outside() map[string]string {
	return pictureOf(l, l.top, func(name string) bool { return name == "in/root" })
}

func (l *lab) picture() map[string]string { return pictureOf(l, l.root, nil) }

// expect compares what is there, without the times, with lines like "dir: d 755 0:0".
func (l *lab) expect(lines ...string) {
	l.Helper()
	var got []string
	for name, text := range l.picture() {
		if before, _, found := strings.Cut(text, " @"); found {
			text = before
		}
		if name != "." {
			got = append(got, name+": "+text)
		}
	}
	slices.Sort(got)
	slices.Sort(lines)
	if !slices.Equal(got, lines) {
		l.Errorf("there is\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(lines, "\n\t"))
	}
}

// pictureOf has a line about each file: its type and mode, owner, what it is, and its time.
func pictureOf(t testing.TB, root string, skip func(string) bool) map[string]string {
	t.Helper()
	picture, names := map[string]string{}, map[uint64]string{}
	err := filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		short, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		if skip != nil && skip(short) {
			return filepath.SkipDir
		}
		text, err := lineOf(name, short, names)
		picture[short] = text
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

func lineOf(name, short string, names map[uint64]string) (string, error) {
	var s unix.Stat_t
	if err := unix.Lstat(name, &s); err != nil {
		return "", err
	}
	kind := map[uint32]string{unix.S_IFREG: "f", unix.S_IFDIR: "d", unix.S_IFLNK: "l", unix.S_IFIFO: "p", unix.S_IFCHR: "c", unix.S_IFBLK: "b", unix.S_IFSOCK: "s"}[s.Mode&unix.S_IFMT]
	text := fmt.Sprintf("%s %o %d:%d", kind, s.Mode&0o7777, s.Uid, s.Gid)
	switch kind {
	case "f":
		content, err := os.ReadFile(name)
		if err != nil {
			return "", err
		}
		if len(content) > 40 {
			content = fmt.Appendf(nil, "%d bytes, %x", len(content), sha256.Sum256(content))
		}
		text += fmt.Sprintf(" %q", content)
	case "l":
		target, err := os.Readlink(name)
		if err != nil {
			return "", err
		}
		text += " -> " + target
	case "c", "b":
		text += fmt.Sprintf(" %d:%d", unix.Major(s.Rdev), unix.Minor(s.Rdev))
	}
	if s.Nlink > 1 && kind != "d" {
		if first, known := names[s.Ino]; known {
			text += " = " + first
		} else {
			names[s.Ino] = short
		}
	}
	attributes, err := allAttributes(name)
	return text + attributes + fmt.Sprintf(" @%d.%09d", s.Mtim.Sec, s.Mtim.Nsec), err
}

func allAttributes(name string) (text string, err error) {
	list, err := readAttribute(func(into []byte) (int, error) { return unix.Llistxattr(name, into) })
	if err != nil {
		return "", err
	}
	for _, attribute := range slices.Sorted(strings.SplitSeq(string(list), "\x00")) {
		if attribute == "" {
			continue
		}
		value, err := readAttribute(func(into []byte) (int, error) { return unix.Lgetxattr(name, attribute, into) })
		if err != nil {
			return "", err
		}
		text += fmt.Sprintf(" %s=%q", attribute, value)
	}
	return text, nil
}
