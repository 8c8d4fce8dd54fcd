package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
)

// list tells the images and their names.
func list(t testing.TB, s *Store) string {
	t.Helper()
	images, err := s.Images()
	must(t, err)
	var lines []string
	for _, i := range images {
		line := ""
		for _, name := range i.Names {
			line += name.Familiar() + " "
		}
		line += fmt.Sprintf("%d layers", len(i.Layers))
		if i.Used {
			line += " used"
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return strings.Join(lines, ", ")
}

// entries tells what index.json says.
func entries(t testing.TB, s *Store) string {
	t.Helper()
	content, err := os.ReadFile(s.path(indexFile))
	must(t, err)
	var i index
	must(t, json.Unmarshal(content, &i))
	var lines []string
	for _, e := range i.Manifests {
		lines = append(lines, e.Digest.Short()+" "+e.Annotations[refName])
	}
	return strings.Join(lines, ", ")
}

func expectClean(t testing.TB, s *Store) {
	t.Helper()
	problems, err := s.Check(context.Background(), nil)
	must(t, err)
	for _, p := range problems {
		t.Errorf("check: %s", p)
	}
}

func TestNames(t *testing.T) {
	s := openStore(t, stateDir(t))
	one, err := take(s, []string{"a"}, reference(t, "one"), reference(t, "localhost:5000/x:y"))
	must(t, err)
	two, err := take(s, []string{"a", "b"}, reference(t, "one"), reference(t, "one@sha256:"+strings.Repeat("0", 64)))
	must(t, err)
	if got := list(t, s); got != "localhost:5000/x:y 1 layers, one:latest one@sha256:"+strings.Repeat("0", 64)+" 2 layers" {
		t.Error(got)
	}
	must(t, s.Untag(reference(t, "localhost:5000/x:y")))
	if got := list(t, s); !strings.HasPrefix(got, "1 layers, one") {
		t.Errorf("dangling: %s", got)
	}
	want := two.Manifest.Digest.Short() + " docker.io/library/one:latest, " +
		two.Manifest.Digest.Short() + " docker.io/library/one@sha256:" + strings.Repeat("0", 64) + ", " + one.Manifest.Digest.Short() + " "
	if got := entries(t, s); got != want {
		t.Errorf("index.json: %s\nnot %s", got, want)
	}
	var missing *image.NotFoundError
	if err := s.Untag(reference(t, "one"), reference(t, "none")); !errors.As(err, &missing) || missing.Name != "none:latest" {
		t.Errorf("untag one that is not there: %v", err)
	}
	if got := list(t, s); !strings.Contains(got, "one:latest") {
		t.Errorf("a name went with one that is not there: %s", got)
	}
	must(t, s.Tag(one.Manifest.Digest, reference(t, "again")))
	if err := s.Tag(manifest.DigestOf(nil), reference(t, "again")); err == nil {
		t.Error("a name for no image")
	}
	if got := list(t, s); !strings.HasPrefix(got, "again:latest 1 layers") {
		t.Error(got)
	}
	long := reference(t, "a/"+strings.Repeat("b", 240)+":"+strings.Repeat("c", 128))
	must(t, s.Tag(one.Manifest.Digest, long))
	if got := list(t, s); !strings.Contains(got, strings.Repeat("c", 128)) {
		t.Error(got)
	}
	expectClean(t, s)
}

func TestRemoveImage(t *testing.T) {
	state := stateDir(t)
	s := openStore(t, state)
	name, other := reference(t, "one"), reference(t, "two")
	one, err := take(s, []string{"a", "b"}, name)
	must(t, err)
	_, err = take(s, []string{"a"}, other)
	must(t, err)
	digest := one.Manifest.Digest

	expectUsed := func(by string, names ...image.Reference) {
		t.Helper()
		var used *InUseError
		if err := s.RemoveImage(digest, names...); !errors.As(err, &used) || !strings.Contains(used.By, by) {
			t.Errorf("removed, though it is used by %s: %v", by, err)
		}
	}
	expectUsed("the name one:latest")
	opened, err := image.Open(state, "one")
	must(t, err)
	expectUsed("runs", name)
	must(t, opened.Close())

	kept := filepath.Join(state, containersDir, "0123456789ab")
	must(t, os.MkdirAll(kept, 0o700))
	must(t, os.WriteFile(filepath.Join(kept, containerFile), []byte(`{"version":1,"manifest":"`+string(digest)+`"}`), 0o600))
	expectUsed("container 0123456789ab", name)
	if got := list(t, s); got != "one:latest 2 layers used, two:latest 1 layers" {
		t.Error(got)
	}
	must(t, os.WriteFile(filepath.Join(kept, containerFile), []byte("{"), 0o600))
	if err := s.RemoveImage(digest, name); err == nil || !strings.Contains(err.Error(), "0123456789ab") {
		t.Errorf("a container that may need it: %v", err)
	}
	must(t, os.RemoveAll(kept))

	must(t, s.RemoveImage(digest, name))
	var gone *image.NotFoundError
	if err := s.RemoveImage(digest, name); !errors.As(err, &gone) {
		t.Errorf("removed twice: %v", err)
	}
	if _, err := image.Open(state, "one"); !errors.As(err, &gone) {
		t.Errorf("open: %v", err)
	}
	collected, err := s.Collect(context.Background(), false)
	if collected.Blobs != 3 || collected.Layers != 1 || err != nil {
		t.Errorf("%+v, %v", collected, err)
	}
	if got := list(t, s); got != "two:latest 1 layers" {
		t.Error(got)
	}
	expectClean(t, s)
}

// An image that comes again by another index is known by that, unless somebody uses it.
func TestCommitFromAnotherIndex(t *testing.T) {
	state := stateDir(t)
	s := openStore(t, state)
	one, err := take(s, []string{"a"}, reference(t, "one"))
	must(t, err)
	commit := func(text string) {
		t.Helper()
		record := *one
		l := lease(t, s)
		if text != "" {
			record.Index, err = l.PutDocument([]byte(`{"schemaVersion":2,"manifests":[],"annotations":{"text":"` + text + `"}}`))
			must(t, err)
		}
		must(t, l.Commit(&record))
		must(t, l.Close())
	}
	index := func() image.Digest {
		t.Helper()
		record, err := s.layout.ReadRecord(one.Manifest.Digest)
		must(t, err)
		return record.Index
	}
	commit("first")
	first := index()
	if first == "" {
		t.Error("no index")
	}
	commit("")
	if index() != first {
		t.Error("the index is forgotten")
	}
	opened, err := image.Open(state, "one")
	must(t, err)
	commit("second")
	if index() != first {
		t.Error("the record of an image in use is another one")
	}
	if err := s.RemoveImage(one.Manifest.Digest, reference(t, "one")); !errors.As(err, new(*InUseError)) {
		t.Error(err)
	}
	must(t, opened.Close())
	commit("second")
	if index() == first {
		t.Error("the index is the old one")
	}
	if collected, err := s.Collect(context.Background(), true); collected.Blobs != 1 || err != nil {
		t.Errorf("%+v, %v", collected, err)
	}
	expectClean(t, s)
}

// Nothing is garbage where it cannot be told what an image needs.
func TestCollectWithADamagedRecord(t *testing.T) {
	s := openStore(t, stateDir(t))
	one, err := take(s, []string{"a"}, reference(t, "one"))
	must(t, err)
	must(t, os.WriteFile(s.layout.Record(one.Manifest.Digest), []byte("{}"), 0o600))
	before := files(t, s)
	var damaged *image.DamagedError
	if _, err := s.Collect(context.Background(), true); !errors.As(err, &damaged) {
		t.Error(err)
	}
	if after := files(t, s); after != before {
		t.Errorf("%s\nnot %s", after, before)
	}
	two, err := take(s, []string{"b"}, reference(t, "two"))
	must(t, err)
	images, err := s.Images()
	if !errors.As(err, &damaged) || len(images) != 1 || images[0].Manifest != two.Manifest {
		t.Errorf("%d images, %v", len(images), err)
	}
}

func TestCommitWithoutAPart(t *testing.T) {
	s := openStore(t, stateDir(t))
	one, err := take(s, []string{"a"}, reference(t, "one"))
	must(t, err)
	for name, change := range map[string]func(r *image.Record){
		"blob":    func(r *image.Record) { r.Layers[0].Blob.Digest = manifest.DigestOf([]byte("missing")) },
		"layer":   func(r *image.Record) { r.Layers[0].DiffID = manifest.DigestOf([]byte("missing")) },
		"config":  func(r *image.Record) { r.Config.Digest = manifest.DigestOf([]byte("missing")) },
		"index":   func(r *image.Record) { r.Index = manifest.DigestOf([]byte("missing")) },
		"path":    func(r *image.Record) { r.Layers[0].Chain = "sha256:../.." },
		"version": func(r *image.Record) { r.Version = 2 },
	} {
		record := *one
		record.Layers = slices.Clone(one.Layers)
		record.Manifest.Digest = manifest.DigestOf([]byte(name))
		change(&record)
		l := lease(t, s)
		if err := l.Commit(&record, reference(t, "two")); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
		must(t, l.Close())
	}
	if got := list(t, s); got != "one:latest 1 layers" {
		t.Error(got)
	}
}

func TestDiskUsage(t *testing.T) {
	s := openStore(t, stateDir(t))
	if u, err := s.DiskUsage(); u.Total != 0 || err != nil {
		t.Errorf("%+v, %v", u, err)
	}
	one, err := take(s, []string{"shared layer", "a"}, reference(t, "one"))
	must(t, err)
	two, err := take(s, []string{"shared layer", "bb"}, reference(t, "two"))
	must(t, err)
	l := lease(t, s)
	must(t, takeBlob(l, blobOf("garbage"), "garbage"))
	write(t, partial(t, l, blobOf("partial")), "par")
	documents := func(r *image.Record) int64 { return r.Manifest.Size + r.Config.Size }
	u, err := s.DiskUsage()
	must(t, err)
	shared, ofOne, ofTwo := int64(2*len("shared layer")), 2+documents(one), 4+documents(two)
	if u.Total != shared+ofOne+ofTwo || u.Reclaimable != u.Total || u.Garbage != 7 || u.Partial != 3 || u.Layers != 3 {
		t.Errorf("%+v", u)
	}
	for _, i := range u.Images {
		want := ofOne
		if i.Manifest == two.Manifest {
			want = ofTwo
		}
		if i.Shared != shared || i.Unique != want {
			t.Errorf("%v: shared %d, unique %d", i.Names, i.Shared, i.Unique)
		}
	}
	opened, err := image.Open(s.state, "one")
	must(t, err)
	if u, err = s.DiskUsage(); u.Reclaimable != ofTwo || err != nil {
		t.Errorf("reclaimable %d, not %d, %v", u.Reclaimable, ofTwo, err)
	}
	must(t, opened.Close())
}

// The store's directories are closed, and who passes them is told by mode alone.
func TestModes(t *testing.T) {
	state := stateDir(t)
	s := openStore(t, state)
	old := unix.Umask(0)
	_, err := take(s, []string{"a"}, reference(t, "one"))
	unix.Umask(old)
	must(t, err)
	must(t, filepath.WalkDir(s.path(), func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if rest, inLayer := strings.CutPrefix(path, s.path(image.LayersDir)+"/host/"); inLayer && strings.Contains(rest, "/"+image.LayerRoot) {
			return err // the layer's own
		}
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v", path, info.Mode())
		}
		return err
	}))
	if info, err := os.Stat(state); err != nil || info.Mode().Perm()&0o066 != 0 {
		t.Errorf("%s: %v", state, info.Mode())
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(state string) error
		want    string
	}{
		"open to others":     {func(state string) error { return os.Chmod(filepath.Join(state, "images"), 0o777) }, "can be written to by others"},
		"of somebody else":   {func(state string) error { return os.Chown(filepath.Join(state, "images"), 12345, -1) }, "belongs to user 12345"},
		"file, no directory": {func(state string) error { return replace(filepath.Join(state, "images")) }, "not a directory"},
	} {
		if os.Geteuid() != 0 && strings.Contains(c.want, "user") {
			continue
		}
		state := stateDir(t)
		must(t, os.MkdirAll(filepath.Join(state, "images"), 0o700))
		must(t, c.prepare(state))
		if _, err := Open(state); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, dir := range directories()[1:] {
		state := stateDir(t)
		s := openStore(t, state)
		lease(t, s)
		must(t, replace(s.path(dir)))
		if _, err := s.Lease(); err == nil || !strings.Contains(err.Error(), s.path(dir)) || !strings.Contains(err.Error(), "not a directory") {
			t.Errorf("a file %s: %v", dir, err)
		}
		must(t, os.Remove(s.path(dir))) // the lease ends in peace
		must(t, os.Mkdir(s.path(dir), 0o700))
	}
	shared := filepath.Join(t.TempDir(), "shared")
	must(t, os.Mkdir(shared, 0o777))
	must(t, os.Chmod(shared, 0o777))
	s := openStore(t, filepath.Join(shared, "state"))
	if _, err := s.Lease(); err == nil || !strings.Contains(err.Error(), "everybody can write to") {
		t.Errorf("where everybody may put another store: %v", err)
	}
	if _, err := Open(""); err == nil {
		t.Error("no directory")
	}
}

// replace makes a file of a directory.
func replace(dir string) error {
	return errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o600))
}

// Root of a user namespace, who may be another user of the host, puts links and sockets in the
// place of its layers: they go like any garbage, what they lead to stays, and nothing else is kept by them.
func TestForeignAmongLayers(t *testing.T) {
	state := stateDir(t)
	s := openStore(t, state)
	_, err := take(s, []string{"a"}, reference(t, "one"))
	must(t, err)
	victim := t.TempDir()
	must(t, os.WriteFile(filepath.Join(victim, "file"), []byte("kept"), 0o600))
	theirs := s.path(image.LayersDir, "user-0123456789abcdef")
	must(t, os.Mkdir(theirs, 0o700))
	must(t, os.Symlink(victim, filepath.Join(theirs, "0123456789abcdef0123456789")))
	must(t, os.Symlink(filepath.Join(victim, "file"), s.path(image.TrashDir, "0123456789ab")))
	must(t, unix.Mknod(filepath.Join(theirs, "1123456789abcdef0123456789"), unix.S_IFSOCK|0o600, 0))
	must(t, os.WriteFile(s.path(image.TrashDir, "1123456789ab"), nil, 0o600))
	if _, err := s.Collect(t.Context(), true); err != nil {
		t.Error(err)
	}
	for _, dir := range []string{theirs, s.path(image.TrashDir)} {
		if left, err := os.ReadDir(dir); len(left) > 0 || err != nil && !os.IsNotExist(err) {
			t.Errorf("%s: %v, %v", dir, left, err)
		}
	}
	if content, err := os.ReadFile(filepath.Join(victim, "file")); string(content) != "kept" {
		t.Error(err)
	}
}
