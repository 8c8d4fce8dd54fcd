package cp

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// attacked is a root of a container, beside which is what nobody may reach from it.
type attacked struct {
	t             *testing.T
	root, outside string
	open          *os.File
}

const secret = "secret of the host"

func newPlace(t *testing.T) *attacked {
	t.Helper()
	dir := t.TempDir()
	p := &attacked{t: t, root: filepath.Join(dir, "root"), outside: filepath.Join(dir, "outside")}
	for _, made := range []string{p.root, p.outside, filepath.Join(p.root, "tmp")} {
		if err := os.Mkdir(made, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	p.write(filepath.Join(p.outside, "file"), secret)
	var err error
	if p.open, err = os.Open(p.root); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.open.Close() })
	return p
}

func (p *attacked) write(path, content string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p *attacked) link(target, name string) {
	p.t.Helper()
	if err := os.Symlink(target, filepath.Join(p.root, name)); err != nil {
		p.t.Fatal(err)
	}
}

// out copies out of the root, and returns what is in the archive.
func (p *attacked) out(file string, follow bool) (string, error) {
	var archive bytes.Buffer
	o := &Out{Path: Clean("/", file), Follow: follow}
	_, err := o.Write(context.Background(), &archive, []*os.File{p.open})
	return archive.String(), err
}

// in copies a file, or a directory with one in it, into the root.
func (p *attacked) in(file string, source *Source, entries ...*tar.Header) error {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	for _, h := range entries {
		content := ""
		if h.Typeflag == tar.TypeReg {
			content = "copied"
		}
		h.Size, h.Mode, h.Uid, h.Gid = int64(len(content)), 0o755, os.Getuid(), os.Getgid()
		if err := errors.Join(w.WriteHeader(h), ignoreCount(io.WriteString(w, content))); err != nil {
			p.t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		p.t.Fatal(err)
	}
	i := &In{Path: Clean("/", file), Name: "c:" + file, Source: source}
	_, err := i.Read(context.Background(), &archive, []*os.File{p.open})
	return err
}

func ignoreCount(_ int, err error) error { return err }

// check fails if anything has been changed outside.
func (p *attacked) check() {
	p.t.Helper()
	content, err := os.ReadFile(filepath.Join(p.outside, "file"))
	entries, listErr := os.ReadDir(p.outside)
	if err != nil || listErr != nil || string(content) != secret || len(entries) != 1 {
		p.t.Errorf("outside: %q, %d files, %v, %v", content, len(entries), err, listErr)
	}
}

func file(name string) *tar.Header      { return &tar.Header{Typeflag: tar.TypeReg, Name: name} }
func directory(name string) *tar.Header { return &tar.Header{Typeflag: tar.TypeDir, Name: name + "/"} }
func symlink(name, target string) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target}
}

// Links of the container lead nowhere out of it, whichever way.
func TestLinksStayInside(t *testing.T) {
	p := newPlace(t)
	up := strings.Repeat("../", 40)
	for name, target := range map[string]string{
		"absolute": p.outside, "relative": up + strings.TrimPrefix(p.outside, "/"), "proc": "/proc/self/root" + p.outside,
		"cwd": "/proc/self/cwd", "fd": "/proc/self/fd", "above": "../outside",
	} {
		p.link(target, name)
		for _, path := range []string{name + "/file", name, name + "/", name + "/../outside/file", "tmp/../" + name + "/file"} {
			got, err := p.out(path, true)
			if strings.Contains(got, secret) {
				t.Errorf("out of %s: the secret", path)
			}
			if err == nil && !strings.Contains(path, "..") {
				t.Errorf("out of %s: no error", path)
			}
			if err := p.in(path, &Source{Name: "x"}, file("x")); err == nil && strings.HasSuffix(path, "/file") && name != "above" {
				t.Logf("into %s: it was made inside", path)
			}
		}
		p.check()
	}
}

// Who may write to the root swaps a directory and a link in a loop, while files are copied both
// ways (CVE-2018-15664, CVE-2026-41568).
func TestSwappedLinks(t *testing.T) {
	p := newPlace(t)
	p.write(filepath.Join(p.root, "a/b/file"), "inside")
	p.link(p.outside, "link")
	var over atomic.Bool
	var swaps atomic.Int64
	swapped := make(chan error)
	go func() {
		var err error
		at := int(p.open.Fd())
		b, link := "a/b", "link"
		for ; !over.Load() && err == nil; swaps.Add(1) {
			err = unix.Renameat2(at, b, at, link, unix.RENAME_EXCHANGE)
		}
		swapped <- err
	}()
	until := time.Now().Add(2 * time.Second)
	copies := 0
	for ; copies == 0 || swaps.Load() == 0 || time.Now().Before(until); copies++ {
		for _, path := range []string{"a/b/file", "a/b", "a", "a/b/", "/", "link/file", "a/b/."} {
			got, err := p.out(path, copies%2 == 0)
			if strings.Contains(got, secret) {
				t.Fatalf("out of %s: the secret, %v", path, err)
			}
		}
		for _, path := range []string{"a/b", "a/b/new", "link", "link/new", "a"} { // whether it fails, who is first decides
			p.in(path, &Source{Name: "file"}, file("file"))
			p.in(path, &Source{Name: "d", Dir: true}, directory("d"), file("d/file"), file("d/b/file"))
			p.in(path, nil, file("b/file"), file("a/b/file"), symlink("b/x", p.outside), file("b/x/through"))
		}
	}
	over.Store(true)
	if err := <-swapped; err != nil {
		t.Errorf("after %d swaps and %d rounds: %v", swaps.Load(), copies, err)
	}
	p.check()
}

// An archive from stdin leads nowhere out of the root.
func TestArchivesStayInside(t *testing.T) {
	p := newPlace(t)
	for _, entries := range [][]*tar.Header{
		{file("../outside/file")}, {file("../../outside/file")}, {file("/../outside/file")}, {file("a/../../outside/file")},
		{symlink("l", p.outside), file("l/file")}, {symlink("l", "../outside"), file("l/file")}, {symlink("m", "/"), symlink("m/n", p.outside), file("m/n/file")},
		{symlink("l", p.outside), directory("l"), file("l/file")},
		{{Typeflag: tar.TypeLink, Name: "hard", Linkname: "../outside/file"}, file("hard")},
		{symlink("l", p.outside), {Typeflag: tar.TypeLink, Name: "hard", Linkname: "l/file"}, file("hard")},
		{symlink("s", filepath.Join(p.outside, "file")), file("s")},
		{{Typeflag: tar.TypeLink, Name: "hard2", Linkname: filepath.Join(p.outside, "file")}},
	} {
		for _, path := range []string{"/", "tmp"} {
			err := p.in(path, nil, entries...)
			if err == nil && strings.HasPrefix(entries[0].Name, "..") {
				t.Errorf("%s: no error", entries[0].Name)
			}
			p.check()
		}
	}
}

// On the host nothing goes through a link, whoever has put it there.
func TestHostLinks(t *testing.T) {
	p := newPlace(t)
	dir := filepath.Join(p.root, "dir")
	if err := errors.Join(os.Mkdir(dir, 0o755), os.Symlink(p.outside, filepath.Join(dir, "d"))); err != nil {
		t.Fatal(err)
	}
	host, err := os.Open("/")
	if err != nil {
		t.Fatal(err)
	}
	defer host.Close()
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := errors.Join(w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "d/file", Mode: 0o4755}), w.Close()); err != nil {
		t.Fatal(err)
	}
	i := &In{Path: dir, Name: dir, Source: &Source{Name: "d", Dir: true}, Host: true}
	if _, err := i.Read(context.Background(), &archive, []*os.File{host}); !errors.Is(err, unix.ENOTDIR) {
		t.Errorf("through a link: %v", err)
	}
	p.check()
}

// A FIFO, a socket and a device are copied or left out, and never opened: that could wait for ever.
func TestOddFiles(t *testing.T) {
	p := newPlace(t)
	if err := unix.Mkfifo(filepath.Join(p.root, "tmp/fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	sparse := filepath.Join(p.root, "tmp/sparse")
	p.write(sparse, "begin")
	const size = 1 << 34
	if err := os.Truncate(sparse, size); errors.Is(err, unix.EFBIG) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	got, err := p.out("tmp", false)
	if err != nil || !strings.Contains(got, "fifo") || len(got) > 1<<20 {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
	source, archive, err := ReadSource(strings.NewReader(got))
	if err != nil || *source != (Source{"tmp", true, -1}) {
		t.Fatalf("%+v, %v", source, err)
	}
	i := &In{Path: "/copy", Name: "c:/copy", Source: source}
	if _, err := i.Read(context.Background(), archive, []*os.File{p.open}); err != nil {
		t.Fatal(err)
	}
	var stat unix.Stat_t
	if err := unix.Stat(filepath.Join(p.root, "copy/sparse"), &stat); err != nil || stat.Size != size || stat.Blocks > 64 {
		t.Errorf("%+v, %v", stat, err)
	}
	if info, err := os.Lstat(filepath.Join(p.root, "copy/fifo")); err != nil || info.Mode()&fs.ModeNamedPipe == 0 {
		t.Errorf("%v, %v", info, err)
	}
	// One that is put in the place of a file is not opened for writing either.
	if err := p.in("tmp/fifo", &Source{Name: "x"}, file("x")); err != nil {
		t.Error(err)
	}
}

// Files that come and go, grow and shrink while a directory is copied are no error.
func TestLiveFiles(t *testing.T) {
	p := newPlace(t)
	var over atomic.Bool
	done := make(chan error)
	go func() {
		var err error
		for !over.Load() && err == nil {
			name := filepath.Join(p.root, "tmp/x")
			err = errors.Join(os.MkdirAll(name+"/y", 0o755), os.WriteFile(name+"/f", bytes.Repeat([]byte("x"), 200000), 0o600), os.Truncate(name+"/f", 3), os.RemoveAll(name))
		}
		done <- err
	}()
	for range 300 {
		got, err := p.out("tmp", false)
		if err != nil {
			t.Fatal(err)
		}
		r := tar.NewReader(strings.NewReader(got[strings.IndexByte(got, '\n')+1:]))
		for err == nil {
			_, err = r.Next()
		}
		if !errors.Is(err, io.EOF) {
			t.Fatalf("the archive is damaged: %v", err)
		}
	}
	over.Store(true)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
