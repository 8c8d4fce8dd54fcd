package image

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// testStore is a store with what a test puts there.
type testStore struct {
	*testing.T
	state  string
	layout Layout
}

func newTestStore(t *testing.T) *testStore {
	state := t.TempDir()
	return &testStore{T: t, state: state, layout: LayoutIn(state)}
}

func (s *testStore) write(file string, value any) {
	s.Helper()
	content, err := json.Marshal(value)
	if text, is := value.(string); is {
		content = []byte(text)
	}
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o700)
	}
	if err == nil {
		err = os.WriteFile(file+".new", content, 0o600)
	}
	if err == nil { // as the store does it: somebody may be reading
		err = os.Rename(file+".new", file)
	}
	if err != nil {
		s.Fatal(err)
	}
}

// digestOf is a digest that begins with these digits.
func digestOf(digits string) Digest {
	return Digest(algorithm + ":" + digits + strings.Repeat("0", hexLength-len(digits)))
}

func (s *testStore) image(manifest, config string, layers ...string) *Record {
	s.Helper()
	record := &Record{Version: RecordVersion, Manifest: Descriptor{Digest: digestOf(manifest)}, Config: Descriptor{Digest: digestOf(config)}}
	for _, layer := range layers {
		record.Layers = append(record.Layers, Layer{DiffID: digestOf(layer), Blob: Descriptor{Digest: digestOf(layer)}})
	}
	s.write(s.layout.Record(record.Manifest.Digest), record)
	return record
}

func (s *testStore) name(name, manifest string) {
	s.Helper()
	r, err := ParseReference(name)
	if err != nil {
		s.Fatal(err)
	}
	s.write(s.layout.Name(r), &NameRecord{Version: RecordVersion, Name: r.String(), Manifest: digestOf(manifest)})
}

func TestOpen(t *testing.T) {
	s := newTestStore(t)
	s.image("aa", "c0ffee1")
	s.image("bb", "c0ffee2")
	s.image("bc", "c0ffee2") // the same image, as another manifest
	indexed := s.image("dd", "dddd")
	indexed.Index = digestOf("ff")
	s.write(s.layout.Record(indexed.Manifest.Digest), indexed)
	s.name("alpine", "aa")
	s.name("a/b:c", "bb")
	s.name("multi:1", "dd")
	s.name("bed", "bb") // which looks like an id
	s.name("gone", "00")
	for name, want := range map[string]string{
		"alpine": "aa docker.io/library/alpine:latest", "docker.io/library/alpine:latest": "aa docker.io/library/alpine:latest", "a/b:c": "bb docker.io/a/b:c",
		"c0ffee1": "aa ", "c0ffee2": "bb ", "sha256:c0ffee1": "aa ", digestOf("c0ffee1").Hex(): "aa ", string(digestOf("c0ffee1")): "aa ", "bed": "bb docker.io/library/bed:latest",
		"alpine@" + string(digestOf("aa")):  "aa docker.io/library/alpine@" + string(digestOf("aa")),
		"multi@" + string(digestOf("ff")):   "dd docker.io/library/multi@" + string(digestOf("ff")),
		"multi:2@" + string(digestOf("ff")): "dd docker.io/library/multi:2@" + string(digestOf("ff")),
	} {
		i, err := Open(s.state, name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := i.Manifest.Digest.Hex()[:2] + " " + i.Name; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	}
	for name, want := range map[string]string{
		"debian": "No such image: debian:latest", "alpine:3": "No such image", "c0": "No such image: c0:latest", "c0ffee": "is not the id of one image alone",
		"c0ffee3": "No such image: c0ffee3:latest", digestOf("1").Hex(): "No such image", "multi@" + string(digestOf("aa")): "No such image",
		"alpine@" + string(digestOf("ff")): "No such image", "A": "must be lowercase", "gone": "leads there, and there is nothing; mydocker system check --repair",
	} {
		i, err := Open(s.state, name)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; want %q", name, i, err, want)
		}
	}
	for name, want := range map[string]bool{"alpine": true, "a/b:c": true, "c0ffee1": false, "debian": false, "./alpine": false, "": false} {
		if HasName(s.state, name) != want {
			t.Errorf("HasName(%q) is %v", name, !want)
		}
	}
	var none *NotFoundError
	if _, err := Open(t.TempDir(), "alpine"); !errors.As(err, &none) {
		t.Errorf("without a store: %v", err)
	}
}

// An image that is open cannot be locked by who wants to remove it.
func TestOpenLocks(t *testing.T) {
	s := newTestStore(t)
	record := s.image("aa", "cc")
	s.name("a", "aa")
	i, err := Open(s.state, "a")
	if err != nil {
		t.Fatal(err)
	}
	other, err := os.Open(s.layout.Record(record.Manifest.Digest))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := unix.Flock(int(other.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != unix.EWOULDBLOCK {
		t.Errorf("an image in use: %v", err)
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(int(other.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		t.Errorf("an image that is closed: %v", err)
	}
	// Who waits for the lock meanwhile finds that the image was removed, and the name means another.
	opened := make(chan *Image)
	go func() {
		i, err := Open(s.state, "a")
		if err != nil {
			t.Error(err)
		}
		opened <- i
	}()
	s.image("bb", "dd")
	s.name("a", "bb")
	if err := errors.Join(os.Remove(other.Name()), unix.Flock(int(other.Fd()), unix.LOCK_UN)); err != nil {
		t.Fatal(err)
	}
	if i := <-opened; i == nil || i.Manifest.Digest != digestOf("bb") {
		t.Errorf("opened %+v", i)
	}
}

func TestLowers(t *testing.T) {
	s := newTestStore(t)
	s.image("aa", "cc", "11", "22", "11", "33")
	s.name("a", "aa")
	i, err := Open(s.state, "a")
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	var want []string
	for _, layer := range []string{"33", "11", "22"} {
		if _, err := i.Lowers(""); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("without %s: %v", layer, err)
		}
		dir := s.layout.Layer(digestOf(layer), "")
		want = append(want, dir)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := i.Lowers(""); err != nil || strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	if _, err := i.Lowers(NewVariant("0 1 1", "0 1 1")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of another variant: %v", err)
	}
	if err := errors.Join(os.Remove(want[1]), os.Symlink("/", want[1])); err != nil {
		t.Fatal(err)
	}
	var damaged *DamagedError
	if _, err := i.Lowers(""); !errors.As(err, &damaged) {
		t.Errorf("a link for a layer: %v", err)
	}
}

func TestOpenDamaged(t *testing.T) {
	s := newTestStore(t)
	record := s.image("aa", "cc", "11")
	s.name("a", "aa")
	good, err := os.ReadFile(s.layout.Record(record.Manifest.Digest))
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{
		"", "{", "[]", string(good) + "x", strings.Replace(string(good), `"version":1`, `"version":2`, 1), strings.Replace(string(good), `"size"`, `"Size2"`, 1),
		strings.ReplaceAll(string(good), string(digestOf("11")), "sha256:../../../../etc"), strings.Replace(string(good), string(digestOf("aa")), string(digestOf("ab")), 1),
	} {
		s.write(s.layout.Record(record.Manifest.Digest), content)
		checkDamaged(t, s, content)
	}
	s.write(s.layout.Record(record.Manifest.Digest), string(good))
	for _, content := range []string{"", "{}", `{"version":1,"name":"docker.io/library/b:latest","manifest":"` + string(digestOf("aa")) + `"}`, `{"version":1,"name":"docker.io/library/a:latest","manifest":"sha256:.."}`} {
		s.write(filepath.Join(string(s.layout), NamesDir, "docker.io+library+a:latest"), content)
		checkDamaged(t, s, content)
	}
	name := filepath.Join(string(s.layout), NamesDir, "docker.io+library+a:latest")
	if err := errors.Join(os.Remove(name), unix.Mkfifo(name, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(s.state, "a"); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a FIFO: %v", err)
	}
}

func checkDamaged(t *testing.T, s *testStore, content string) {
	t.Helper()
	var damaged *DamagedError
	if i, err := Open(s.state, "a"); !errors.As(err, &damaged) || !strings.Contains(err.Error(), "mydocker system check --repair") {
		t.Errorf("%q: %v, %v", content, i, err)
	}
}

// A record of anything is refused, or has nothing but digests where paths are made of it.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"version":1,"manifest":{"digest":"` + aDigest + `"},"config":{"digest":"` + aDigest + `"},"layers":[{"diff_id":"` + aDigest + `","blob":{"digest":"` + aDigest + `"}}],"platform":{},"size":1,"run":{"Env":["A=b"]}}`))
	f.Fuzz(func(t *testing.T, content []byte) {
		record := &Record{}
		if record.parse(content, aDigest) != nil {
			return
		}
		for _, layer := range record.Layers {
			if name := strings.TrimSuffix(LayerName(layer.Key()), "/"+LayerRoot); len(name) != layerDigits || !isHex(name) {
				t.Fatalf("%q", name)
			}
		}
	})
}

// A store that others can write to is not used.
func TestOpenOfOthers(t *testing.T) {
	s := newTestStore(t)
	s.image("aa", "cc")
	s.name("a", "aa")
	for _, c := range []struct {
		change, back func() error
		want         string
	}{
		{func() error { return os.Chmod(string(s.layout), 0o720) }, func() error { return os.Chmod(string(s.layout), 0o700) }, "can be written to by others"},
		{func() error { return os.Chown(string(s.layout), 12345, -1) }, func() error { return os.Chown(string(s.layout), os.Geteuid(), -1) }, "belongs to user 12345"},
	} {
		if err := c.change(); err != nil {
			t.Log(err) // only root gives files away
			continue
		}
		if _, err := Open(s.state, "a"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, not %q", err, c.want)
		}
		if err := c.back(); err != nil {
			t.Fatal(err)
		}
		i, err := Open(s.state, "a")
		if err != nil {
			t.Fatal(err)
		}
		i.Close()
	}
}
