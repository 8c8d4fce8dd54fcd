package contents

import (
	"archive/tar"
	"bytes"
	"reflect"
	"strings"
	"testing"
)

// layerOf makes an archive: a name with "/" at its end is a directory, one with "=" a file of
// so many bytes as stand behind it.
func layerOf(t testing.TB, names ...string) Archive {
	t.Helper()
	var file bytes.Buffer
	w := tar.NewWriter(&file)
	for _, text := range names {
		name, content, _ := strings.Cut(text, "=")
		header := &tar.Header{Name: name, Size: int64(len(content)), Mode: 0o644, Typeflag: tar.TypeReg}
		if strings.HasSuffix(name, "/") {
			header.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	archive, err := ReadArchive(&file)
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

func TestCompare(t *testing.T) {
	base := []string{"etc/", "etc/passwd=root", "usr/", "usr/lib/", "usr/lib/a=aa", "usr/lib/b=bbb", "tmp/", "tmp/x=1", "tmp/y=2"}
	none, nothing := []string{}, []File{}
	for name, test := range map[string]struct {
		layer []string
		want  Layer
	}{
		"nothing":                     {nil, Layer{Deleted: none, Biggest: nothing}},
		"parents that are there":      {[]string{"./", "usr/", "usr/lib/", "usr/lib/c=c"}, Layer{Added: 1, Deleted: none, Biggest: []File{{"/usr/lib/c", 1}}, Bytes: 1}},
		"a file again":                {[]string{"etc/passwd=other"}, Layer{Changed: 1, Deleted: none, Biggest: []File{{"/etc/passwd", 5}}, Bytes: 5}},
		"deleted":                     {[]string{"usr/lib/.wh.a", "usr/.wh.nosuch"}, Layer{Deleted: []string{"/usr/lib/a"}, Biggest: nothing}},
		"a directory deleted":         {[]string{".wh.usr"}, Layer{Deleted: []string{"/usr"}, Biggest: nothing}},
		"opaque":                      {[]string{"tmp/", "tmp/z=", "tmp/.wh..wh..opq"}, Layer{Added: 1, Deleted: []string{"/tmp/*"}, Biggest: nothing}},
		"opaque and empty":            {[]string{"new/", "new/.wh..wh..opq"}, Layer{Added: 1, Deleted: none, Biggest: nothing}},
		"deleted and there again":     {[]string{"tmp/x=11", "tmp/.wh.x"}, Layer{Added: 1, Deleted: []string{"/tmp/x"}, Biggest: []File{{"/tmp/x", 2}}, Bytes: 2}},
		"twice":                       {[]string{"n=1", "n=22"}, Layer{Added: 1, Deleted: none, Biggest: []File{{"/n", 2}, {"/n", 1}}, Bytes: 3}},
		"a directory becomes a file":  {[]string{"usr=x", "usr/lib/a=2"}, Layer{Added: 1, Changed: 1, Deleted: none, Biggest: []File{{"/usr", 1}, {"/usr/lib/a", 1}}, Bytes: 2}},
		"paths that lead out":         {[]string{"../../etc/passwd=1", "/etc/passwd=22"}, Layer{Changed: 1, Deleted: none, Biggest: []File{{"/etc/passwd", 2}, {"/etc/passwd", 1}}, Bytes: 3}},
		"no more than the largest":    {[]string{"1=1", "2=22", "3=333", "4=4444", "5=55555", "6=666666"}, Layer{Added: 6, Deleted: none, Biggest: []File{{"/6", 6}, {"/5", 5}, {"/4", 4}, {"/3", 3}, {"/2", 2}}, Bytes: 21}},
		"the root itself is deleted":  {[]string{".wh..", ".wh."}, Layer{Deleted: none, Biggest: nothing}},
		"deleted, and its whiteout's": {[]string{".wh.tmp", "tmp/.wh.x"}, Layer{Deleted: []string{"/tmp"}, Biggest: nothing}},
	} {
		t.Run(name, func(t *testing.T) {
			got := Compare([]Archive{layerOf(t, base...), layerOf(t, test.layer...)})
			if want := (Layer{Added: 9, Deleted: none, Biggest: got[0].Biggest, Bytes: 11}); !reflect.DeepEqual(got[0], want) {
				t.Errorf("the lowest: %+v, want %+v", got[0], want)
			}
			if !reflect.DeepEqual(got[1], test.want) {
				t.Errorf("%+v, want %+v", got[1], test.want)
			}
		})
	}
}

func TestReadArchiveRefuses(t *testing.T) {
	if _, err := ReadArchive(strings.NewReader(strings.Repeat("x", 1024))); err == nil {
		t.Error("what is no archive is read")
	}
}

// Whatever is in archives, they are compared, and what is counted is there.
func FuzzCompare(f *testing.F) {
	f.Add("etc/\netc/a=1\n", "etc/.wh.a\netc/.wh..wh..opq\n")
	f.Add("a=1\n", "a/b=2\n.wh.a\n")
	f.Fuzz(func(t *testing.T, first, second string) {
		var layers []Archive
		for _, text := range []string{first, second} {
			var entries Archive
			for line := range strings.SplitSeq(text, "\n") {
				entries = append(entries, entry{path: "/" + strings.Trim(line, "/"), size: int64(len(line)), isDir: strings.HasSuffix(line, "/"), deletes: strings.Contains(line, ".wh."), isOpaque: strings.HasSuffix(line, "opq")})
			}
			layers = append(layers, entries)
		}
		for i, layer := range Compare(layers) {
			if layer.Added+layer.Changed > len(layers[i]) || len(layer.Deleted) > len(layers[i]) || len(layer.Biggest) > maxBiggest {
				t.Errorf("%+v of %+v", layer, layers[i])
			}
		}
	})
}
