package overlay

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/mydocker/mydocker/container/spec"
)

// What a killed run's container still has mounted is waited for; a number that another
// process has by now is not.
func TestPreviousIsAwaited(t *testing.T) {
	dir := t.TempDir() + "/kept"
	use := func() (*View, error) {
		s, err := openStore(requestOf("", spec.Root{Overlay: true, Changes: dir}), false)
		return &View{store: s}, err
	}
	first, err := use()
	if err != nil {
		t.Fatal(err)
	}
	container := exec.Command("sleep", "1000")
	if err := container.Start(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(first.Started(container.Process.Pid), first.Close(true)); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		second, err := use()
		if err == nil {
			err = second.Close(true)
		}
		done <- err
	}()
	select {
	case err := <-done:
		t.Errorf("not waited: %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	if err := container.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := container.Wait(); err == nil {
		t.Error("it was not killed")
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	for _, content := range []string{"1 0 other-boot", "x", "", "-1 2 3", "99999999 1 2", strings.Repeat("1", 1000)} {
		if err := os.WriteFile(dir+"/lock", []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		third, err := use()
		if err != nil {
			t.Errorf("%.20q: %v", content, err)
			continue
		}
		if err := third.Close(true); err != nil {
			t.Error(err)
		}
	}
}
