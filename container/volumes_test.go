package container

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/container/volume"
)

func TestFillEmpty(t *testing.T) {
	old := time.Unix(1000, 0)
	for what, test := range map[string]struct {
		change func(dir string) error
		done   bool
	}{
		"empty":     {func(dir string) error { return unix.Chmod(dir, 0o3751) }, true},
		"a file":    {func(dir string) error { return os.WriteFile(filepath.Join(dir, "file"), nil, 0o600) }, false},
		"a mark":    {func(dir string) error { return unix.Setxattr(dir, "trusted.overlay.opaque", []byte("y"), 0) }, true},
		"an xattr":  {func(dir string) error { return unix.Setxattr(dir, "user.name", []byte("value"), 0) }, false},
		"a deleted": {func(dir string) error { return unix.Mknod(filepath.Join(dir, "file"), unix.S_IFCHR, 0) }, false},
	} {
		first, second, into := t.TempDir(), t.TempDir(), t.TempDir()
		if err := test.change(first); err == unix.EPERM {
			t.Skip("it takes root")
		} else if err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(first, old, old); err != nil {
			t.Fatal(err)
		}
		for _, dirs := range [][]string{{first}, {first, second}} {
			done, err := fillEmpty(nil, dirs, into)
			if err != nil || done != test.done {
				t.Errorf("%s: %v, %v", what, done, err)
			}
		}
		if done, err := fillEmpty(nil, []string{second, first}, into); err != nil || done != test.done {
			t.Errorf("%s below: %v, %v", what, done, err)
		}
		if done, err := fillEmpty(&users.UserNamespace{}, []string{first}, into); err != nil || done {
			t.Errorf("%s in a user namespace: %v, %v", what, done, err)
		}
	}
	first, into := t.TempDir(), t.TempDir()
	if err := errors.Join(unix.Chmod(first, 0o3751), os.Chtimes(first, old, old)); err != nil {
		t.Fatal(err)
	}
	if done, err := fillEmpty(nil, []string{first}, into); err != nil || !done {
		t.Errorf("%v, %v", done, err)
	}
	var stat unix.Stat_t
	if err := unix.Stat(into, &stat); err != nil || stat.Mode&0o7777 != 0o3751 || stat.Mtim.Sec != old.Unix() {
		t.Errorf("%v, %o, %d", err, stat.Mode, stat.Mtim.Sec)
	}
}

func TestNameVolumes(t *testing.T) {
	mounts := func() []spec.Mount {
		return []spec.Mount{
			{Type: spec.MountBind, Source: "/a", Target: "/a"},
			{Type: spec.MountVolume, Target: "/image"},
			{Type: spec.MountVolume, Target: "/anonymous", Volume: &spec.Volume{NoCopy: true}},
			{Type: spec.MountVolume, Target: "/named", Volume: &spec.Volume{Name: "named"}},
		}
	}
	given := mounts()
	if err := nameVolumes(given, true); err != nil {
		t.Fatal(err)
	}
	if given[1].Volume != nil || len(given[2].Volume.Name) != 64 || !given[2].Volume.Anonymous || !given[2].Volume.NoCopy {
		t.Errorf("%+v, %+v", given[1].Volume, given[2].Volume)
	}
	if uses := usesOf(given); len(uses) != 2 || uses[1] != (state.VolumeUse{Name: "named", Target: "/named"}) {
		t.Errorf("%+v", uses)
	}
	given = mounts()
	if err := nameVolumes(given, false); err != nil {
		t.Fatal(err)
	}
	if v := given[1].Volume; v == nil || len(v.Name) != 64 || !v.Anonymous || v.Name == given[2].Volume.Name {
		t.Errorf("%+v", v)
	}
}

// A volume of a container that has ended is in use, as long as the container is there.
func TestRemoveVolume(t *testing.T) {
	dir := t.TempDir()
	v, _, err := volume.Create(dir, &volume.Record{Name: "data", Anonymous: true})
	if err != nil {
		t.Fatal(err)
	}
	remove := func(at *os.File, name string) error { return os.RemoveAll(filepath.Join(at.Name(), name)) }
	if err := RemoveVolume(dir, "data", remove); !errors.As(err, new(*volume.InUseError)) || !IsVolumeUsed(err) {
		t.Errorf("%v", err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	uses := []state.VolumeUse{{Name: "data", Target: "/data", Anonymous: true}, {Name: "none", Anonymous: true}}
	c, err := state.Create(dir, &state.Record{Version: state.RecordVersion, ID: "0123456789ab", Created: time.Now(), Settings: state.Settings{Volumes: uses}})
	if err != nil {
		t.Fatal(err)
	}
	if err := RemoveVolume(dir, "data", remove); err == nil || err.Error() != "remove data: volume is in use - [0123456789ab]" || !IsVolumeUsed(err) {
		t.Errorf("%v", err)
	}
	if err := RemoveAnonymous(dir, uses, remove); err != nil {
		t.Errorf("%v", err)
	}
	if _, err := volume.Find(dir, "data"); err != nil {
		t.Errorf("%v", err)
	}
	if err := errors.Join(c.Remove(remove), c.Close()); err != nil {
		t.Fatal(err)
	}
	if err := RemoveAnonymous(dir, uses, remove); err != nil {
		t.Errorf("%v", err)
	}
	if _, err := volume.Find(dir, "data"); !errors.As(err, new(*volume.NotFoundError)) {
		t.Errorf("%v", err)
	}
}
