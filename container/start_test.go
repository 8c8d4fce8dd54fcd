package container

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/container/child/bare"
	"github.com/mydocker/mydocker/container/initproc"
)

// starter starts nothing: it tells what errors the starts are to end with, and how
// many there were.
type starter struct {
	errors []unix.Errno
	pid    int
	starts int
}

func (s *starter) CloneInit(b *bare.InitClone, _ func()) {
	b.Errno = s.errors[s.starts]
	b.Pid = s.pid
	s.starts++
}

func (s *starter) Execute([]string, []string) error { return unix.ENOSYS }

// A kernel that cannot have a process born in a v2 cgroup is asked again without
// that. But where init was born and something else failed, there must be no second.
func TestStartsOnce(t *testing.T) {
	for _, test := range []struct {
		starter
		want int
	}{
		{starter{errors: []unix.Errno{unix.ENOSYS, unix.EIO}}, 2},
		{starter{errors: []unix.Errno{unix.EPERM, unix.EIO}}, 2},
		{starter{errors: []unix.Errno{unix.ENOMEM}}, 1},
		{starter{errors: []unix.Errno{unix.EPERM}, pid: os.Getpid()}, 1},
	} {
		r := explained(t, subsystems.V2)
		if err := os.MkdirAll(r.cgroups.V2Dir(), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if r.process, err = initproc.NewParentProcess([3]int{0, 1, 2}, false, false, 0); err != nil {
			t.Fatal(err)
		}
		r.cloner = &test.starter
		last := test.errors[len(test.errors)-1]
		if err := r.startInit(); !errors.Is(err, last) {
			t.Errorf("%v: %v", test.errors, err)
		}
		if test.starts != test.want {
			t.Errorf("%v with pid %d: %d starts, want %d", test.errors, test.pid, test.starts, test.want)
		}
	}
}
