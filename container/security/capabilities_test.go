package security

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
)

// Docker's 14, as it prints them for a container's root.
func TestDefault(t *testing.T) {
	if got := Default(); got != 0xa80425fb || len(got.Names()) != 14 {
		t.Errorf("%x, %q", uint64(got), got.Names())
	}
}

// Each number is the kernel's.
func TestNames(t *testing.T) {
	for name, number := range map[string]int{
		"CAP_CHOWN": unix.CAP_CHOWN, "CAP_SETPCAP": unix.CAP_SETPCAP, "CAP_NET_ADMIN": unix.CAP_NET_ADMIN, "CAP_SYS_ADMIN": unix.CAP_SYS_ADMIN,
		"CAP_MKNOD": unix.CAP_MKNOD, "CAP_SETFCAP": unix.CAP_SETFCAP, "CAP_SYSLOG": unix.CAP_SYSLOG, "CAP_CHECKPOINT_RESTORE": unix.CAP_CHECKPOINT_RESTORE,
	} {
		if got := spec.CapabilityNumber(name); got != number {
			t.Errorf("%s is %d, want %d", name, got, number)
		}
	}
	if name := spec.Capabilities()[unix.CAP_LAST_CAP].Name; spec.CapabilityNumber(name) != unix.CAP_LAST_CAP {
		t.Errorf("the kernel's last is %s", name)
	}
}

func TestKnown(t *testing.T) {
	known, bounding := Known()
	if !known.Has(unix.CAP_CHOWN) || known&(known+1) != 0 || bounding&^known != 0 {
		t.Errorf("%x, %x", uint64(known), uint64(bounding))
	}
}

func TestWanted(t *testing.T) {
	const all = Set(1<<41 - 1)
	const lacking = all &^ (1 << unix.CAP_SYS_RESOURCE)
	add := func(names ...string) spec.Security { return spec.Security{CapAdd: names} }
	for _, test := range []struct {
		security  spec.Security
		ownRoot   bool
		available Set
		want      Set
	}{
		{spec.Security{}, true, all, Default()},
		{spec.Security{}, false, lacking, lacking},
		{spec.Security{}, true, 1, 1}, // a default that cannot be had is left out
		{spec.Security{Privileged: true}, true, lacking, lacking},
		{add("CAP_NET_ADMIN", "CAP_CHOWN"), true, all, Default() | 1<<unix.CAP_NET_ADMIN},
		{add("ALL"), true, lacking, lacking},
		{spec.Security{CapDrop: []string{"CAP_CHOWN"}}, false, all, all &^ 1},
		{spec.Security{CapDrop: []string{"CAP_SYS_ADMIN"}}, true, all, Default()},
		{spec.Security{CapDrop: []string{"ALL"}}, true, all, 0},
		{spec.Security{CapDrop: []string{"ALL"}, CapAdd: []string{"CAP_KILL"}}, true, all, 1 << unix.CAP_KILL},
		{spec.Security{CapDrop: []string{"ALL", "CAP_KILL"}, CapAdd: []string{"CAP_KILL"}}, false, all, 1 << unix.CAP_KILL},
		{spec.Security{CapDrop: []string{"CAP_KILL"}, CapAdd: []string{"CAP_KILL"}}, true, all, Default()},
		{spec.Security{CapDrop: []string{"CAP_KILL", "ALL"}, CapAdd: []string{"ALL"}}, true, all, all &^ (1 << unix.CAP_KILL)},
		{spec.Security{CapDrop: []string{"CAP_SYS_RESOURCE"}, CapAdd: []string{"ALL", "CAP_SYS_RESOURCE"}}, true, lacking, lacking},
		{spec.Security{Privileged: true, CapDrop: []string{"CAP_SYS_BOOT"}}, true, all, all &^ (1 << unix.CAP_SYS_BOOT)},
	} {
		if got, err := Wanted(&test.security, test.ownRoot, all, test.available); got != test.want || err != nil {
			t.Errorf("%+v, %v: %q, %v; want %q", test.security, test.ownRoot, got.Names(), err, test.want.Names())
		}
	}
	for want, security := range map[string]spec.Security{
		"--cap-add CAP_SYS_RESOURCE: mydocker cannot give": add("ALL", "CAP_SYS_RESOURCE"),
		"--cap-add CAP_BPF: this kernel has no such":       add("CAP_BPF"),
		`unknown capability "CAP_X"`:                       {CapDrop: []string{"CAP_X"}},
	} {
		known := lacking&(1<<39-1) | 1<<unix.CAP_SYS_RESOURCE
		if got, err := Wanted(&security, true, known, lacking&known); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %q, %v; want %q", security, got.Names(), err, want)
		}
	}
}
