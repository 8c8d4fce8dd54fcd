package unpack

import (
	"archive/tar"
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// generated makes entries of a few names, so that they meet: files in links, links over
// directories, whiteouts of both.
func generated(data []byte) (entries []entry) {
	names := []string{"a", "b", "a/b", "a/b/c", "b/a", "c", "./a/", "/b", "..", "a/../b", ".wh.a", "a/.wh.b", "a/.wh..wh..opq", ".", "../in/file", "canary/file", ".wh..wh..opq", ".wh.."}
	targets := []string{"a", "b", "..", "../..", "../../canary", "/", "/a", "a/b", "../file", ".", "/proc/self/root", "b/../../..", "c", "../link/file"}
	kinds := []byte{tar.TypeReg, tar.TypeDir, tar.TypeSymlink, tar.TypeLink, tar.TypeFifo, tar.TypeChar, tar.TypeReg, tar.TypeDir, tar.TypeSymlink, tar.TypeLink}
	for ; len(data) >= 5 && len(entries) < 64; data = data[5:] {
		e := with(tar.Header{
			Typeflag: kinds[int(data[0])%len(kinds)], Name: names[int(data[1])%len(names)], Mode: int64(data[3]) * 16, Uid: int(data[4]), Devmajor: 1, Devminor: 3,
		}, "")
		switch e.Typeflag {
		case tar.TypeReg:
			e.Name = strings.TrimSuffix(e.Name, "/")
			e = entry{e.Header, "changed"}
			e.Size = 7
		case tar.TypeSymlink, tar.TypeLink:
			e.Linkname = targets[int(data[2])%len(targets)]
		}
		if data[2]%8 == 7 {
			e = attribute(e, "trusted.overlay.opaque", "y")
		}
		entries = append(entries, e)
	}
	return entries
}

func generatedArchive(t testing.TB, data []byte) []byte {
	var buffer bytes.Buffer
	w := tar.NewWriter(&buffer)
	for _, e := range generated(data) {
		h := e.Header
		if w.WriteHeader(&h) != nil { // it says what no archive can
			continue
		}
		if _, err := w.Write([]byte(e.content)); err != nil && e.content != "" {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// check unpacks anything: outside nothing changes, and no mark of overlayfs's comes from an archive.
func check(t *testing.T, archive []byte, plain bool) {
	l := newLab(t)
	l.options = Options{Plain: plain, MaxBytes: 1 << 20, MaxEntries: 1000}
	_, err := l.unpackBytes(archive)
	if err != nil && strings.Contains(err.Error(), "bad file descriptor") {
		t.Error(err)
	}
	for name, text := range l.picture() {
		if strings.Contains(text, "trusted.overlay") && (plain || !strings.HasPrefix(text, "d ")) || strings.Contains(text, `"safe"`) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// FuzzGenerated unpacks archives whose entries meet each other.
func FuzzGenerated(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		data := make([]byte, 5*30)
		for n := range data {
			data[n] = byte(random.IntN(256))
		}
		f.Add(data, false)
	}
	f.Fuzz(func(t *testing.T, data []byte, plain bool) { check(t, generatedArchive(t, data), plain) })
}

// FuzzArchive unpacks any bytes.
func FuzzArchive(f *testing.F) {
	f.Add(archiveOf(f, dir("d"), file("d/a", "content"), attribute(file("b", "x"), "user.a", "b"), link("l", "d"), hard("h", "b")))
	f.Add(sparseHeader(&tar.Header{Name: "hole", Size: 1 << 16, Mode: 0o644, ModTime: day}, 512))
	f.Fuzz(func(t *testing.T, data []byte) { check(t, data, false) })
}
