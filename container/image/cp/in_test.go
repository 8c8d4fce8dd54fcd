package cp

import (
	"archive/tar"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What docker cp does, as Docker 20.10's client and 28.2's daemon have shown it.
func TestDockersRules(t *testing.T) {
	aFile := func() (*Source, []*tar.Header) { return &Source{Name: "f"}, []*tar.Header{file("f")} }
	aDir := func() (*Source, []*tar.Header) {
		return &Source{Name: "d", Dir: true}, []*tar.Header{directory("d"), file("d/f")}
	}
	content := func() (*Source, []*tar.Header) {
		return &Source{Name: ".", Dir: true}, []*tar.Header{directory("."), file("f")}
	}
	for _, test := range []struct {
		name   string
		source func() (*Source, []*tar.Header)
		to     string
		made   string // where the file is then
		fails  string
	}{
		{"a file to a new name", aFile, "new", "new", ""},
		{"a file into a directory", aFile, "tmp", "tmp/f", ""},
		{"a file over a file", aFile, "old", "old", ""},
		{"a file to a directory that is not there", aFile, "new/", "", "no such directory"},
		{"a file below nothing", aFile, "no/new", "", `no such directory in the container: "/no"`},
		{"a file below a file", aFile, "old/new", "", "not a directory"},
		{"a file into a link to a directory", aFile, "link", "tmp/f", ""},
		{"a file over a link to a file", aFile, "filelink", "old", ""},
		{"a file to where a link leads to nothing", aFile, "dangling", "nothing", ""},
		{"a file over a directory", aFile, "has", "", `cannot overwrite directory "/has/f" with non-directory "f"`},
		{"a directory to a new name", aDir, "new", "new/f", ""},
		{"a directory to a new directory", aDir, "new/", "new/f", ""},
		{"a directory into a directory", aDir, "tmp", "tmp/d/f", ""},
		{"a directory over a file", aDir, "old", "", "cannot copy directory"},
		{"a directory over a file in a directory", aDir, "hasfile", "", `cannot overwrite non-directory "/hasfile/d" with directory "d"`},
		{"what is in a directory to a new name", content, "new", "new/f", ""},
		{"what is in a directory into a directory", content, "tmp", "tmp/f", ""},
		{"what is in a directory to the root", content, "/", "f", ""},
	} {
		p := newPlace(t)
		p.write(filepath.Join(p.root, "old"), "old")
		p.write(filepath.Join(p.root, "has/f/x"), "")
		p.write(filepath.Join(p.root, "hasfile/d"), "")
		p.link("/tmp", "link")
		p.link("old", "filelink")
		p.link("nothing", "dangling")
		source, entries := test.source()
		err := p.in(test.to, source, entries...)
		switch {
		case test.fails != "":
			if err == nil || !strings.Contains(err.Error(), test.fails) {
				t.Errorf("%s: %v, want %s", test.name, err, test.fails)
			}
		case err != nil:
			t.Errorf("%s: %v", test.name, err)
		default:
			if got, err := os.ReadFile(filepath.Join(p.root, test.made)); err != nil || string(got) != "copied" {
				t.Errorf("%s: %q, %v", test.name, got, err)
			}
		}
		if got, err := os.ReadFile(filepath.Join(p.root, "has/f/x")); err != nil {
			t.Errorf("%s: a directory is gone: %q, %v", test.name, got, err)
		}
	}
}

// An archive of somebody else's goes into a directory that is there.
func TestStdin(t *testing.T) {
	p := newPlace(t)
	p.write(filepath.Join(p.root, "old"), "old")
	p.link("tmp", "link")
	for _, to := range []string{"old", "new"} {
		if err := p.in(to, nil, file("f")); err == nil || !strings.HasSuffix(err.Error(), `must be a directory`) {
			t.Errorf("%s: %v", to, err)
		}
	}
	// Links that the root has are followed, as /lib and /bin are links in most.
	if err := p.in("/", nil, file("link/f"), file("made/by/it")); err != nil {
		t.Error(err)
	}
	for _, made := range []string{"tmp/f", "made/by/it"} {
		if got, err := os.ReadFile(filepath.Join(p.root, made)); err != nil || string(got) != "copied" {
			t.Errorf("%s: %q, %v", made, got, err)
		}
	}
}
