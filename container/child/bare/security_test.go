package bare

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

func TestSecurityFields(t *testing.T) {
	want := wire.Security{
		Keyring: true, Capabilities: &wire.Capabilities{Drop: 1 << 40, Keep: 5, Ineffective: 1, Inherit: 4, Raise: 8, Ambient: 2}, NoNewPrivileges: true,
		Filter: "7fff000000000006", FilterFlags: 6, OwnFilter: true,
	}
	s := newInit(t, &wire.Config{Args: []string{"x"}, Security: want}).config.security
	if !s.keyring || !s.capabilities || s.drop != 1<<40 || s.sets != (capabilitySets{5, 1, 4, 8}) || s.ambient != 2 || !s.noNewPrivileges ||
		s.filter != want.Filter || s.filterFlags != 6 || !s.ownFilter {
		t.Errorf("%+v", s)
	}
	if s := newInit(t, &wire.Config{Args: []string{"x"}}).config.security; s != (security{}) {
		t.Errorf("nothing was asked for: %+v", s)
	}
}

func TestMalformedSecurity(t *testing.T) {
	for _, field := range []string{
		"capabilities=", "capabilities=1 2 3 4 5 6", "capabilities=1 2 3 ", "capabilities=1 2 3 4 5 6 7 ", "capabilities=x 2 3 4 5 6 ", "filter-flags=", "filter-flags=x",
	} {
		var c config
		var args, env [8]uintptr
		if errno := c.parse([]byte("arg=x\x00"+field+"\x00end=\x00"), args[:], env[:]); errno != unix.EPROTO {
			t.Errorf("%q: %v, want EPROTO", field, errno)
		}
	}
	init := newInit(t, &wire.Config{Args: []string{"x"}, Security: wire.Security{Filter: "7fff00000000000"}})
	if operand, errno := init.installFilter(); errno != unix.EPROTO {
		t.Errorf("%s: %v", operand, errno)
	}
}

func TestDecodeFilter(t *testing.T) {
	var filter [wire.MaxFilter]unix.SockFilter
	length, ok := decodeFilter("7fff00000000000600050003020100157fff0000", &filter)
	if ok {
		t.Errorf("half an instruction: %d", length)
	}
	length, ok = decodeFilter("7fff0000000000060005000302010015", &filter)
	if !ok || length != 2 || filter[0] != (unix.SockFilter{Code: 6, K: 0x7fff0000}) || filter[1] != (unix.SockFilter{Code: 0x15, Jt: 1, Jf: 2, K: 0x50003}) {
		t.Errorf("%d, %v, %+v", length, ok, filter[:2])
	}
	most := strings.Repeat("7fff000000000006", wire.MaxFilter)
	if length, ok := decodeFilter(most, &filter); length != wire.MaxFilter || !ok {
		t.Errorf("the longest: %d, %v", length, ok)
	}
	if _, ok := decodeFilter(most+"7fff000000000006", &filter); ok {
		t.Error("one more is taken")
	}
	if _, ok := decodeFilter("7FFF000000000006", &filter); ok {
		t.Error("capital digits are taken")
	}
}

// A filter that answers mkdir with EXDEV holds in the program that is executed, with
// no_new_privs and without.
func TestInstallFilter(t *testing.T) {
	const filterVar = "MYDOCKER_TEST_FILTER"
	if mode := os.Getenv(filterVar); mode != "" {
		runtime.LockOSThread()
		filter := fmt.Sprintf("%016x%016x%016x%016x", 0x20, uint64(unix.SYS_MKDIRAT)<<32|1<<16|0x15, 0x7fff0000<<32|6, (0x50000|uint64(unix.EXDEV))<<32|6)
		init := newInit(t, &wire.Config{Args: []string{"x"}, Security: wire.Security{
			Filter: filter, FilterFlags: 1 << 40, NoNewPrivileges: mode == "nnp", Capabilities: &wire.Capabilities{Keep: 1},
		}})
		for _, step := range []func(*Init) (string, syscall.Errno){(*Init).gainNoPrivileges, (*Init).setCapabilities, (*Init).installFilter} {
			if operand, errno := step(init); errno != 0 {
				t.Fatal(operand, errno)
			}
		}
		if err := unix.Mkdirat(unix.AT_FDCWD, "/there-is-none/x", 0o700); err != unix.EXDEV {
			t.Fatalf("mkdir: %v", err)
		}
		_, data, errno := capabilities()
		if errno != 0 || data[0].Effective&^1 != 0 || data[1].Permitted != 0 {
			t.Fatalf("capabilities %+v, %v", data, errno)
		}
		return
	}
	for _, mode := range []string{"nnp", "admin"} {
		if mode == "admin" && os.Geteuid() != 0 {
			continue // it needs CAP_SYS_ADMIN
		}
		cmd := exec.Command(os.Args[0], "-test.run=^TestInstallFilter$", "-test.v")
		cmd.Env = append(os.Environ(), filterVar+"="+mode, "GOMAXPROCS=1")
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", mode, err, output)
		}
	}
}
