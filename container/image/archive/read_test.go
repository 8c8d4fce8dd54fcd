package archive_test

import (
	"archive/tar"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/archive"
	"github.com/mydocker/mydocker/container/image/compression"
	"github.com/mydocker/mydocker/container/image/imagetest"
	"github.com/mydocker/mydocker/container/image/ingest"
)

// must is for what cannot fail.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func layer(content string) []byte { return must(imagetest.Tar(imagetest.File("file", content))) }

// small is an image with two layers.
func small(names ...string) *imagetest.Image {
	return &imagetest.Image{Names: names, Layers: [][]byte{layer("one"), layer("two")}, Config: map[string]any{"User": strings.Join(names, " ")}}
}

// platform is an image for a platform, with the names.
func platform(os, arch string, names ...string) *imagetest.Image {
	return &imagetest.Image{OS: os, Architecture: arch, Names: names, Layers: [][]byte{layer(arch)}}
}

func writeFile(t *testing.T, content []byte) string {
	name := filepath.Join(t.TempDir(), "archive")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// writeDir writes files to a directory.
func writeDir(t *testing.T, files []imagetest.Entry) string {
	dir := t.TempDir()
	for _, file := range files {
		name := filepath.Join(dir, file.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(file.Content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// open opens an archive that is a regular file and not compressed, or a directory.
func open(t *testing.T, name string, want string) (*archive.Reader, error) {
	file := must(os.Open(name))
	t.Cleanup(func() { file.Close() })
	options := &archive.Options{}
	if want != "" {
		words := append(strings.Split(want, "/"), "")
		options.Platform = &image.Platform{OS: words[0], Architecture: words[1], Variant: words[2]}
	}
	reader, err := archive.Open(context.Background(), file, nil, options)
	if err == nil {
		t.Cleanup(func() { reader.Close() })
	}
	return reader, err
}

// describe says in one line which images there are: NAME,NAME:LAYERS.
func describe(t *testing.T, reader *archive.Reader) string {
	var all []string
	for _, found := range reader.Images {
		var names []string
		for _, name := range found.Names {
			names = append(names, name.Familiar())
		}
		contents := ""
		for i := range found.Layers {
			content, from, err := found.Source.Blob(context.Background(), &found.Layers[i], 0)
			if err != nil || from != 0 {
				t.Fatal(err, from)
			}
			tarred := tar.NewReader(content)
			if _, err := tarred.Next(); err != nil {
				t.Fatal(err)
			}
			contents += ":" + string(must(io.ReadAll(tarred)))
			content.Close()
		}
		all = append(all, strings.Join(names, ",")+contents)
	}
	return strings.Join(all, " ")
}

type form func(...*imagetest.Image) ([]imagetest.Entry, error)

// Both makes an archive as Docker 25 and later ones write it.
func both(images ...*imagetest.Image) ([]imagetest.Entry, error) {
	files, err := imagetest.OCILayout(images...)
	if err != nil {
		return nil, err
	}
	return append(files, manifestJSON(images...)), nil
}

// manifestJSON is the manifest.json that names the blobs of a layout.
func manifestJSON(images ...*imagetest.Image) imagetest.Entry {
	entries := []map[string]any{}
	for _, i := range images {
		layers := []string{}
		for _, layer := range i.Layers {
			layers = append(layers, "blobs/sha256/"+imagetest.Digest(layer)[len("sha256:"):])
		}
		config := imagetest.Digest(must(i.Document()))
		entries = append(entries, map[string]any{"Config": "blobs/sha256/" + config[len("sha256:"):], "RepoTags": i.Names, "Layers": layers})
	}
	return imagetest.File("manifest.json", string(must(json.Marshal(entries))))
}

func TestRead(t *testing.T) {
	type images = []*imagetest.Image
	for name, test := range map[string]struct {
		form   form
		images images
		want   string // the platform
		expect string
	}{
		"docker":                   {imagetest.DockerArchive, images{small("a:1", "example.com/b:2")}, "", "a:1,example.com/b:2:one:two"},
		"docker, several":          {imagetest.DockerArchive, images{small("a:1"), small("b:1")}, "", "a:1:one:two b:1:one:two"},
		"docker, the same twice":   {imagetest.DockerArchive, images{small(), small()}, "", ":one:two"},
		"docker, no name":          {imagetest.DockerArchive, images{small()}, "", ":one:two"},
		"docker, platforms":        {imagetest.DockerArchive, images{platform("linux", "arm64", "a:1"), platform("linux", "s390x", "a:1")}, "linux/s390x", "a:1:s390x"},
		"docker, other platform":   {imagetest.DockerArchive, images{platform("linux", "mips64", "a:1")}, "", "a:1:mips64"},
		"layout":                   {imagetest.OCILayout, images{small("example.com/a:1", "b:2")}, "", "example.com/a:1,b:2:one:two"},
		"layout, only a tag":       {imagetest.OCILayout, images{small("latest")}, "", ":one:two"},
		"layout, no names":         {imagetest.OCILayout, images{small(), platform("linux", "mips64")}, "", ":one:two"},
		"layout, gzip":             {imagetest.OCILayout, images{{Names: []string{"a:1"}, Layers: nil, Gzip: true}}, "", "a:1"},
		"layout, index":            {imagetest.OCILayout, images{platform("linux", "arm64", "a:1"), platform("linux", "s390x", "a:1")}, "linux/arm64", "a:1:arm64"},
		"layout, variant":          {imagetest.OCILayout, images{platform("linux", "arm64", "a:1"), platform("linux", "s390x", "a:1")}, "linux/arm64/v8", "a:1:arm64"},
		"layout, other platform":   {imagetest.OCILayout, images{platform("linux", "mips64", "a:1")}, "", "a:1:mips64"},
		"both":                     {both, images{small("a:1", "b:1")}, "", "a:1,b:1:one:two"},
		"both, platforms":          {both, images{platform("linux", "arm64", "a:1"), platform("linux", "s390x", "a:1")}, "linux/arm64", "a:1:arm64"},
		"layout, another platform": {imagetest.OCILayout, images{small("a:1"), platform("linux", "s390x", "b:1")}, "linux/s390x", "b:1:s390x"},
	} {
		t.Run(name, func(t *testing.T) {
			files := must(test.form(test.images...))
			for kind, path := range map[string]string{"archive": writeFile(t, must(imagetest.Tar(files...))), "directory": writeDir(t, files)} {
				reader, err := open(t, path, test.want)
				if err != nil {
					t.Errorf("%s: %v", kind, err)
				} else if got := describe(t, reader); got != test.expect {
					t.Errorf("%s: there is %q, not %q", kind, got, test.expect)
				}
			}
		})
	}
}

// An image keeps the documents of a layout byte for byte, and its index.
func TestReadKeepsDocuments(t *testing.T) {
	files := must(imagetest.OCILayout(platform("linux", "arm64", "a:1"), platform("linux", "s390x", "a:1")))
	reader := must(open(t, writeDir(t, files), "linux/s390x"))
	found := reader.Images[0]
	for _, content := range [][]byte{found.Manifest, found.Config} {
		if !hasContent(files, string(content)) {
			t.Errorf("no blob is %s", content)
		}
	}
	if !hasBlob(files, found.Index) {
		t.Errorf("the index %s is no blob", found.Index)
	}
}

func hasContent(files []imagetest.Entry, content string) bool {
	for _, file := range files {
		if file.Content == content {
			return true
		}
	}
	return false
}

func hasBlob(files []imagetest.Entry, digest image.Digest) bool {
	for _, file := range files {
		if file.Name == "blobs/sha256/"+digest.Hex() {
			return true
		}
	}
	return false
}

// Docker before 1.10 wrote no manifest.json; and between that and 25, layers that others
// have, too, were links.
func TestReadOld(t *testing.T) {
	one, two := strings.Repeat("1", 64), strings.Repeat("2", 64)
	legacy := []imagetest.Entry{
		imagetest.File("repositories", `{"example.com/old":{"1":"`+two+`"}}`),
		imagetest.Dir(one),
		imagetest.File(one+"/json", `{"id":"`+one+`","os":"linux","architecture":"amd64","container_config":{"Cmd":["a","b"]}}`),
		imagetest.File(one+"/layer.tar", string(layer("one"))),
		imagetest.File(two+"/json", `{"id":"`+two+`","parent":"`+one+`","os":"linux","architecture":"amd64","config":{"Cmd":["sh"]},"Size":5}`),
		imagetest.File(two+"/layer.tar", string(layer("two"))),
	}
	reader := must(open(t, writeFile(t, must(imagetest.Tar(legacy...))), ""))
	if got, want := describe(t, reader), "example.com/old:1:one:two"; got != want {
		t.Errorf("there is %q, not %q", got, want)
	}
	config := string(reader.Images[0].Config)
	for _, part := range []string{`"Cmd":["sh"]`, `"created_by":"a b"`, `"diff_ids":["` + imagetest.Digest(layer("one"))} {
		if !strings.Contains(config, part) {
			t.Errorf("the configuration has no %s: %s", part, config)
		}
	}

	files := must(imagetest.DockerArchive(small("a:1")))
	for i, file := range files {
		if strings.HasSuffix(file.Name, "/layer.tar") {
			files[i].Name = "./" + strings.Repeat("3", 60+i) + "/layer.tar"
			link := imagetest.Link(file.Name, "../"+files[i].Name[2:])
			if i > 0 {
				link = imagetest.Entry{Header: tar.Header{Typeflag: tar.TypeLink, Name: file.Name, Linkname: files[i].Name}}
			}
			files = append(files, link)
		}
	}
	reader = must(open(t, writeFile(t, must(imagetest.Tar(files...))), ""))
	if got, want := describe(t, reader), "a:1:one:two"; got != want {
		t.Errorf("there is %q, not %q", got, want)
	}
}

// An archive can be handed over from the middle of a file, as a shell does it.
func TestReadFromTheMiddle(t *testing.T) {
	content := append([]byte("before"), must(imagetest.Tar(must(imagetest.DockerArchive(small("a:1")))...))...)
	file := must(os.Open(writeFile(t, content)))
	defer file.Close()
	must(file.Seek(int64(len("before")), io.SeekStart))
	reader := must(archive.Open(context.Background(), file, nil, &archive.Options{}))
	defer reader.Close()
	if got, want := describe(t, reader), "a:1:one:two"; got != want {
		t.Errorf("there is %q, not %q", got, want)
	}
}

// replaced is a docker-archive whose files were changed; a file whose name ends in a key is
// replaced by the entry.
func replaced(changes map[string]imagetest.Entry) []byte {
	files := must(imagetest.DockerArchive(small("a:1")))
	for i, file := range files {
		for suffix, entry := range changes {
			if strings.HasSuffix(file.Name, suffix) {
				if entry.Name == "" {
					entry.Name = file.Name
				}
				files[i] = entry
			}
		}
	}
	return must(imagetest.Tar(files...))
}

func special(kind byte) imagetest.Entry {
	return imagetest.Entry{Header: tar.Header{Typeflag: kind, Mode: 0o666, Devmajor: 1, Devminor: 3}}
}

func dockerManifest(text string) []byte {
	return replaced(map[string]imagetest.Entry{"manifest.json": imagetest.File("manifest.json", text)})
}

// What is no image, or an attack, is refused by name.
func TestReadRefuses(t *testing.T) {
	type changes = map[string]imagetest.Entry
	config := imagetest.Digest(must(small("a:1").Document()))[len("sha256:"):] + ".json"
	for name, test := range map[string]struct {
		content []byte
		says    string
	}{
		"empty":              {nil, "the file is empty"},
		"empty archive":      {make([]byte, 10240), "the archive is empty"},
		"text":               {[]byte(strings.Repeat("no archive\n", 100)), "it is no tar archive"},
		"root":               {layer("x"), "mydocker import"},
		"cut off":            {replaced(nil)[:5000], "cut off"},
		"leads out":          {must(imagetest.Tar(imagetest.File("../evil", ""))), "leads out of the archive"},
		"absolute":           {must(imagetest.Tar(imagetest.File("/etc/evil", ""))), "is an absolute name"},
		"layer leads out":    {replaced(changes{"/layer.tar": imagetest.Link("", "../../etc/shadow")}), "leads out of the archive"},
		"layer is absolute":  {replaced(changes{"/layer.tar": imagetest.Link("", "/etc/shadow")}), "leads out of the archive"},
		"hard link out":      {replaced(changes{"/layer.tar": {Header: tar.Header{Typeflag: tar.TypeLink, Linkname: "../x"}}}), "leads out of the archive"},
		"layer is a FIFO":    {replaced(changes{"/layer.tar": special(tar.TypeFifo)}), "is a FIFO and no regular file"},
		"layer is a device":  {replaced(changes{"/layer.tar": special(tar.TypeChar)}), "is a device and no regular file"},
		"layer is missing":   {replaced(changes{"/layer.tar": imagetest.File("other", "")}), "layer.tar: file does not exist"},
		"layer links itself": {replaced(changes{"/layer.tar": imagetest.Link("", "layer.tar")}), "more than 10 links"},
		"config is changed":  {replaced(changes{config: imagetest.File("", "{}")}), "its content has the digest"},
		"config is a link":   {replaced(changes{config: imagetest.Link("", "/etc/shadow")}), "leads out of the archive"},
		"manifest is a link": {replaced(changes{"manifest.json": imagetest.Link("", "/etc/shadow")}), "leads out of the archive"},
		"manifest is huge":   {replaced(changes{"manifest.json": imagetest.File("manifest.json", strings.Repeat(" ", 5<<20))}), "it has 5242880 bytes"},
		"manifest is twice": {append(must(imagetest.Tar(imagetest.File("manifest.json", "[]")))[:1024], replaced(nil)...),
			"manifest.json is in the archive twice"},
		"manifest is empty":   {dockerManifest(`[]`), "names no image"},
		"manifest is null":    {dockerManifest(`null`), "names no image"},
		"manifest is no JSON": {dockerManifest(`[`), "manifest.json: "},
		"manifest is a dir's": {dockerManifest(`{"schemaVersion":2}`), "skopeo's dir: format"},
		"thousands":           {dockerManifest(`[{}` + strings.Repeat(`,{}`, 5000) + `]`), "names 5001 images"},
		"config leads out":    {dockerManifest(`[{"Config":"../../etc/shadow"}]`), "leads out of the archive"},
		"config is absolute":  {dockerManifest(`[{"Config":"/etc/shadow"}]`), "is an absolute name"},
		"config has no name":  {dockerManifest(`[{}]`), "empty name"},
		"name is none":        {dockerManifest(`[{"Config":"` + config + `","RepoTags":["../x"],"Layers":[]}]`), "and the configuration of the image 2"},
		"two with one name":   {must(imagetest.Tar(must(imagetest.DockerArchive(small("a:1"), platform("linux", "amd64", "a:1")))...)), "the name a:1 to two images"},
		"bad name":            {must(imagetest.Tar(must(imagetest.DockerArchive(small("A B")))...)), `names an image "A B"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := open(t, writeFile(t, test.content), "")
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("the error is %v, not %q", err, test.says)
			}
		})
	}
}

// edited is an OCI layout in which a text is replaced by another of the same length.
func edited(old, replacement string) []imagetest.Entry {
	files := must(imagetest.OCILayout(small("a:1")))
	for i := range files {
		files[i].Content = strings.ReplaceAll(files[i].Content, old, replacement)
	}
	return files
}

// index is a layout with another index.json.
func index(text string) []imagetest.Entry {
	return []imagetest.Entry{imagetest.File("oci-layout", `{"imageLayoutVersion":"1.0.0"}`), imagetest.File("index.json", text)}
}

// nested is a layout with indexes in each other, so many.
func nested(depth int) []imagetest.Entry {
	files := must(imagetest.OCILayout(small("a:1")))
	for range depth {
		content := files[len(files)-1].Content
		name := "blobs/sha256/" + imagetest.Digest([]byte(content))[len("sha256:"):]
		files[len(files)-1].Name = name
		files = append(files, imagetest.File("index.json", `{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.index.v1+json","digest":"`+
			imagetest.Digest([]byte(content))+`","size":`+string(must(json.Marshal(len(content))))+`}]}`))
	}
	return files
}

func TestReadNested(t *testing.T) {
	if got := describe(t, must(open(t, writeDir(t, nested(3)), ""))); got != ":one:two" {
		t.Errorf("there is %q", got)
	}
}

func TestReadLayoutRefuses(t *testing.T) {
	digest := "sha256:" + strings.Repeat("a", 64)
	manifest := "application/vnd.oci.image.manifest.v1+json"
	two := must(both(small("a:1")))
	two[len(two)-1] = manifestJSON(platform("linux", "amd64", "a:1"))
	other := must(imagetest.OCILayout(platform("linux", "amd64", "a:1")))
	for name, test := range map[string]struct {
		files []imagetest.Entry
		want  string
		says  string
	}{
		"version":       {[]imagetest.Entry{imagetest.File("oci-layout", `{"imageLayoutVersion":"2.0.0"}`)}, "", `imageLayoutVersion "2.0.0" is not known`},
		"no index.json": {[]imagetest.Entry{imagetest.File("oci-layout", `{"imageLayoutVersion":"1.0.0"}`)}, "", "index.json"},
		"no oci-layout": {must(imagetest.OCILayout(small("a:1")))[1:], "", "no oci-layout"},
		"no image":      {index(`{"schemaVersion":2,"manifests":[]}`), "", "index.json names no image"},
		"index is a manifest": {index(`{"schemaVersion":2,"config":{"digest":"` + digest + `","size":1,"mediaType":"application/vnd.oci.image.config.v1+json"},"layers":[]}`),
			"", "it is the manifest of an image"},
		"two things":         {index(`{"schemaVersion":2,"manifests":[],"layers":[]}`), "", "an index and a manifest at the same time"},
		"digest as a path":   {index(`{"schemaVersion":2,"manifests":[{"digest":"sha256:../../../../etc/shadow","size":1}]}`), "", "hexadecimal digits"},
		"missing blob":       {index(`{"schemaVersion":2,"manifests":[{"mediaType":"` + manifest + `","digest":"` + digest + `","size":1}]}`), "", "blobs/sha256/aaaa"},
		"changed manifest":   {edited("vnd.oci.image.layer.v1.tar", "vnd.oci.image.layer.v1.TAR"), "", "its content has the digest"},
		"changed config":     {edited("imagetest", "testimage"), "", "its content has the digest"},
		"too deep":           {nested(5), "", "more than 4 deep"},
		"platform":           {must(imagetest.OCILayout(small("a:1"))), "linux/s390x", "it is not there for linux/s390x"},
		"platform, index":    {must(imagetest.OCILayout(platform("linux", "arm64", "a:1"), platform("linux", "arm", "a:1"))), "linux/s390x", "but for linux/arm64, linux/arm/v7"},
		"both, other images": {append(other, two...), "linux/amd64", "manifest.json names an image that index.json does not"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := open(t, writeDir(t, test.files), test.want)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("the error is %v, not %q", err, test.says)
			}
		})
	}
}

// No link in a directory leads out of it, a FIFO does not block and a device is not opened.
func TestReadDirectoryRefuses(t *testing.T) {
	for name, put := range map[string]func(string) error{
		"link":   func(name string) error { return os.Symlink("/etc/shadow", name) },
		"dotdot": func(name string) error { return os.Symlink("../../../../../../../../etc/shadow", name) },
		"FIFO":   func(name string) error { return unix.Mkfifo(name, 0o600) },
		"dir":    func(name string) error { return os.Mkdir(name, 0o700) },
	} {
		t.Run(name, func(t *testing.T) {
			files := must(imagetest.OCILayout(small("a:1")))
			dir := writeDir(t, files)
			for _, file := range files[1:] {
				if strings.HasPrefix(file.Name, "blobs/") {
					path := filepath.Join(dir, file.Name)
					if err := os.Remove(path); err != nil {
						t.Fatal(err)
					}
					if err := put(path); err != nil {
						t.Fatal(err)
					}
				}
			}
			if _, err := open(t, dir, ""); err == nil {
				t.Error("it was read")
			} else if !strings.Contains(err.Error(), "escapes") && !strings.Contains(err.Error(), "no regular file") {
				t.Error(err)
			}
		})
	}
}

// FuzzRead reads whatever it gets, without a crash, and never more than there is.
func FuzzRead(f *testing.F) {
	f.Add(replaced(nil))
	f.Add(must(imagetest.Tar(must(both(small("a:1"), small("b:1")))...)))
	f.Add(must(imagetest.Tar(nested(5)...)))
	f.Fuzz(func(t *testing.T, content []byte) {
		if compression.Detect(content) != compression.None {
			return // that needs a store
		}
		file := os.NewFile(uintptr(must(unix.MemfdCreate("archive", unix.MFD_CLOEXEC))), "archive")
		defer file.Close()
		must(file.WriteAt(content, 0))
		reader, err := archive.Open(context.Background(), file, nil, &archive.Options{})
		if err != nil {
			return
		}
		defer reader.Close()
		if len(reader.Images) == 0 {
			t.Error("no image and no error")
		}
		for _, found := range reader.Images {
			for i := range found.Layers {
				blob, _, err := found.Source.Blob(context.Background(), &found.Layers[i], 0)
				if err != nil {
					t.Error(err)
					continue
				}
				if n := must(io.Copy(io.Discard, blob)); n > int64(len(content)) {
					t.Errorf("a layer has %d bytes, and the archive %d", n, len(content))
				}
			}
		}
	})
}

// unpacked is a source whose layers are no longer compressed.
type unpacked struct{ ingest.Source }

func (u *unpacked) Blob(ctx context.Context, layer *ingest.Layer, offset int64) (io.ReadCloser, int64, error) {
	content, from, err := u.Source.Blob(ctx, layer, offset)
	if err != nil {
		return nil, 0, err
	}
	plain, _, err := compression.NewReader(content)
	return plain, from, err
}
