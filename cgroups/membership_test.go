package cgroups

import (
	"strings"
	"testing"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

func hierarchyOf(version subsystems.Version, controller string) *subsystems.Hierarchy {
	return &subsystems.Hierarchy{Version: version, Mountpoint: "/m", Root: "/", Controllers: []string{controller}}
}

func TestCgroupOf(t *testing.T) {
	const hybrid = `12:pids:/user.slice/user-0.slice/session-1.scope
11:cpuset:/
10:cpu,cpuacct:/user.slice
9:memory:/user.slice/user-0.slice/session-1.scope
8:net_cls,net_prio:/
1:name=systemd:/user.slice/user-0.slice/session-1.scope
0::/user.slice/unified.scope
`
	const v1 = "2:cpuacct,cpu:/a:b:c\n1:name=memory:/named\n"
	const v2 = "0::/system.slice/ssh.service\n"
	tests := []struct {
		content    string
		version    subsystems.Version
		controller string
		want       string
	}{
		{hybrid, subsystems.V1, "memory", "/user.slice/user-0.slice/session-1.scope"},
		{hybrid, subsystems.V1, "cpu", "/user.slice"},
		{hybrid, subsystems.V1, "cpuacct", "/user.slice"},
		{hybrid, subsystems.V1, "cpuset", "/"},
		{hybrid, subsystems.V1, "net_prio", "/"},
		{hybrid, subsystems.V1, "blkio", "/"},
		{hybrid, subsystems.V2, "memory", "/user.slice/unified.scope"},
		{v1, subsystems.V1, "cpu", "/a:b:c"},
		{v1, subsystems.V1, "memory", "/"}, // a named hierarchy is no controller
		{v1, subsystems.V2, "cpu", "/"},
		{v2, subsystems.V2, "cpu", "/system.slice/ssh.service"},
		{v2, subsystems.V1, "cpu", "/"},
		{strings.TrimSuffix(v2, "\n"), subsystems.V2, "cpu", "/system.slice/ssh.service"},
		{"0::/../outside", subsystems.V2, "cpu", "/../outside"},
		{"0::/gone (deleted)", subsystems.V2, "cpu", "/gone (deleted)"},
		{"3::/not-unified", subsystems.V2, "cpu", "/"},
		{"1:cpu:relative", subsystems.V1, "cpu", "/"},
		{"1:cpu", subsystems.V1, "cpu", "/"},
		{"", subsystems.V1, "cpu", "/"},
		{"\n\n:\n::\n:::", subsystems.V2, "cpu", "/"},
	}
	for _, test := range tests {
		if got := cgroupOf(test.content, hierarchyOf(test.version, test.controller)); got != test.want {
			t.Errorf("cgroupOf(%q, v%d %s) = %q, want %q", test.content, test.version, test.controller, got, test.want)
		}
	}
}

// Whatever the file holds, the answer is an absolute path out of one of its
// lines, and DirOf makes of it a directory below the mount point.
func FuzzCgroupOf(f *testing.F) {
	for _, seed := range []string{"", "0::/", "1:cpu,cpuacct:/a\n0::/b", "1:cpu:/..", ":::", "0::/a:b", "1:cpu:/docker/abc/x"} {
		f.Add(seed, "/docker/abc")
		f.Add(seed, "/")
	}
	f.Fuzz(func(t *testing.T, content, root string) {
		for _, version := range []subsystems.Version{subsystems.V1, subsystems.V2} {
			h := hierarchyOf(version, "cpu")
			got := cgroupOf(content, h)
			if !strings.HasPrefix(got, "/") || strings.Contains(got, "\n") {
				t.Fatalf("cgroupOf(%q, v%d) = %q", content, version, got)
			}
			if got != "/" && !strings.Contains("\n"+content+"\n", ":"+got+"\n") {
				t.Fatalf("cgroupOf(%q, v%d) = %q, which is not in it", content, version, got)
			}
			h.Root = root
			dir := h.DirOf(got)
			if (dir != "/m" && !strings.HasPrefix(dir, "/m/")) || strings.Contains(strings.TrimPrefix(dir, "/m"), "/../") {
				t.Fatalf("DirOf(%q) with root %q = %q", got, root, dir)
			}
		}
	})
}
