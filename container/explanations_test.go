package container

import (
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/container/rootfs"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/stdio"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/utils"
)

// explained is a run of which nothing has been done but to find the cgroups.
func explained(t *testing.T, version subsystems.Version) *run {
	t.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := null.Close(); err != nil {
			t.Error(err)
		}
	})
	h := &subsystems.Hierarchy{Version: version, Mountpoint: t.TempDir(), Root: "/"}
	layout := cgroups.Layout{subsystems.MemoryName: h, subsystems.CPUName: h}
	res := &subsystems.ResourceConfig{
		Memory:    subsystems.Limit[int64]{Value: 64 << 20},
		CPUShares: subsystems.Limit[uint64]{Value: 512},
	}
	log := logrus.New()
	log.SetOutput(io.Discard)
	r := &run{
		config:  &Config{Spec: spec.Spec{Command: []string{"true"}, Resources: res, CgroupParent: "/mydocker"}},
		streams: stdio.Streams{Stdin: null, Stdout: null, Stderr: null}, log: log,
	}
	r.config.World, r.config.Root = spec.World{User: "0"}, spec.Root{Dir: "/var/empty", Overlay: true}
	r.config.Lifetime = spec.Lifetime{Timeout: time.Second, StopSignal: unix.SIGTERM}
	r.config.Security.CapDrop = []string{"CAP_CHOWN"}
	r.config.Name, r.config.IDFile, r.config.PIDFile = "box", "id", "pid"
	r.config.Namespaces.User = &spec.UserNamespace{UIDs: []spec.IDMap{{Size: 1}}, GIDs: []spec.IDMap{{Size: 1}}}
	if r.userNamespace, err = users.ResolveAsRoot(r.config.Namespaces.User); err != nil {
		t.Fatal(err)
	}
	r.config.Mounts = []spec.Mount{{Type: spec.MountBind, Source: "/no/such/volume", Target: "/v", CreateSource: true, Chown: true}}
	if r.mounts, _, err = rootfs.FindMounts(r.config.Mounts, true); err != nil {
		t.Fatal(err)
	}
	if r.cgroups, err = cgroups.NewCgroupManager("/mydocker", "0123456789ab", res, layout, log); err != nil {
		t.Fatal(err)
	}
	return r
}

// Every step of mydocker says what it does and why. A user namespace changes who
// makes the others, but not that somebody does.
func TestStepsAreExplained(t *testing.T) {
	for _, version := range []subsystems.Version{subsystems.V1, subsystems.V2} {
		r := explained(t, version)
		for _, s := range steps() {
			if s.explain == nil {
				t.Errorf("%s: it is not explained", s.name)
				continue
			}
			if without := consequence(s.name); len(without) < 20 || !strings.HasSuffix(without, ".") {
				t.Errorf("%s: %q does not tell what goes wrong without it", s.name, without)
			}
			actions := s.explain(r)
			if len(actions) == 0 {
				t.Errorf("%s: it explains nothing", s.name)
			}
			for _, a := range actions {
				if a.Kernel == "" && a.Live && a.Shell != "" && a.Why != "" {
					continue // for a script alone
				}
				if !strings.HasSuffix(a.Kernel, ")") || !strings.HasSuffix(a.Why, ".") || a.Shell == "" && a.Position != explain.Nowhere {
					t.Errorf("%s: %+v", s.name, a)
				}
			}
		}
	}
}

// What a script makes is what was asked for: its commands are those of the plan, in
// this order, and it takes away what it has made.
func TestScript(t *testing.T) {
	for version, want := range map[subsystems.Version][]string{
		subsystems.V1: {
			"mkdir -p DIR/mydocker", "mkdir DIR/mydocker/0123456789ab",
			"echo 67108864 >DIR/mydocker/0123456789ab/memory.limit_in_bytes", "echo 512 >DIR/mydocker/0123456789ab/cpu.shares",
		},
		subsystems.V2: {
			"mkdir -p DIR/mydocker", "mkdir DIR/mydocker/0123456789ab",
			"echo +memory >DIR/cgroup.subtree_control", "echo +memory >DIR/mydocker/cgroup.subtree_control",
			"echo 67108864 >DIR/mydocker/0123456789ab/memory.max", "echo 59 >DIR/mydocker/0123456789ab/cpu.weight",
		},
	} {
		r := explained(t, version)
		script := (&explain.Script{Sections: r.sections(), Command: r.config.Command}).String()
		script = strings.ReplaceAll(script, r.cgroups.Views()[0].Mountpoint, "DIR")
		want = append(want, "echo 0 >DIR/mydocker/0123456789ab/cgroup.procs", "unshare --user --uts --ipc --net --mount --pid --propagation unchanged --keep-caps", "setsid")
		at := 0
		for _, command := range want {
			next := strings.Index(script[at:], command)
			if next < 0 {
				t.Errorf("v%d: %q is missing, or too early:\n%s", version, command, script)
				break
			}
			at += next
		}
		if !strings.Contains(script, "rmdir DIR/mydocker/0123456789ab ") || !strings.Contains(script, "rmdir DIR/mydocker 2>") {
			t.Errorf("v%d: something is left:\n%s", version, script)
		}
	}
}

// A dry run refuses what a run refuses.
func TestScriptRefuses(t *testing.T) {
	log := logrus.New()
	log.SetOutput(io.Discard)
	res := &subsystems.ResourceConfig{CPUs: subsystems.Limit[utils.CPUList]{Value: utils.CPUList{8191}, Asked: true}}
	for want, config := range map[string]*Config{
		"no command given": {},
		"CPUs 8191 ":       {Spec: spec.Spec{Command: []string{"true"}, CgroupParent: "/mydocker", Resources: res}},
	} {
		if script, err := Script(config, false, nil, nil, log); err == nil || !strings.Contains(err.Error(), want) || script != "" {
			t.Errorf("Script(%+v) = %q, %v; want %q", config, script, err, want)
		}
	}
}
