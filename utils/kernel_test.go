package utils

import "testing"

func TestParseKernel(t *testing.T) {
	for release, want := range map[string]Kernel{
		"6.1.0-13-amd64": {6, 1}, "6.18.44-fc": {6, 18}, "3.12-1": {3, 12}, "5.4": {5, 4}, "7.0-rc1": {7, 0}, "4.19+": {4, 19},
	} {
		if got, err := ParseKernel(release); err != nil || got != want {
			t.Errorf("%s: %v, %v", release, got, err)
		}
	}
	for _, release := range []string{"", "6", "six.1", "6."} {
		if got, err := ParseKernel(release); err == nil {
			t.Errorf("%q: %v", release, got)
		}
	}
	if k, err := RunningKernel(); err != nil || !k.AtLeast(Kernel{4, 0}) {
		t.Errorf("%v, %v", k, err)
	}
}

func TestKernelAtLeast(t *testing.T) {
	for k, want := range map[Kernel]bool{{5, 10}: true, {5, 9}: false, {6, 1}: true, {4, 19}: false, {10, 0}: true} {
		if got := k.AtLeast(Kernel{5, 10}); got != want {
			t.Errorf("%v: %v", k, got)
		}
	}
}
