package images

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/imagetest"
	"github.com/mydocker/mydocker/container/image/manifest"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/container/state"
)

// newState is an empty directory of mydocker's state, which the commands use.
func newState(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	t.Setenv(state.Variable, dir)
	return dir
}

// put takes an image without layers into the store, and returns its id.
func put(t *testing.T, dir, label string, names ...string) string {
	t.Helper()
	s, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	lease, err := s.Lease()
	if err != nil {
		t.Fatal(err)
	}
	document := func(mediaType string, content []byte) image.Descriptor {
		digest, err := lease.PutDocument(content)
		if err != nil {
			t.Fatal(err)
		}
		return image.Descriptor{MediaType: mediaType, Digest: digest, Size: int64(len(content))}
	}
	made := imagetest.Image{Config: map[string]any{"Labels": map[string]string{"label": label}, "Cmd": []string{"sh"}}}
	config, err := made.Document()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := manifest.ParseConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	record := image.Record{Version: image.RecordVersion, Created: parsed.Created, Platform: parsed.Platform, Run: parsed.Run, Layers: []image.Layer{}}
	record.Config = document(manifest.OCIConfig, config)
	content, err := json.Marshal(map[string]any{"schemaVersion": 2, "mediaType": manifest.OCIManifest, "config": record.Config, "layers": []any{}})
	if err != nil {
		t.Fatal(err)
	}
	record.Manifest = document(manifest.OCIManifest, content)
	var references []image.Reference
	for _, name := range names {
		reference, err := image.ParseReference(name)
		if err != nil {
			t.Fatal(err)
		}
		references = append(references, reference)
	}
	if err := errors.Join(lease.Commit(&record, references...), lease.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	return record.ID().Hex()
}

// keep makes a directory as of a container that was kept, of the image with a name.
func keep(t *testing.T, dir, name string) {
	t.Helper()
	opened, err := image.Open(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	content, err := json.Marshal(&state.Record{Version: 1, ID: "c0ffeec0ffee", Manifest: opened.Manifest.Digest})
	if err := errors.Join(err, opened.Close()); err != nil {
		t.Fatal(err)
	}
	container := filepath.Join(dir, "containers", "c0ffeec0ffee")
	if err := errors.Join(os.MkdirAll(container, 0o700), os.WriteFile(filepath.Join(container, "container.json"), content, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// mydocker runs a command of this package, and returns what it prints, and as a line each what
// has failed.
func mydocker(t *testing.T, args ...string) (output, failed string) {
	t.Helper()
	var printed bytes.Buffer
	app := &cli.Command{Name: "mydocker", Commands: Commands(), Writer: &printed, ErrWriter: &printed, UseShortOptionHandling: true}
	err := app.Run(context.Background(), append([]string{"mydocker"}, args...))
	if several := (*exit.FailedError)(nil); err != nil && errors.As(err, &several) {
		failed = "1:"
		if several.Forced {
			failed = "0:"
		}
		for _, one := range several.Errors {
			failed += "\n" + one.Error()
		}
	} else if err != nil {
		failed = err.Error()
	}
	return printed.String(), failed
}

// expect runs a command and compares; ID stands for the ids of images.
func expect(t *testing.T, args, wantOutput, wantFailed string) {
	t.Helper()
	output, failed := mydocker(t, strings.Fields(args)...)
	if output != wantOutput {
		t.Errorf("%s prints\n%swant\n%s", args, output, wantOutput)
	}
	if failed != wantFailed {
		t.Errorf("%s fails with %q, want %q", args, failed, wantFailed)
	}
}

const listing = "images --format {{.Repository}}:{{.Tag}},{{.ID}}"

func TestRemoveByName(t *testing.T) {
	dir := newState(t)
	one := put(t, dir, "1", "a:1", "a:2")
	two := put(t, dir, "2", "example.com/b:1")
	expect(t, "rmi a:1 nosuch a:1 example.com/b:1", "Untagged: a:1\nUntagged: example.com/b:1\nDeleted: sha256:"+two+"\n",
		"1:\nNo such image: nosuch:latest\nNo such image: a:1")
	expect(t, listing, "a:2,"+one[:12]+"\n", "")
	expect(t, "image rm a:2", "Untagged: a:2\nDeleted: sha256:"+one+"\n", "")
	expect(t, "images -q", "", "")
	if blobs, err := os.ReadDir(filepath.Join(dir, "images/blobs/sha256")); err != nil || len(blobs) > 0 {
		t.Errorf("left behind: %v, %v", blobs, err)
	}
}

func TestRemoveByID(t *testing.T) {
	dir := newState(t)
	one := put(t, dir, "1", "a:1", "b:1")
	two := put(t, dir, "2", "c:1")
	three := put(t, dir, "3")
	conflict := "1:\nconflict: unable to delete " + one[:12] + " (must be forced) - image is referenced in multiple repositories"
	expect(t, "rmi "+one+" "+two[:20]+" sha256:"+three, "Untagged: c:1\nDeleted: sha256:"+two+"\nDeleted: sha256:"+three+"\n", conflict)
	expect(t, "rmi -f "+one[:12], "Untagged: a:1\nUntagged: b:1\nDeleted: sha256:"+one+"\n", "")
	expect(t, "rmi -f "+one[:12], "", "0:\nNo such image: "+one[:12]+":latest")
}

func TestRemoveWhatIsInUse(t *testing.T) {
	dir := newState(t)
	one := put(t, dir, "1", "a:1", "a:2")
	opened, err := image.Open(dir, "a:1")
	if err != nil {
		t.Fatal(err)
	}
	used := "image " + opened.Manifest.Digest.Short() + " is in use by a container or command that runs"
	expect(t, "rmi a:1", "Untagged: a:1\n", "")
	expect(t, "rmi a:2", "", "1:\nconflict: unable to remove repository reference \"a:2\" (must force): "+used)
	expect(t, "rmi -f "+one, "", "1:\nconflict: unable to delete "+one[:12]+" (cannot be forced): "+used)
	expect(t, "image prune -a -f", "Total reclaimed space: 0B\n", "")
	expect(t, listing, "a:2,"+one[:12]+"\n", "")
	expect(t, "rmi -f a:2", "Untagged: a:2\n", "")
	expect(t, listing, "<none>:<none>,"+one[:12]+"\n", "")
	partial := filepath.Join(string(image.LayoutIn(dir)), image.PartialDir, strings.Repeat("a", 64))
	if err := os.WriteFile(partial, make([]byte, 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	expect(t, "image prune -f", "Total reclaimed space: 0B\nKept for a day, so that interrupted pulls can go on: 1kB (--all removes them, too)\n", "")
	if err := os.Remove(partial); err != nil {
		t.Fatal(err)
	}
	if err := opened.Close(); err != nil {
		t.Fatal(err)
	}
	if output, failed := mydocker(t, "image", "prune", "-f"); failed != "" || !strings.HasPrefix(output, "Deleted Images:\ndeleted: sha256:"+one+"\n\nTotal reclaimed space: ") || strings.HasSuffix(output, " 0B\n") {
		t.Errorf("%s%s", output, failed)
	}
	expect(t, "images -q", "", "")
}

func TestRemoveWhatAKeptContainerNeeds(t *testing.T) {
	dir := newState(t)
	put(t, dir, "1", "a:1")
	keep(t, dir, "a:1")
	if _, failed := mydocker(t, "rmi", "a:1"); !strings.Contains(failed, "c0ffeec0ffee") || !strings.Contains(failed, "mydocker rm") {
		t.Error(failed)
	}
	expect(t, "image prune -a -f", "Total reclaimed space: 0B\n", "")
	expect(t, "rmi -f a:1", "Untagged: a:1\n", "")
}

func TestPruneFilters(t *testing.T) {
	dir := newState(t)
	one, two, three := put(t, dir, "1"), put(t, dir, "2"), put(t, dir, "3", "c:1")
	prune := func(args string) string {
		t.Helper()
		output, failed := mydocker(t, strings.Fields("image prune -f "+args)...)
		if failed != "" {
			t.Error(failed)
		}
		return output
	}
	if got := prune("--filter until=2001-01-01"); got != "Total reclaimed space: 0B\n" {
		t.Error(got)
	}
	if got := prune("--filter label=label=1"); !strings.HasPrefix(got, "Deleted Images:\ndeleted: sha256:"+one+"\n\n") {
		t.Error(got)
	}
	if got := prune("--filter label!=label=2"); got != "Total reclaimed space: 0B\n" {
		t.Error(got)
	}
	if got := prune("--filter dangling=false --filter label=label"); !strings.Contains(got, "untagged: c:1\ndeleted: sha256:"+three) || !strings.Contains(got, "deleted: sha256:"+two) {
		t.Error(got)
	}
}

func TestTagAndInspect(t *testing.T) {
	dir := newState(t)
	one := put(t, dir, "1", "a:1")
	two := put(t, dir, "2", "b:1")
	expect(t, "tag a:1 example.com/x/y:z", "", "")
	expect(t, "tag "+one[:6]+" b:1", "", "")
	expect(t, "tag nosuch b:1", "", "1:\nNo such image: nosuch:latest")
	expect(t, "images -a --no-trunc --format {{.Repository}}:{{.Tag}},{{.ID}} --filter dangling=true", "<none>:<none>,sha256:"+two+"\n", "")
	output, failed := mydocker(t, "image", "inspect", "--format", `{{.ID}} {{join .RepoTags "+"}} {{json .Config.Cmd}} {{.Os}}`, "nosuch", "a:1")
	if want := "sha256:" + one + " a:1+b:1+example.com/x/y:z [\"sh\"] linux\n"; output != want || failed != "1:\nNo such image: nosuch" {
		t.Errorf("%s%s", output, failed)
	}
	output, _ = mydocker(t, "image", "inspect", "a:1")
	var objects []inspected
	if err := json.Unmarshal([]byte(output), &objects); err != nil || len(objects) != 1 || len(objects[0].RepoDigests) != 3 || objects[0].RootFS.Type != "layers" {
		t.Errorf("%v: %s", err, output)
	}
	if output, failed := mydocker(t, "image", "inspect", "nosuch"); output != "[]\n" || failed == "" {
		t.Errorf("%s%s", output, failed)
	}
}

// The lists of other programs and people are this long.
func TestManyImages(t *testing.T) {
	dir := newState(t)
	for n := range 30 {
		put(t, dir, fmt.Sprint(n), fmt.Sprintf("many:%d", n))
	}
	output, failed := mydocker(t, "image", "ls")
	if lines := strings.Count(output, "\n"); lines != 31 || failed != "" {
		t.Errorf("%d lines: %s", lines, failed)
	}
}

func TestCheck(t *testing.T) {
	dir := newState(t)
	check := func(args ...string) (output string, err error) {
		var printed bytes.Buffer
		c := CheckCommand()
		c.Writer = &printed
		err = c.Run(context.Background(), append([]string{"check"}, args...))
		return printed.String(), err
	}
	one := put(t, dir, "1", "a:1")
	if output, err := check(); output != "the store is whole\n" || err != nil {
		t.Errorf("%s%v", output, err)
	}
	blob := filepath.Join(dir, "images/blobs/sha256", one)
	if err := errors.Join(os.Chmod(blob, 0o600), os.WriteFile(blob, []byte("other"), 0o600)); err != nil {
		t.Fatal(err)
	}
	output, err := check()
	if !strings.Contains(output, one[:12]+" is damaged") || !strings.Contains(output, "--repair puts the store in order") || err == nil || err.Error() != exit.Status(1).Error() {
		t.Errorf("%s%v", output, err)
	}
	output, err = check("--repair")
	if !strings.HasSuffix(output, "the store is whole again\n") || err != nil {
		t.Errorf("%s%v", output, err)
	}
	if output, err := check(); output != "the store is whole\n" || err != nil {
		t.Errorf("%s%v", output, err)
	}
}
