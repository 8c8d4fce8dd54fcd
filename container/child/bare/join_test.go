package bare

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// What the parent would never send is refused before anything is joined or made.
func TestMalformedJoin(t *testing.T) {
	defer func() {
		if errno := prctl(unix.PR_SET_DUMPABLE, 1); errno != 0 {
			t.Error(errno)
		}
	}()
	for _, join := range []string{"", "7", "7 ", "7 x ", "7 0 0 "} {
		init := Init{}
		init.config.lifecycle.set([]byte(wire.KeyJoin), []byte(join))
		init.config.process.message = []byte(wire.KeyJoin + "=" + join + "\x00end=\x00")
		if operand, errno := init.joinNamespaces(); errno != unix.EPROTO {
			t.Errorf("join %q: %q, %v", join, operand, errno)
		}
		init = Init{}
		init.config.lifecycle.stage = join
		if operand, errno := init.goOnInChild(); errno != unix.EPROTO && join != "" {
			t.Errorf("stage %q: %q, %v", join, operand, errno)
		}
	}
}

// Nothing that is not asked for is joined or made.
func TestUnaskedJoin(t *testing.T) {
	init := newInit(t, &wire.Config{Args: []string{"x"}, Lifecycle: wire.Lifecycle{Outlives: true}})
	if operand, errno := init.joinNamespaces(); operand != asItWas || errno != 0 {
		t.Errorf("%q, %v", operand, errno)
	}
	if operand, errno := init.goOnInChild(); operand != asItWas || errno != 0 {
		t.Errorf("%q, %v", operand, errno)
	}
	if operand, errno := init.openTerminal(); operand != asItWas || errno != 0 {
		t.Errorf("%q, %v", operand, errno)
	}
}

func TestDigits(t *testing.T) {
	init := newInit(t, &wire.Config{Args: []string{"x"}})
	for n, want := range map[uint64]string{0: "0", 7: "7", 4194304: "4194304", 1<<64 - 1: "18446744073709551615"} {
		if got := init.digits(n); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}
