package bare

import (
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// What is not a message of the parent's is refused, and nothing is read behind its end.
func TestMalformedPriorities(t *testing.T) {
	long := ""
	for range wire.MaxNodeWords + 1 {
		long += "1 "
	}
	for _, test := range []struct {
		set    func(string) syscall.Errno
		values []string
	}{
		{setScheduler, []string{" ", "1", "1 ", "0 0 0 0 0 0 0", "0 0 0 0 0 0 0 0 ", "x 0 0 0 0 0 0 "}},
		{setIOPriority, []string{" ", "1", "1 2 ", "x "}},
		{setPersonality, []string{" ", "8", "8 8 ", "x "}},
		{setMemoryPolicy, []string{" ", "1", "x ", "2 x ", "2 1", "2 " + long}},
	} {
		for _, value := range test.values {
			if errno := test.set(value); errno != unix.EPROTO {
				t.Errorf("%q: %v, want EPROTO", value, errno)
			}
		}
		if errno := test.set(""); errno != 0 {
			t.Errorf("nothing was asked for: %v", errno)
		}
	}
}

// Groups stay where they cannot be set and none are asked for, but for a run, which has told the
// user why.
func TestKeepsGroups(t *testing.T) {
	for _, test := range []struct {
		lifecycle bool
		root      string
		asked     int
		want      bool
	}{
		{true, wire.RootWithGroups, 0, true}, {true, wire.RootWithGroups, 1, false},
		{true, wire.RootAlone, 0, false}, {true, "", 0, false}, {false, wire.RootWithGroups, 0, false},
	} {
		var i Init
		i.config.root, i.config.lifecycle.asked = test.root, test.lifecycle
		if got := i.keepsGroups(test.asked); got != test.want {
			t.Errorf("%+v: %v", test, got)
		}
	}
}
