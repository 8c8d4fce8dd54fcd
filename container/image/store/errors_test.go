package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestExplained(t *testing.T) {
	for errno, want := range map[unix.Errno]string{
		unix.ENOSPC: "image prune", unix.EDQUOT: "the quota is used up", unix.EROFS: "MYDOCKER_STATE",
		unix.EMFILE: "ulimit -n", unix.ENFILE: "on this host", unix.EIO: "input/output error",
	} {
		err := Explained(fmt.Errorf("do: %w", Explained(&fs.PathError{Op: "write", Path: "x", Err: errno})))
		if !errors.Is(err, errno) || strings.Count(err.Error(), want) != 1 {
			t.Errorf("%v: %v", errno, err)
		}
	}
	if Explained(nil) != nil {
		t.Error("nothing is an error")
	}
}
