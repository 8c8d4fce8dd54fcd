package cgroups

import (
	"fmt"
	"os"
	"testing"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// On v1 every cgroup can have children, in each hierarchy another.
func TestParentInV1(t *testing.T) {
	tests := []struct{ root, membership, want string }{
		{"/", "4:memory:/\n", "/mydocker"},
		{"/", "4:memory:/job/step\n3:cpu:/other\n", "/job/step/mydocker"},
		{"/", "4:memory:/mydocker/0123456789ab\n", "/mydocker/0123456789ab/mydocker"},
		{"/docker/abc", "4:memory:/docker/abc\n", "/mydocker"}, // a bind mount of it
		{"/docker/abc", "4:memory:/docker/abc/x\n", "/x/mydocker"},
		{"/docker/abc", "4:memory:/elsewhere\n", "/mydocker"}, // not seen here
		{"/", "3:cpu:/other\n", "/mydocker"},
	}
	for _, test := range tests {
		h := &subsystems.Hierarchy{Version: subsystems.V1, Mountpoint: "/m", Root: test.root, Controllers: []string{"memory"}}
		m := &CgroupManager{memberOf: test.membership}
		if _, got, err := m.parentIn(h, nil); err != nil || got != test.want {
			t.Errorf("root %s, member of %q: %q, %v; want %q", test.root, test.membership, got, err, test.want)
		}
	}
	asked := &CgroupManager{parent: "/asked", memberOf: "4:memory:/job\n"}
	if _, got, err := asked.parentIn(hierarchyOf(subsystems.V1, "memory"), nil); err != nil || got != "/asked" {
		t.Errorf("a parent that was asked for: %q, %v", got, err)
	}
}

// On v2 it is the nearest one without processes, but no limit is left for it, and no
// container of mydocker's.
func TestNearest(t *testing.T) {
	const id = "0123456789ab"
	tests := []struct {
		name  string
		own   string
		files map[string]string
		want  string
	}{
		{"the root", "/", nil, "/"},
		{"a session", "/slice/session", nil, "/slice"},
		{"processes above, too", "/slice/session", map[string]string{"slice/cgroup.procs": "7\n"}, "/"},
		{"the slice has not the controllers, and can get them", "/slice/session", map[string]string{"slice/cgroup.controllers": "pids\n"}, "/slice"},
		{"nor has what is above, which holds processes", "/top/slice/session", map[string]string{
			"top/slice/cgroup.controllers": "pids\n", "top/cgroup.procs": "7\n",
		}, "/"},
		{"what is above holds processes, but gives them", "/top/slice/session", map[string]string{"top/cgroup.procs": "7\n"}, "/top/slice"},
		{"a limit of memory", "/slice/session", map[string]string{"slice/session/memory.max": "1048576\n"}, "/slice/session"},
		{"a limit of CPU time", "/slice/session", map[string]string{"slice/session/cpu.max": "50000 100000\n"}, "/slice/session"},
		{"CPUs", "/slice/session", map[string]string{"slice/session/cpuset.cpus": "0\n"}, "/slice/session"},
		{"a limit that slows down", "/slice/session", map[string]string{"slice/session/memory.high": "1048576\n"}, "/slice/session"},
		{"no swap", "/slice/session", map[string]string{"slice/session/memory.swap.max": "0\n"}, "/slice/session"},
		{"a limit of a disk", "/slice/session", map[string]string{"slice/session/io.max": "8:0 rbps=1048576 wbps=max riops=max wiops=max\n"}, "/slice/session"},
		{"limits that are none", "/slice/session", map[string]string{
			"slice/session/memory.max": "max\n", "slice/session/cpu.max": "max 100000\n", "slice/session/cpuset.cpus": "\n", "slice/session/pids.max": "9\n",
			"slice/session/memory.high": "max\n", "slice/session/memory.swap.max": "max\n", "slice/session/io.max": "",
		}, "/slice"},
		{"a limit further up is kept", "/slice/session", map[string]string{"slice/memory.max": "1048576\n"}, "/slice"},
		{"a limit between", "/top/slice/session", map[string]string{"top/slice/memory.max": "1048576\n", "top/slice/cgroup.procs": "7\n"}, "/top/slice/session"},
		{"another container", "/mydocker/" + id, map[string]string{"mydocker/" + id + "/ours": ""}, "/mydocker/" + id},
		{"what only has its name", "/other/" + id, nil, "/other"},
		{"what only has its name, and a limit", "/other/" + id, map[string]string{"other/" + id + "/memory.max": "1048576\n"}, "/other/" + id},
		{"a namespace's root that holds processes", "/session", map[string]string{"cgroup.type": "domain\n", "cgroup.procs": "1\n"}, "/session"},
	}
	for _, test := range tests {
		files := map[string]string{}
		for _, dir := range []string{"", "slice/", "slice/session/", "top/", "top/slice/", "top/slice/session/", "session/", "mydocker/", "mydocker/" + id + "/", "other/" + id + "/", "other/"} {
			files[dir+"cgroup.controllers"], files[dir+"cgroup.procs"] = "cpu memory\n", ""
			if dir != "" {
				files[dir+"cgroup.type"] = "domain\n"
			}
		}
		for name, content := range test.files {
			files[name] = content
		}
		h := fake(t, subsystems.V2, files)
		if _, ours := test.files["mydocker/"+id+"/ours"]; ours {
			addLockFiles(t, h.Dir(test.own), lockMode)
		}
		if got := nearest(h, test.own, []string{"cpu", "memory"}); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// Where the mount is wider than mydocker's cgroup namespace, its own cgroup has no
// name that would lead there.
func TestFindOwn(t *testing.T) {
	pid := fmt.Sprintf("1\n%d\n", os.Getpid())
	h := fake(t, subsystems.V1, map[string]string{
		"a/b/cgroup.procs": "1\n", "a/c/d/cgroup.procs": pid, "e/cgroup.procs": "1" + pid[2:] + "2\n",
	})
	h.Controllers = []string{"memory"}
	for _, test := range []struct{ root, name, want string }{
		{"/../../..", "/", "/a/c/d"}, {"/../..", "/d", "/a/c/d"}, {"/..", "/", "/"}, {"/../..", "/", "/"},
	} {
		h.Root = test.root
		if got := ownCgroup(h, "1:memory:"+test.name+"\n"); got != test.want {
			t.Errorf("root %s, member of %s: %q, want %q", test.root, test.name, got, test.want)
		}
	}
}

// A container within another one takes away its parent, and nothing that was there.
func TestRemoveParentsUpToBase(t *testing.T) {
	h := fake(t, subsystems.V1, nil)
	const outer = "/mydocker/aaaaaaaaaaaa"
	mustMake(t, h.Dir(outer))
	m := &CgroupManager{id: testID, Resource: noLimits(), memberOf: "1:memory:" + outer + "\n"}
	h.Controllers = []string{"memory"}
	tr, err := m.treeOf(h, Layout{"memory": h})
	if err != nil || tr.cgroup != outer+"/mydocker/"+testID {
		t.Fatalf("treeOf() = %+v, %v", tr, err)
	}
	tr.add(subsystems.New("memory", h, m.observe))
	m.log, _ = newLog()
	actAsKernel(t, m)
	if err := m.Set(); err != nil {
		t.Fatal(err)
	}
	destroy(t, m)
	if exists(t, h.Dir(outer+"/mydocker")) || !exists(t, h.Dir(outer)) {
		t.Error("the parent is left, or the outer container's cgroup gone")
	}
}
