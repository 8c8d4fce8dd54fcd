package bare

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

func TestCutNumber(t *testing.T) {
	tests := []struct {
		in   string
		n    uint64
		rest string
		ok   bool
	}{
		{"0 ", 0, "", true},
		{"ff 1 x y", 255, "1 x y", true},
		{"ffffffffffffffff x", 1<<64 - 1, "x", true},
		{"", 0, "", false},
		{"1", 0, "1", false},
		{" 1", 0, "1", false},
		{"-1 x", 0, "x", false},
		{"10000000000000000 x", 0, "x", false},
	}
	for _, test := range tests {
		if n, rest, ok := cutNumber(test.in); n != test.n || rest != test.rest || ok != test.ok {
			t.Errorf("cutNumber(%q) = %x, %q, %v", test.in, n, rest, ok)
		}
	}
}

func TestReadGroups(t *testing.T) {
	for groups, want := range map[string]int{"": 0, "0 ": 1, "1 ffffffff a ": 3, "1": -1, "1 x ": -1, "1  2 ": -1} {
		init := newInit(t, &wire.Config{Args: []string{"x"}, Process: wire.Process{User: "0 0 u", Groups: groups}})
		count, ok := init.readGroups()
		if want >= 0 && (!ok || count != want) || want < 0 && ok {
			t.Errorf("readGroups(%q) = %d, %v", groups, count, ok)
		}
		if want == 3 && (init.memory.groups[0] != 1 || init.memory.groups[1] != 1<<32-1 || init.memory.groups[2] != 10) {
			t.Errorf("%q: groups %v", groups, init.memory.groups[:3])
		}
	}
}

// Every setting is written whole, in its order, and the first failure ends it.
func TestSetSysctls(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	settings := []string{"-" + dir + "/not-there=1", "-" + dir + "/b=1", dir + "/a=1 2\t3", dir + "/b=x=y", dir + "/none=1", dir + "/a=never"}
	init := newInit(t, &wire.Config{Args: []string{"sysctl=" + dir + "/b=z"}, Process: wire.Process{Sysctls: settings}})
	if operand, errno := init.setSysctls(); operand != settings[4] || errno != unix.ENOENT {
		t.Errorf("%q, %v", operand, errno)
	}
	for name, want := range map[string]string{"a": "1 2\t3", "b": "x=y"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
}

// What the parent would never send is refused before anything is done.
func TestMalformedProcess(t *testing.T) {
	for _, p := range []wire.Process{
		{Sysctls: []string{"/proc"}}, {Sysctls: []string{""}}, {OOMScore: "500"},
		{Rlimits: []string{""}}, {Rlimits: []string{"7 400"}}, {Rlimits: []string{"7 400 x name"}},
		{Umask: "12"}, {Umask: "x 0022"},
		{User: "0"}, {User: "0 0"}, {User: "x 0 name"}, {User: "0 0 name", Groups: "1"},
	} {
		init := newInit(t, &wire.Config{Args: []string{"x"}, Process: p})
		var last syscall.Errno
		for _, step := range []func(*Init) (string, syscall.Errno){
			(*Init).setSysctls, (*Init).setOOMScore, (*Init).setRlimits, (*Init).setUmask, (*Init).becomeUser,
		} {
			if _, errno := step(init); errno != 0 {
				last = errno
			}
		}
		if last != unix.EPROTO {
			t.Errorf("%+v: %v, want EPROTO", p, last)
		}
	}
}

// Nothing that is not asked for is done.
func TestUnaskedProcess(t *testing.T) {
	init := newInit(t, &wire.Config{Args: []string{"x", "rlimit=7 1 1 nofile"}, Env: []string{"rlimit=7 1 1 nofile"}})
	for _, step := range []func(*Init) (string, syscall.Errno){
		(*Init).setNames, (*Init).setSysctls, (*Init).setOOMScore, (*Init).setRlimits, (*Init).enterDir, (*Init).setUmask, (*Init).becomeUser,
	} {
		if operand, errno := step(init); operand != asItWas || errno != 0 {
			t.Errorf("%q, %v", operand, errno)
		}
	}
	if init.limited || init.LimitsOpenFiles() {
		t.Error("counts as limited")
	}
}
