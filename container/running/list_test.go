package running

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

func TestLook(t *testing.T) {
	path := t.TempDir()
	message := (&wire.Config{Args: []string{"sleep", "1 2"}}).Marshal()
	k := keep(t, path, Record{ID: "aaaaaaaaaaaa", Name: "web", Pid: 1, Message: message})
	if err := os.WriteFile(filepath.Join(path, "dddddddddddd"), []byte("a leftover"), ready); err != nil {
		t.Fatal(err)
	}
	d := empty(t, path)
	listed, err := d.look("aaaaaaaaaaaa")
	if err != nil || listed == nil || listed.Name != "web" || !slices.Equal(listed.Command, []string{"sleep", "1 2"}) || listed.Since.IsZero() {
		t.Errorf("%+v, %v", listed, err)
	}
	for _, id := range []string{"dddddddddddd", "eeeeeeeeeeee"} {
		if listed, err := d.look(id); listed != nil || err != nil {
			t.Errorf("%s: %+v, %v", id, listed, err)
		}
	}
	if err := unix.Fchmod(k.fd, making); err != nil { // it is just being made: nobody waits for it
		t.Fatal(err)
	}
	if listed, err := d.look("aaaaaaaaaaaa"); listed != nil || err != nil {
		t.Errorf("%+v, %v", listed, err)
	}
	if err := k.Remove(); err != nil {
		t.Fatal(err)
	}
}
