package spec

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestNamespaceFlags(t *testing.T) {
	const three = unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWNET
	tests := []struct {
		namespaces       Namespaces
		unshared, cloned int
	}{
		{Namespaces{}, three, unix.CLONE_NEWNS | unix.CLONE_NEWPID},
		{Namespaces{HostPID: true, HostNetwork: true}, unix.CLONE_NEWUTS | unix.CLONE_NEWIPC, unix.CLONE_NEWNS},
		{Namespaces{HostIPC: true, HostUTS: true}, unix.CLONE_NEWNET, unix.CLONE_NEWNS | unix.CLONE_NEWPID},
		{Namespaces{User: &UserNamespace{}}, 0, unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUSER | three},
		{Namespaces{User: &UserNamespace{}, HostNetwork: true}, 0, unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUSER | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC},
	}
	for _, test := range tests {
		if unshared, cloned := test.namespaces.Unshared(), test.namespaces.Cloned(); unshared != test.unshared || cloned != test.cloned {
			t.Errorf("%+v: %#x, %#x; want %#x, %#x", test.namespaces, unshared, cloned, test.unshared, test.cloned)
		}
	}
}
