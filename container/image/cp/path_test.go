package cp

import (
	"path"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for _, test := range []struct{ argument, container, path string }{
		{"-", "", "-"}, {"a", "", "a"}, {"a/b", "", "a/b"}, {"/a:b", "", "/a:b"}, {"./a:b", "", "./a:b"}, {"../a:b", "", "../a:b"},
		{"c:", "c", ""}, {"c:a", "c", "a"}, {"c:/a:b", "c", "/a:b"}, {":", "", ""}, {":a", "", "a"}, {"a/b:c", "a/b", "c"}, {".a:b", "", ".a:b"},
		{"", "", ""}, {"c:-", "c", "-"},
	} {
		if container, file := Split(test.argument); container != test.container || file != test.path {
			t.Errorf("%q: %q and %q", test.argument, container, file)
		}
	}
}

func TestClean(t *testing.T) {
	for _, test := range []struct{ dir, file, want, name string }{
		{"/", "a", "/a", "a"}, {"/", "/a", "/a", "a"}, {"/", "a/", "/a/", "a"}, {"/", "a/.", "/a/.", "."}, {"/", "a/./", "/a/.", "."},
		{"/", "/", "/", "."}, {"/", ".", "/.", "."}, {"/", "..", "/", "."}, {"/", "../../a", "/a", "a"}, {"/w", "a", "/w/a", "a"},
		{"/w", ".", "/w/.", "."}, {"/w", "./", "/w/.", "."}, {"/w", "..", "/", "."}, {"/w/x", "../", "/w/", "w"}, {"/w", "a/..", "/w", "w"},
		{"/w", "/a//b///", "/a/b/", "b"}, {"/w", "/a/../b", "/b", "b"},
	} {
		got := Clean(test.dir, test.file)
		if got != test.want || nameOf(got) != test.name {
			t.Errorf("%q in %q: %q, %q", test.file, test.dir, got, nameOf(got))
		}
	}
}

// Whatever is written, the path is absolute, has no ".." and means a directory or not as it did.
func FuzzClean(f *testing.F) {
	for _, text := range []string{"c:/a", "a/.", "../..", "/", "c:..//./", "-", "c:a/../", ":"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, argument string) {
		container, file := Split(argument)
		if container != "" && !strings.HasPrefix(argument, container+":") || !strings.HasSuffix(argument, file) {
			t.Fatalf("%q: %q and %q", argument, container, file)
		}
		got := Clean("/dir", file)
		inside := strings.TrimSuffix(strings.TrimSuffix(got, "/"), "/.")
		if !path.IsAbs(got) || inside != "" && path.Clean(inside) != inside || isDirectory(file) && file != "" && !isDirectory(got) {
			t.Fatalf("%q: %q", file, got)
		}
		if name := nameOf(got); name == "" || name == ".." || strings.Contains(name, "/") {
			t.Fatalf("%q is called %q", got, name)
		}
	})
}
