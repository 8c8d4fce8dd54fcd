package subsystems

import "testing"

func TestHierarchyDir(t *testing.T) {
	tests := []struct{ mountpoint, path, want string }{
		{"/sys/fs/cgroup", "/", "/sys/fs/cgroup"},
		{"/sys/fs/cgroup", "/mydocker", "/sys/fs/cgroup/mydocker"},
		{"/sys/fs/cgroup/memory", "/mydocker/0123456789ab", "/sys/fs/cgroup/memory/mydocker/0123456789ab"},
		{"/mnt/two words", "/a", "/mnt/two words/a"},
	}
	for _, test := range tests {
		h := Hierarchy{Mountpoint: test.mountpoint}
		if got := h.Dir(test.path); got != test.want {
			t.Errorf("Dir(%q) below %s = %q, want %q", test.path, test.mountpoint, got, test.want)
		}
	}
}

func TestHierarchyDirOf(t *testing.T) {
	tests := []struct{ root, name, want string }{
		{"/", "/", "/m"},
		{"/", "/user.slice", "/m/user.slice"},
		{"/", "/user.slice/user-0.slice", "/m/user.slice/user-0.slice"},
		{"/docker/abc", "/docker/abc", "/m"},
		{"/docker/abc", "/docker/abc/", "/m"},
		{"/docker/abc", "/docker/abc/inner", "/m/inner"},
		{"/docker/abc/", "/docker/abc/inner", "/m/inner"},
		// Not shown by this mount: the nearest that is.
		{"/docker/abc", "/", "/m"},
		{"/docker/abc", "/docker", "/m"},
		{"/docker/abc", "/docker/abcd", "/m"},
		{"/docker/abc", "/docker/abcd/inner", "/m"},
		{"/docker/abc", "/other", "/m"},
		// Outside the cgroup namespace (cgroup_namespaces(7)).
		{"/", "/..", "/m"},
		{"/", "/../other", "/m"},
		{"/docker/abc", "/docker/abc/../../x", "/m"},
	}
	for _, test := range tests {
		h := Hierarchy{Mountpoint: "/m", Root: test.root}
		if got := h.DirOf(test.name); got != test.want {
			t.Errorf("DirOf(%q) with root %s = %q, want %q", test.name, test.root, got, test.want)
		}
	}
}
