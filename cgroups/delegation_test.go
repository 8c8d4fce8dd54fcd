package cgroups

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// delegatedTree is a v2 tree in which the cgroup /user and all below it can be
// written; the files that a cgroup needs for it are what makes the difference,
// because root, who runs the tests, may write every directory.
func delegatedTree(t *testing.T, processes map[string]string) *subsystems.Hierarchy {
	t.Helper()
	h := &subsystems.Hierarchy{Version: subsystems.V2, Mountpoint: t.TempDir(), Root: "/"}
	for _, name := range []string{"/user", "/user/app", "/user/app/scope"} {
		dir := h.Dir(name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for file, content := range map[string]string{"cgroup.procs": processes[name], "cgroup.subtree_control": "", "cgroup.type": "domain"} {
			if err := os.WriteFile(dir+"/"+file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return h
}

func TestDelegatedParent(t *testing.T) {
	tests := []struct {
		own       string
		processes map[string]string
		want      string
		err       string
	}{
		{own: "/user/app/scope", processes: map[string]string{"/user/app/scope": "1\n"}, want: "/user/app/mydocker"},
		{own: "/user/app/scope", processes: map[string]string{"/user/app/scope": "1\n", "/user/app": "2\n"}, want: "/user/mydocker"},
		{own: "/user/app", want: "/user/app/mydocker"},
		{own: "/user", processes: map[string]string{"/user": "1\n"}, err: "holds processes"},
		{own: "/", err: "systemd-run --user"},
		{own: "/other", err: "systemd-run --user"},
	}
	for _, test := range tests {
		got, err := delegatedParent(delegatedTree(t, test.processes), test.own)
		var notDelegated *NotDelegatedError
		switch {
		case test.err == "" && (err != nil || got != test.want):
			t.Errorf("%s %q: %q, %v; want %q", test.own, test.processes, got, err, test.want)
		case test.err != "" && (!errors.As(err, &notDelegated) || !strings.Contains(err.Error(), test.err)):
			t.Errorf("%s %q: %q, %v; want an error about %q", test.own, test.processes, got, err, test.err)
		}
	}
}

// A limit of the user's own cgroup is not left.
func TestDelegatedParentKeepsLimits(t *testing.T) {
	h := delegatedTree(t, map[string]string{"/user/app/scope": "1\n"})
	for content, want := range map[string]string{"max\n": "/user/app/mydocker", "1048576\n": ""} {
		if err := os.WriteFile(h.Dir("/user/app/scope/memory.max"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := delegatedParent(h, "/user/app/scope"); got != want || (want == "") != (err != nil) {
			t.Errorf("memory.max of %q: %q, %v; want %q", content, got, err, want)
		}
	}
}

func TestDelegatedParentOnV1(t *testing.T) {
	layout := Layout{"memory": {Version: subsystems.V1, Mountpoint: "/m", Root: "/"}}
	if parent, err := DelegatedParent(layout); err == nil || !strings.Contains(err.Error(), "cgroup v1") {
		t.Errorf("DelegatedParent() = %q, %v", parent, err)
	}
}

func TestDropDefaults(t *testing.T) {
	reason := errors.New("reason")
	defaults := &subsystems.ResourceConfig{
		Memory: subsystems.Limit[int64]{Value: 1 << 28}, CPUs: subsystems.Limit[utils.CPUList]{Value: utils.CPUList{1}},
	}
	if dropped, err := DropDefaults(defaults, reason); !dropped || err != nil || defaults.Sets("memory") || defaults.Sets("cpuset") {
		t.Errorf("defaults: %v, %v, %+v", dropped, err, defaults)
	}
	if dropped, err := DropDefaults(&subsystems.ResourceConfig{}, reason); dropped || err != nil {
		t.Errorf("no limits: %v, %v", dropped, err)
	}
	asked := &subsystems.ResourceConfig{Memory: subsystems.Limit[int64]{Value: 1 << 28, Asked: true}}
	if _, err := DropDefaults(asked, reason); !errors.Is(err, reason) || !strings.Contains(err.Error(), "the memory limit: ") || !asked.Sets("memory") {
		t.Errorf("asked: %v, %+v", err, asked)
	}
}
