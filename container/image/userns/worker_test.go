package userns

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image/imagetest"
	"github.com/mydocker/mydocker/container/image/layers"
	"github.com/mydocker/mydocker/container/image/unpack"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/users"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == CommandName {
		if err := Serve(); err != nil {
			io.WriteString(os.Stderr, err.Error()+"\n")
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// start starts a worker with these ids, for the user and the group alike.
func start(t *testing.T, ids ...spec.IDMap) *Worker {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	maps, err := users.ResolveAsRoot(&spec.UserNamespace{UIDs: ids, GIDs: ids})
	if err != nil {
		t.Fatal(err)
	}
	w, err := Start(maps)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// directory is one that root of the namespace may write to.
func directory(t *testing.T, root int) *os.File {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(dir, root, root); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func archive(t *testing.T, entries ...imagetest.Entry) io.Reader {
	t.Helper()
	content, err := imagetest.Tar(entries...)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(content)
}

func owned(e imagetest.Entry, id int) imagetest.Entry {
	e.Uid, e.Gid = id, id
	return e
}

func lstat(t *testing.T, dir *os.File, name string) (stat unix.Stat_t) {
	t.Helper()
	if err := unix.Lstat(filepath.Join(dir.Name(), name), &stat); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return stat
}

const first = 200_000

// Owners are those of the user namespace, deleted files are marked as it can read it, and
// what it may not make is counted.
func TestUnpack(t *testing.T) {
	w := start(t, spec.IDMap{Host: first, Size: 1000})
	dir := directory(t, first)
	suid := owned(imagetest.File("suid", "x"), 5)
	suid.Mode = 0o4755
	stranger := owned(imagetest.File("stranger", "x"), 1000)
	stranger.Mode = 0o6755
	result, err := w.Layer(context.Background(), archive(t, imagetest.Dir("dir"), imagetest.File("dir/.wh..wh..opq", ""), imagetest.File(".wh.gone", ""),
		suid, stranger, imagetest.Entry{Header: tar.Header{Typeflag: tar.TypeBlock, Name: "disk", Devmajor: 8}}), dir, &unpack.Options{Variant: w.Variant, OneOwner: true})
	if err != nil || result.Owners != 1 || result.Devices != 1 {
		t.Errorf("%+v, %v", result, err)
	}
	if s := lstat(t, dir, "suid"); s.Uid != first+5 || s.Gid != first+5 || s.Mode != unix.S_IFREG|0o4755 {
		t.Errorf("suid is %d:%d %o", s.Uid, s.Gid, s.Mode)
	}
	if s := lstat(t, dir, "stranger"); s.Uid != first || s.Mode != unix.S_IFREG|0o755 {
		t.Errorf("a set-user-ID file of somebody whom the namespace does not have is %d %o", s.Uid, s.Mode)
	}
	if s := lstat(t, dir, "gone"); s.Mode&unix.S_IFMT != unix.S_IFCHR || s.Rdev != 0 {
		t.Errorf("the whiteout is %o %d", s.Mode, s.Rdev)
	}
	value := make([]byte, 8)
	if n, err := unix.Lgetxattr(dir.Name()+"/dir", "user.overlay.opaque", value); err != nil || string(value[:n]) != "y" {
		t.Errorf("the opaque directory has %q, %v", value[:max(n, 0)], err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// With one id, all files are root's.
func TestOneID(t *testing.T) {
	w := start(t, spec.IDMap{Host: first, Size: 1})
	dir := directory(t, first)
	link := imagetest.Link("link", "one")
	link.Uid = 7
	result, err := w.Layer(context.Background(), archive(t, owned(imagetest.Dir("dir"), 1), owned(imagetest.File("dir/one", ""), 33), link), dir, &unpack.Options{OneOwner: true})
	if err != nil || result.Owners != 3 {
		t.Errorf("%+v, %v", result, err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// A directory that the archive is silent about gets what the one below has.
func TestImply(t *testing.T) {
	w := start(t, spec.IDMap{Host: first, Size: 10})
	below, dir := directory(t, first), directory(t, first)
	tmp := owned(imagetest.Dir("tmp"), 3)
	tmp.Mode = 0o1777
	if _, err := w.Layer(context.Background(), archive(t, tmp), below, &unpack.Options{}); err != nil {
		t.Fatal(err)
	}
	result, err := w.Layer(context.Background(), archive(t, imagetest.File("tmp/new/file", "")), dir, &unpack.Options{LowersUnknown: true})
	if err != nil || !slices.Equal(result.Implied, []string{"tmp", "tmp/new"}) {
		t.Fatalf("%+v, %v", result, err)
	}
	if err := w.Imply(context.Background(), dir, result.Implied, &unpack.Options{Lowers: &layers.Stack{Lowers: []string{below.Name()}}}); err != nil {
		t.Fatal(err)
	}
	if s, b := lstat(t, dir, "tmp"), lstat(t, below, "tmp"); s.Uid != first+3 || s.Mode != unix.S_IFDIR|0o1777 || s.Mtim != b.Mtim {
		t.Errorf("%d %o %v", s.Uid, s.Mode, s.Mtim)
	}
	if s := lstat(t, dir, "tmp/new"); s.Uid != first || s.Mode != unix.S_IFDIR|0o755 {
		t.Errorf("%d %o", s.Uid, s.Mode)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// What the caller itself could not read is archived.
func TestArchive(t *testing.T) {
	w := start(t, spec.IDMap{Host: first, Size: 10})
	dir := directory(t, first)
	secret := owned(imagetest.File("secret", strings.Repeat("x", 3_000_000)), 7)
	secret.Mode = 0
	if _, err := w.Layer(context.Background(), archive(t, secret), dir, &unpack.Options{}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	archived, err := w.Archive(context.Background(), &out, []*os.File{dir}, &unpack.ArchiveOptions{})
	if err != nil || archived.Entries != 2 || archived.Bytes != 3_000_000 {
		t.Errorf("%+v, %v", archived, err)
	}
	r := tar.NewReader(&out)
	for range 2 {
		h, err := r.Next()
		if err != nil || h.Name == "secret" && h.Uid != 7 {
			t.Errorf("%+v, %v", h, err)
		}
	}
	full := errors.New("full")
	if _, err := w.Archive(context.Background(), failing{full}, []*os.File{dir}, &unpack.ArchiveOptions{}); !errors.Is(err, full) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := w.Archive(ctx, io.Discard, []*os.File{dir}, &unpack.ArchiveOptions{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// Several layers at once, and what fails in one, says so in one.
func TestAtOnce(t *testing.T) {
	w := start(t, spec.IDMap{Host: first, Size: 10})
	var all sync.WaitGroup
	for n := range 20 {
		dir := directory(t, first)
		bad := imagetest.File("file", strings.Repeat("x", 1_000_000))
		if n%2 == 1 {
			bad.Name = "../file"
		}
		stream := archive(t, bad)
		all.Go(func() {
			_, err := w.Layer(context.Background(), stream, dir, &unpack.Options{})
			if refused := err != nil && strings.Contains(err.Error(), `".." in a name`); refused != (n%2 == 1) || err != nil && !refused {
				t.Errorf("%d: %v", n, err)
			}
		})
	}
	all.Wait()
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// What an error means comes through, too.
func TestErrors(t *testing.T) {
	w := start(t, spec.IDMap{Host: first, Size: 10})
	var depends *unpack.DependsError
	linked := archive(t, imagetest.Entry{Header: tar.Header{Typeflag: tar.TypeLink, Name: "hard", Linkname: "below"}})
	if _, err := w.Layer(context.Background(), linked, directory(t, first), &unpack.Options{LowersUnknown: true}); !errors.As(err, &depends) {
		t.Errorf("%v", err)
	}
	var limit *unpack.LimitError
	if _, err := w.Layer(context.Background(), archive(t, imagetest.File("file", "xx")), directory(t, first), &unpack.Options{MaxBytes: 1}); !errors.As(err, &limit) || limit.Limit != 1 {
		t.Errorf("%v", err)
	}
	cut := io.LimitReader(archive(t, imagetest.File("file", "xx")), 513)
	if _, err := w.Layer(context.Background(), cut, directory(t, first), &unpack.Options{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%v", err)
	}
	failure := errors.New("the connection is cut")
	if _, err := w.Layer(context.Background(), iotest.ErrReader(failure), directory(t, first), &unpack.Options{}); !errors.Is(err, failure) {
		t.Errorf("%v", err)
	}
	if _, err := w.Layer(context.Background(), archive(t, imagetest.File("file", "")), directory(t, 0), &unpack.Options{}); !errors.Is(err, unix.EPERM) {
		t.Errorf("a directory of somebody else: %v", err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// A process that is killed is said to be so, to who waits and to who asks later.
func TestKilled(t *testing.T) {
	w := start(t, spec.IDMap{Host: first, Size: 10})
	in, out := io.Pipe()
	ended := make(chan error)
	go func() {
		_, err := w.Layer(context.Background(), in, directory(t, first), &unpack.Options{})
		ended <- err
	}()
	if _, err := out.Write(make([]byte, 100)); err != nil { // it reads
		t.Fatal(err)
	}
	if err := w.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	out.Close()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "has ended") {
		t.Errorf("%v", err)
	}
	if _, err := w.Layer(context.Background(), strings.NewReader(""), directory(t, first), &unpack.Options{}); err == nil || !strings.Contains(err.Error(), "has ended") {
		t.Errorf("%v", err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// The hidden command by itself does nothing.
func TestNotStarted(t *testing.T) {
	output, err := exec.Command("/proc/self/exe", CommandName).CombinedOutput()
	if err == nil || !strings.Contains(string(output), "is what mydocker starts by itself") {
		t.Errorf("%s, %v", output, err)
	}
}
