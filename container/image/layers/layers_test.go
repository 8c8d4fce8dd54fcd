package layers

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// lab makes layers of files, for a test that runs as root.
type lab struct {
	*testing.T
	dir   string
	stack *Stack
}

func newLab(t *testing.T, userXattr bool) *lab {
	return &lab{T: t, dir: t.TempDir(), stack: &Stack{UserXattr: userXattr}}
}

func (l *lab) must(errs ...error) {
	l.Helper()
	if err := errors.Join(errs...); err != nil {
		l.Fatal(err)
	}
}

// layer puts a layer over the others. A word of it is a file, a directory ("a/"), an opaque
// directory ("a/!"), a link ("a>/b"), a whiteout ("-a") or a FIFO ("|a").
func (l *lab) layer(words ...string) {
	l.Helper()
	number := len(l.stack.Lowers)
	root := filepath.Join(l.dir, fmt.Sprint("layer", number))
	l.must(os.Mkdir(root, 0o755))
	l.stack.Lowers = slices.Insert(l.stack.Lowers, 0, root)
	for _, word := range words {
		name, target, isLink := strings.Cut(word, ">")
		path := filepath.Join(root, strings.Trim(name, "-|!"))
		l.must(os.MkdirAll(filepath.Dir(path), 0o755))
		switch {
		case isLink:
			l.must(os.Symlink(target, path))
		case word[0] == '-':
			l.must(unix.Mknod(path, unix.S_IFCHR, 0))
		case word[0] == '|':
			l.must(unix.Mkfifo(path, 0o600))
		case strings.HasSuffix(word, "/!"):
			l.must(os.MkdirAll(path, 0o755), unix.Setxattr(path, l.stack.opaqueXattr(), []byte("y"), 0))
		case strings.HasSuffix(word, "/"):
			l.must(os.MkdirAll(path, 0o755))
		default:
			l.must(os.WriteFile(path, fmt.Append(nil, number, " ", name), 0o644))
		}
	}
}

func asRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("it makes whiteouts and mounts overlays, which needs root")
	}
}

// tell says what an open file is, without opening it.
func tell(fd int, err error) string {
	if err != nil {
		var errno unix.Errno
		if errors.As(err, &errno) {
			return errno.Error()
		}
		return err.Error()
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return err.Error()
	}
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		content, err := utils.ReadRegular(fd, 1000)
		return fmt.Sprint(string(content), err)
	case unix.S_IFDIR:
		return "directory"
	}
	return fmt.Sprintf("%o", stat.Mode)
}

func TestOpen(t *testing.T) {
	asRoot(t)
	l := newLab(t, false)
	l.layer("etc/passwd", "etc/group", "opt/a", "opt/b", "var/log/x", "run/y", "was/file", "was-dir/z", "deep/one/two/three")
	l.layer("etc/passwd", "-etc/group", "opt/!", "opt/c", "var/run>/run", "out>../../../../etc", "was>etc", "was-dir")
	l.layer("abs>/etc/passwd", "circle>circle", "magic>/proc/self/root", "slash>etc/", "file>etc/passwd/", "|deep/one/fifo", "-was-dir")
	for file, want := range map[string]string{
		"/etc/passwd": "1 etc/passwd<nil>", "etc//./passwd": "1 etc/passwd<nil>", "/etc/group": "no such file or directory", "/opt/a": "no such file or directory", "/opt/c": "1 opt/c<nil>",
		"/var/log/x": "0 var/log/x<nil>", "/var/run/y": "0 run/y<nil>", "/out/passwd": "1 etc/passwd<nil>", "/../../etc/passwd": "1 etc/passwd<nil>", "/abs": "1 etc/passwd<nil>",
		"/circle": "too many levels of symbolic links", "/magic": "no such file or directory", "/was/passwd": "1 etc/passwd<nil>", "/was-dir": "no such file or directory",
		"/slash": "directory", "/file": "not a directory", "/etc/passwd/": "not a directory", "/etc/passwd/x": "not a directory", "/etc/passwd/..": "not a directory",
		"/deep/one/two/three": "0 deep/one/two/three<nil>", "/deep/one/fifo": "10600", "/": "directory", "": "directory",
	} {
		if got := tell(l.stack.Open(file)); got != want {
			t.Errorf("%q: %q, want %q", file, got, want)
		}
	}
	checkOpenFiles(t, l)
}

func TestDirectories(t *testing.T) {
	asRoot(t)
	l := newLab(t, true)
	l.layer("data/a", "real/b", "f")
	l.layer("data/!", "data/c", "real/")
	l.layer("data/d", "link>real", "up>/../real/..")
	for dir, want := range map[string]string{
		"/data": "/data 2 1", "/link": "/real 1 0", "/link/": "/real 1 0", "/up": "/ 2 1 0", "/": "/ 2 1 0",
		"/none": "/none no such file or directory", "/link/none/x": "/real/none/x no such file or directory", "/f": "/f not a directory", "/f/x": "/f/x not a directory",
	} {
		target, dirs, err := l.stack.Directories(dir)
		got := target
		for _, dir := range dirs {
			got += " " + strings.TrimPrefix(strings.TrimSuffix(strings.TrimSuffix(dir, target), "/"), l.dir+"/layer")
		}
		if err != nil {
			got += " " + err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", dir, got, want)
		}
	}
	entries, err := l.stack.List("/data")
	if want := []Entry{{"c", 1}, {"d", 0}}; err != nil || !slices.Equal(entries, want) {
		t.Errorf("%v, %v; want %v", entries, err, want)
	}
	checkOpenFiles(t, l)
}

// checkOpenFiles finds descriptors of the layers that were left open.
func checkOpenFiles(t *testing.T, l *lab) {
	t.Helper()
	l.must(l.stack.Close())
	open, err := os.ReadDir("/proc/self/fd")
	l.must(err)
	for _, fd := range open {
		if name, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(name, l.dir) {
			t.Errorf("%s is left open", name)
		}
	}
}

// mount puts an overlay of a stack's layers somewhere, in a mount namespace of the test's own.
func (l *lab) mount(stack *Stack, at string) {
	l.Helper()
	upper, work := at+"-upper", at+"-work"
	l.must(os.Mkdir(at, 0o755), os.Mkdir(upper, 0o755), os.Mkdir(work, 0o755))
	options := "lowerdir=" + strings.Join(stack.Lowers, ":") + ",upperdir=" + upper + ",workdir=" + work + ",index=off,metacopy=off,redirect_dir=nofollow"
	if stack.UserXattr {
		options += ",userxattr"
	}
	l.must(unix.Mount("overlay", at, "overlay", 0, options))
}

// leave gives the test a mount namespace of its own, and a thread that ends with it.
func (l *lab) leave() {
	l.Helper()
	runtime.LockOSThread()
	l.must(unix.Unshare(unix.CLONE_NEWNS|unix.CLONE_FS), unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
}

// random makes layers of anything.
func (l *lab) random(r *rand.Rand) {
	names := []string{"a", "b", "c"}
	targets := []string{"a", "b/c", "../b", "/a", "/c/b/a", ".", "..", "/", "c/", "../../../a", "/proc/self/fd/0"}
	for range 1 + r.Intn(5) {
		var words []string
		kinds := map[string]byte{}
		for range r.Intn(25) {
			path := names[r.Intn(3)]
			for range r.Intn(3) {
				if kinds[path] == 0 {
					kinds[path] = '/'
				}
				if kinds[path] != '/' {
					break
				}
				path += "/" + names[r.Intn(3)]
			}
			if kinds[path] != 0 {
				continue
			}
			kind := "fff//!>>-|"[r.Intn(10)]
			kinds[path] = kind
			switch kind {
			case 'f':
				words = append(words, path)
			case '/':
				words = append(words, path+"/")
			case '!':
				words, kinds[path] = append(words, path+"/!"), '/'
			case '>':
				words = append(words, path+">"+targets[r.Intn(len(targets))])
			default:
				words = append(words, string(kind)+path)
			}
		}
		l.layer(words...)
	}
}

// What a stack shows is what the kernel shows of the same layers.
func TestAgainstOverlayfs(t *testing.T) {
	asRoot(t)
	for seed := range int64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewSource(seed))
			l := newLab(t, seed%2 == 1)
			l.random(r)
			l.leave()
			at := filepath.Join(l.dir, "merged")
			l.mount(l.stack, at)
			for _, file := range paths(r) {
				if got, want := tell(l.stack.Open(file)), tell(openInRoot(at, file)); got != want {
					t.Errorf("%q: %q, overlayfs has %q", file, got, want)
				}
				l.compareDirectory(at, file)
			}
			checkOpenFiles(t, l)
			if err := unix.Unmount(at, unix.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
	}
}

// openInRoot opens as a process does whose root is at (Linux 5.6).
func openInRoot(at, file string) (int, error) {
	root, err := unix.Open(at, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	defer unix.Close(root)
	for {
		fd, err := unix.Openat2(root, file, &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT})
		if err != unix.EAGAIN { // somebody has renamed something, anywhere
			return fd, err
		}
	}
}

func paths(r *rand.Rand) (list []string) {
	words := []string{"a", "b", "c", "..", "."}
	for range 150 {
		path := ""
		for range 1 + r.Intn(4) {
			path += "/" + words[r.Intn(len(words))]
		}
		list = append(list, path)
	}
	return append(list, "/")
}

// compareDirectory compares a directory, and what its own layers are merged to.
func (l *lab) compareDirectory(at, dir string) {
	l.Helper()
	fd, err := openInRoot(at, dir)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	var want []string
	opened := fmt.Sprintf("/proc/self/fd/%d", fd)
	files, err := os.ReadDir(opened)
	if err != nil {
		return // it is none
	}
	for _, f := range files {
		// Where nothing is merged overlayfs lists whiteouts, and finds no file of that name.
		if _, err := os.Lstat(filepath.Join(opened, f.Name())); err == nil {
			want = append(want, f.Name())
		}
	}
	target, dirs, err := l.stack.Directories(dir)
	l.must(err)
	if in := utils.TargetInRoot(at, dir); in != target {
		l.Errorf("%s leads to %s, and not %s", dir, in, target)
	}
	own := &Stack{Lowers: dirs, UserXattr: l.stack.UserXattr}
	for name, list := range map[string]func() ([]Entry, error){
		"the directory": func() ([]Entry, error) { return l.stack.List(dir) }, "its layers": func() ([]Entry, error) { return own.List("/") },
	} {
		entries, err := list()
		l.must(own.Close())
		l.must(err)
		var got []string
		for _, e := range entries {
			got = append(got, e.Name)
			if name == "the directory" {
				if _, err := os.Lstat(filepath.Join(l.stack.Lowers[e.Layer], target, e.Name)); err != nil {
					l.Error(err)
				}
			}
		}
		if !slices.Equal(got, want) {
			l.Errorf("%s %s: %q, overlayfs has %q", name, dir, got, want)
		}
	}
}

// No path leads out of the layers, whatever links are in them.
func FuzzOpen(f *testing.F) {
	f.Add("a", "/etc/passwd", "../../..", "a/b")
	f.Add("a/../b", "/proc/self/root", "/", "b/")
	f.Fuzz(func(t *testing.T, path, one, two, three string) {
		dir := t.TempDir()
		stack := &Stack{UserXattr: true, Lowers: []string{filepath.Join(dir, "1"), filepath.Join(dir, "0")}}
		for n, lower := range stack.Lowers {
			if err := os.MkdirAll(filepath.Join(lower, "b/c"), 0o700); err != nil {
				t.Fatal(err)
			}
			for name, target := range map[string]string{"a": one, "b/a": two, fmt.Sprint("b/c/", n): three} {
				if err := os.Symlink(target, filepath.Join(lower, name)); err != nil {
					t.Skip()
				}
			}
		}
		defer stack.Close()
		fd, err := stack.Open(path)
		if err != nil {
			return
		}
		defer unix.Close(fd)
		name, err := os.Readlink(fmt.Sprintf("/proc/self/fd/%d", fd))
		if err != nil || !strings.HasPrefix(name, dir+"/") {
			t.Fatalf("%q leads to %q, %v", path, name, err)
		}
		if target, _, err := stack.Directories(path); err != nil && !errors.Is(err, unix.ENOTDIR) && !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(target, "/") {
			t.Fatalf("%q: %q, %v", path, target, err)
		}
	})
}
