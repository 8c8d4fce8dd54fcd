package cgroups

import (
	"errors"
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

func TestWithCause(t *testing.T) {
	const delegated = "this cgroup is not delegated to you; run as root or ask for delegation"
	tests := []struct {
		version subsystems.Version
		errno   unix.Errno
		cause   string
	}{
		{subsystems.V1, unix.EROFS, "the cgroup hierarchy is mounted read-only; remount it read-write or lift the limit"},
		{subsystems.V1, unix.EACCES, delegated},
		{subsystems.V2, unix.EPERM, delegated},
		{subsystems.V2, unix.ENOENT, "the controller is not enabled in this cgroup"},
		{subsystems.V1, unix.ENOSPC, "a cpuset above has no CPUs or no memory nodes, or a cgroup limit on descendants is reached"},
		{subsystems.V1, unix.EINVAL, "the kernel does not accept this value here"},
		{subsystems.V2, unix.EOPNOTSUPP, "the cgroup above is threaded, or holds processes itself"},
		{subsystems.V2, unix.EBUSY, "a cgroup that holds processes cannot enable controllers for its children; use --cgroup-parent"},
		{subsystems.V1, unix.EBUSY, ""},
		{subsystems.V2, unix.EIO, ""},
	}
	for _, test := range tests {
		err := &utils.WriteError{Path: "/m/c/file", Value: "1", Err: test.errno}
		want := err.Error()
		if test.cause != "" {
			want += " (" + test.cause + ")"
		}
		got := WithCause(err, test.version)
		if got.Error() != want || !errors.Is(got, test.errno) {
			t.Errorf("WithCause(v%d, %v) = %q, want %q", test.version, test.errno, got, want)
		}
	}
	missing := &MissingError{"cpu", "why"}
	if got := WithCause(missing, subsystems.V1); got != error(missing) {
		t.Errorf("withCause changed %v to %v, which says it all", missing, got)
	}
}

func TestCannotGive(t *testing.T) {
	tests := []struct {
		err  error
		want bool
	}{
		{&MissingError{"cpu", "why"}, true},
		{fmt.Errorf("wrapped: %w", &MissingError{"cpu", "why"}), true},
		{unix.EROFS, true},
		{unix.EACCES, true},
		{unix.EPERM, true},
		{&utils.WriteError{Path: "p", Value: "v", Err: unix.ENOENT}, true},
		{unix.EINVAL, false},
		{unix.ENOSPC, false},
		{unix.EBUSY, false},
		{unix.EIO, false},
		{&UnavailableError{"CPUs", utils.CPUList{9}, utils.CPUList{0}}, false},
		{errors.New("other"), false},
	}
	for _, test := range tests {
		if got := cannotGive(test.err); got != test.want {
			t.Errorf("cannotGive(%v) = %v", test.err, got)
		}
	}
}

func TestErrorTexts(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{&MissingError{"memory", "nobody mounted it"}, "cgroup controller memory is not available: nobody mounted it"},
		{
			&UnavailableError{"CPUs", utils.CPUList{7, 8, 99}, utils.CPUList{0, 1}},
			"CPUs 7-8,99 are not all available: this host (or the cgroup parent) has 0-1",
		},
	}
	for _, test := range tests {
		if got := test.err.Error(); got != test.want {
			t.Errorf("%T: %q, want %q", test.err, got, test.want)
		}
	}
}
