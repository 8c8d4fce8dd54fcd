package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/manifest"
)

// damage is one way in which a store is not in order. What of it has to be said, and what is
// left of the images when it is repaired.
type damage struct {
	do   func(s *Store, r *image.Record) error
	says string
	left string
	done string
}

const both = "one:latest 2 layers, two:latest 1 layers"

func damages() map[string]damage {
	layer := func(s *Store, r *image.Record, n int) string { return s.layout.LayerDir(r.Layers[n].Key(), "") }
	root := func(s *Store, r *image.Record, n int) string { return s.layout.Layer(r.Layers[n].Key(), "") }
	rewrite := func(path, text string) error {
		return errors.Join(os.Remove(path), os.WriteFile(path, []byte(text), 0o400))
	}
	return map[string]damage{
		"blob of a layer": {func(s *Store, r *image.Record) error { return rewrite(s.layout.Blob(r.Layers[1].Blob.Digest), "c") },
			"image docker.io/library/one:latest: its blob 3e23e8160039 is damaged: its content has the digest sha256:2e7d2c03a950", "two:latest 1 layers", removedText},
		"missing blob": {func(s *Store, r *image.Record) error { return os.Remove(s.layout.Blob(r.Layers[1].Blob.Digest)) },
			"its blob 3e23e8160039 is missing", "two:latest 1 layers", removedText},
		"longer blob": {func(s *Store, r *image.Record) error { return rewrite(s.layout.Blob(r.Config.Digest), "{}") },
			"is damaged", "two:latest 1 layers", removedText},
		"blob that is a directory": {func(s *Store, r *image.Record) error {
			return errors.Join(os.Remove(s.layout.Blob(r.Config.Digest)), os.Mkdir(s.layout.Blob(r.Config.Digest), 0o700))
		}, "is damaged: it is not a regular file", "two:latest 1 layers", removedText},
		"blob that is not known to be on the disk": {func(s *Store, r *image.Record) error { return os.Chmod(s.layout.Blob(r.Config.Digest), 0o600) },
			"it is not known to be on the disk", both, "synced"},
		"blob of nobody": {func(s *Store, r *image.Record) error {
			return os.WriteFile(s.layout.Blob(manifest.DigestOf(nil)), []byte("x"), 0o400)
		}, "its content has the digest", both, "no image needs it"},
		"record": {func(s *Store, r *image.Record) error { return rewrite(s.layout.Record(r.Manifest.Digest), "{}") },
			"image docker.io/library/one:latest: it is about", both, "its record was made anew"},
		"missing record": {func(s *Store, r *image.Record) error { return os.Remove(s.layout.Record(r.Manifest.Digest)) },
			"docker.io/library/one:latest: the image that it names has no record", both, "made anew"},
		"record and blob": {func(s *Store, r *image.Record) error {
			return errors.Join(rewrite(s.layout.Record(r.Manifest.Digest), "{"), rewrite(s.layout.Blob(r.Config.Digest), "{}"))
		}, "it cannot be read", "two:latest 1 layers", removedText},
		"missing record and blob": {func(s *Store, r *image.Record) error {
			return errors.Join(os.Remove(s.layout.Record(r.Manifest.Digest)), os.Remove(s.layout.Blob(r.Manifest.Digest)))
		}, "has no record", "two:latest 1 layers", "removed: pull or load it again"},
		"record of another": {func(s *Store, r *image.Record) error {
			text, err := os.ReadFile(s.layout.Record(r.Manifest.Digest))
			return errors.Join(err, rewrite(s.layout.Record(r.Manifest.Digest), strings.ReplaceAll(string(text), r.Layers[0].DiffID.Hex(), r.Layers[1].DiffID.Hex())))
		}, "its record does not say what its manifest and configuration say", "two:latest 1 layers", removedText},
		"foreign record": {func(s *Store, _ *image.Record) error {
			return os.WriteFile(s.path(image.RecordsDir, "notes"), nil, 0o600)
		},
			"it is not mydocker's", both, ""},
		"name": {func(s *Store, _ *image.Record) error {
			return os.WriteFile(s.layout.Name(image.Reference{Domain: "docker.io", Path: "library/two", Tag: "latest"}), []byte("{"), 0o600)
		}, "it cannot be read", "1 layers, one:latest 2 layers", "the name is lost"},
		"file in a layer": {func(s *Store, r *image.Record) error { return os.WriteFile(root(s, r, 1)+"/new", nil, 0o600) },
			"it has 3 entries, and had 2 when it was unpacked", both, "unpacked again"},
		"mode in a layer": {func(s *Store, r *image.Record) error { return os.Chmod(root(s, r, 1)+"/file", 0o644|os.ModeSetuid) },
			"a name, mode, owner, size, time or attribute has changed", both, "unpacked again"},
		"content of a layer": {func(s *Store, r *image.Record) error { return os.WriteFile(root(s, r, 1)+"/file", []byte("x"), 0o644) },
			"a name, mode, owner, size, time or attribute has changed", both, "unpacked again"},
		"root of a layer": {func(s *Store, r *image.Record) error { return os.RemoveAll(root(s, r, 1)) },
			"no such file or directory", both, "unpacked again"},
		"layer.json": {func(s *Store, r *image.Record) error { return rewrite(layer(s, r, 1)+"/"+layerFile, "{}") },
			"it is of version 0", both, "unpacked again"},
		"no layer.json": {func(s *Store, r *image.Record) error { return os.Remove(layer(s, r, 1) + "/" + layerFile) },
			"layer.json is missing", both, "unpacked again"},
		"another layer": {func(s *Store, r *image.Record) error {
			return errors.Join(os.RemoveAll(layer(s, r, 1)), os.CopyFS(layer(s, r, 1), os.DirFS(layer(s, r, 0))))
		}, "it is the layer sha256:ca978112", both, "unpacked again"},
		"missing layer": {func(s *Store, r *image.Record) error { return os.RemoveAll(layer(s, r, 1)) },
			"its layer 3e23e8160039 is not unpacked", both, "unpacked again"},
		"index.json": {func(s *Store, _ *image.Record) error { return os.WriteFile(s.path(indexFile), []byte("{"), 0o600) },
			"index.json: it does not say what the names and records say", both, "written anew"},
		"no index.json": {func(s *Store, _ *image.Record) error { return os.Remove(s.path(indexFile)) },
			"index.json: it does not say", both, "written anew"},
		"no oci-layout": {func(s *Store, _ *image.Record) error { return os.Remove(s.path(layoutFile)) },
			"oci-layout: it is not", both, "written anew"},
		"open store":   {func(s *Store, _ *image.Record) error { return os.Chmod(s.path(), 0o755) }, "others can get at it (mode 0755)", both, "closed"},
		"open layers":  {func(s *Store, _ *image.Record) error { return os.Chmod(s.layout.Layers(""), 0o711) }, "others can get at it (mode 0711)", both, "closed"},
		"open records": {func(s *Store, _ *image.Record) error { return os.Chmod(s.path(image.RecordsDir), 0o770) }, "others can get at it", both, "closed"},
		"no trash":     {func(s *Store, _ *image.Record) error { return os.Remove(s.path(image.TrashDir)) }, "trash: it is missing", both, "made"},
		"leftovers": {func(s *Store, _ *image.Record) error {
			return errors.Join(os.WriteFile(s.path(image.PartialDir, newPrefix+"x"), nil, 0o600), os.Mkdir(s.path(image.TrashDir, "x"), 0))
		}, "left by interrupted or removed images: 2 ", both, "removed"},
		"what is not ours": {func(s *Store, _ *image.Record) error { return os.WriteFile(s.path("notes"), nil, 0o600) }, "notes: it is not mydocker's", both, ""},
	}
}

// repairTest unpacks layers as takeLayer does.
func repairTest(s *Store) *Repair {
	return &Repair{Unpack: func(_ context.Context, record *image.Record, _ image.Variant) error {
		l, err := s.Lease()
		if err != nil {
			return err
		}
		for _, layer := range record.Layers {
			text, err := s.ReadBlob(layer.Blob.Digest)
			if err != nil {
				return errors.Join(err, l.Close())
			}
			if _, err := takeLayer(l, string(text)); err != nil {
				return errors.Join(err, l.Close())
			}
		}
		return errors.Join(l.Commit(record), l.Close())
	}}
}

func problemsOf(t *testing.T, s *Store, repair *Repair) string {
	t.Helper()
	problems, err := s.Check(context.Background(), repair)
	must(t, err)
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.String())
	}
	return strings.Join(lines, "\n")
}

func TestCheck(t *testing.T) {
	for name, d := range damages() {
		t.Run(name, func(t *testing.T) {
			s := openStore(t, stateDir(t))
			one, err := take(s, []string{"a", "b"}, reference(t, "one"))
			must(t, err)
			_, err = take(s, []string{"a"}, reference(t, "two"))
			must(t, err)
			expectClean(t, s)
			must(t, d.do(s, one))
			before := files(t, s)
			if got := problemsOf(t, s, nil); !strings.Contains(got, d.says) {
				t.Errorf("%q\ndoes not say %q", got, d.says)
			}
			if after := files(t, s); after != before {
				t.Errorf("looking has changed it: %s\nto %s", before, after)
			}
			if got := problemsOf(t, s, repairTest(s)); !strings.Contains(got, d.says) || d.done != "" && !strings.Contains(got, d.done+")") && !strings.Contains(got, d.done+",") {
				t.Errorf("repair: %q\ndoes not say %q (%s)", got, d.says, d.done)
			}
			if got := list(t, s); got != d.left {
				t.Errorf("left: %s\nnot %s", got, d.left)
			}
			if d.done == "" {
				return
			}
			if got := problemsOf(t, s, repairTest(s)); strings.Contains(got, d.says) && !strings.Contains(got, "left by") {
				t.Errorf("not repaired: %s", got)
			}
			_, err = take(s, []string{"a", "b"}, reference(t, "one"))
			must(t, err)
			expectClean(t, s)
		})
	}
}

// Of a manifest in Docker's words there is one in OCI's for other programs, which can always be
// made again.
func TestManifestOfDocker(t *testing.T) {
	s := openStore(t, stateDir(t))
	l := lease(t, s)
	one, err := takeOfType(l, manifest.DockerManifest, []string{"a"}, reference(t, "one"))
	must(t, err)
	must(t, l.Close())
	if got := entries(t, s); got != one.OCI.Digest.Short()+" docker.io/library/one:latest" {
		t.Errorf("%s, and not %s", got, one.OCI.Digest)
	}
	must(t, s.Tag(one.Manifest.Digest, reference(t, "two")))
	if got := entries(t, s); strings.Count(got, one.OCI.Digest.Short()) != 2 {
		t.Error(got)
	}
	collected, err := s.Collect(context.Background(), true)
	if collected != (Collected{}) || err != nil {
		t.Errorf("%+v, %v", collected, err)
	}
	expectClean(t, s)
	path := s.layout.Blob(one.OCI.Digest)
	for name, damage := range map[string]func() error{
		"missing": func() error { return os.Remove(path) },
		"damaged": func() error { return errors.Join(os.Remove(path), os.WriteFile(path, []byte("{}"), 0o400)) },
	} {
		must(t, damage())
		for _, repair := range []*Repair{nil, {}} {
			if got := problemsOf(t, s, repair); !strings.Contains(got, "for other programs is missing or damaged") || strings.Contains(got, "\n") {
				t.Errorf("%s: %s", name, got)
			}
		}
		expectClean(t, s)
	}
	must(t, os.Remove(s.layout.Record(one.Manifest.Digest)))
	if got := problemsOf(t, s, &Repair{}); !strings.Contains(got, "made anew") {
		t.Error(got)
	}
	expectClean(t, s)
}

// An image that is in use is not removed, nor unpacked anew.
func TestRepairWhatIsUsed(t *testing.T) {
	state := stateDir(t)
	s := openStore(t, state)
	one, err := take(s, []string{"a", "b"}, reference(t, "one"))
	must(t, err)
	opened, err := image.Open(state, "one")
	must(t, err)
	must(t, os.Remove(s.layout.Blob(one.Layers[0].Blob.Digest)))
	must(t, os.Chmod(s.layout.Layer(one.Layers[1].Key(), "")+"/file", 0o600))
	got := problemsOf(t, s, repairTest(s))
	if strings.Count(got, "(not repaired: image ") == 0 || !strings.Contains(got, "is in use by a container or command that runs") {
		t.Error(got)
	}
	lowers, err := opened.Lowers("")
	must(t, err)
	if _, err := os.Stat(lowers[0] + "/file"); err != nil {
		t.Error(err)
	}
	must(t, opened.Close())
	if got := problemsOf(t, s, repairTest(s)); !strings.Contains(got, removedText) {
		t.Error(got)
	}
	if got := list(t, s); got != "" {
		t.Error(got)
	}
}

// Where nobody can unpack a layer, a damaged one goes, for the next run to unpack it.
func TestRepairWithoutUnpacking(t *testing.T) {
	s := openStore(t, stateDir(t))
	one, err := take(s, []string{"a"}, reference(t, "one"))
	must(t, err)
	must(t, os.Chmod(s.layout.Layer(one.Layers[0].Key(), "")+"/file", 0o600))
	if got := problemsOf(t, s, &Repair{}); !strings.Contains(got, "the next run unpacks it") {
		t.Error(got)
	}
	if _, err := os.Stat(s.layout.LayerDir(one.Layers[0].Key(), "")); err == nil {
		t.Error("it is still there")
	}
	if got := filepath.Base(s.path()); got != "images" {
		t.Error(got)
	}
}
