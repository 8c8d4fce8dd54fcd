package oci

import (
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// operationsOf lists what init does for a configuration, as "kind path".
func operationsOf(t *testing.T, s *specs.Spec, options Options) (plan *lifecycle.Plan, kinds []string) {
	t.Helper()
	s.Root, s.Process = &specs.Root{Path: "rootfs", Readonly: true}, &specs.Process{Cwd: "/"}
	plan = &lifecycle.Plan{Bundle: "/b", Rootfs: "/b/rootfs"}
	if err := operations(s, plan, options); err != nil {
		t.Fatal(err)
	}
	for _, o := range plan.Message.Operations {
		kinds = append(kinds, o.Kind+" "+o.Path)
	}
	return plan, kinds
}

// The root comes first and the pivot last; hooks and sysctls come when all is mounted, and what
// is masked after them.
func TestOperationsOrder(t *testing.T) {
	s := &specs.Spec{
		Mounts: []specs.Mount{
			{Destination: "/proc", Type: "proc"}, {Destination: "/sys", Type: "sysfs", Options: []string{"ro"}},
			{Destination: "/t", Type: "tmpfs", Options: []string{"ro"}}, {Destination: "t/../t/x", Source: "x", Options: []string{"bind"}},
		},
		Hooks: &specs.Hooks{CreateContainer: []specs.Hook{{Path: "/x"}}},
		Linux: &specs.Linux{MaskedPaths: []string{"/x", "/sys/y", "/proc/z"}, ReadonlyPaths: []string{"/proc/a"}},
	}
	s.Root, s.Process = &specs.Root{Path: "rootfs"}, &specs.Process{Cwd: "/"}
	plan := &lifecycle.Plan{Bundle: "/b", Rootfs: "/b/rootfs", Message: wire.Config{Process: wire.Process{Sysctls: []string{"/proc/sys/net/q=1=2"}}}}
	if err := operations(s, plan, Options{}); err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, o := range plan.Message.Operations {
		if !strings.HasPrefix(o.Path, "/dev") {
			kinds = append(kinds, o.Kind+" "+o.Path)
		}
	}
	want := []string{
		"root ", "mount /proc", "mount /sys", "mount /t", "bind /t/x", "hooks ", "sysctl /proc/sys/net/q",
		"tmpfs /b/rootfs", "file /empty-file", "directory /empty-directory", "hold /proc", "read-only /proc/a", "mask /proc/z",
		"hold /sys", "mask /sys/y", "mask /x", "remount /t", "pivot /",
	}
	if !slices.Equal(kinds, want) {
		t.Errorf("%q, want %q", kinds, want)
	}
	if len(plan.Message.Process.Sysctls) > 0 || plan.Message.Operations[len(plan.Message.Operations)-1].Mount != 0 || !plan.Message.Slave {
		t.Errorf("%+v", plan.Message)
	}
}

// In a /dev of the host's nothing is made.
func TestOperationsHostDev(t *testing.T) {
	_, kinds := operationsOf(t, &specs.Spec{Mounts: []specs.Mount{{Destination: "/dev/", Type: "bind", Source: "/dev", Options: []string{"rbind"}}}}, Options{})
	want := []string{"root ", "bind /dev", "seal-root ", "pivot /"}
	if !slices.Equal(kinds, want) {
		t.Errorf("%q, want %q", kinds, want)
	}
}

func TestOperationsRefused(t *testing.T) {
	for want, s := range map[string]*specs.Spec{
		"destination is missing":                                    {Mounts: []specs.Mount{{Type: "tmpfs"}}},
		"the container's root is what root.path names":              {Mounts: []specs.Mount{{Destination: "/..", Type: "tmpfs"}}},
		"because it is inside /proc":                                {Mounts: []specs.Mount{{Destination: "/proc/self/../x", Type: "tmpfs"}}},
		`unknown option "size" of a bind mount`:                     {Mounts: []specs.Mount{{Destination: "/x", Source: "/", Options: []string{"bind", "size"}}}},
		"source is missing":                                         {Mounts: []specs.Mount{{Destination: "/x", Options: []string{"bind"}}}},
		"tmpcopyup is an option of a tmpfs":                         {Mounts: []specs.Mount{{Destination: "/x", Type: "proc", Options: []string{"tmpcopyup"}}}},
		"which is what mount(2) takes":                              {Mounts: []specs.Mount{{Destination: "/x", Type: "overlay", Options: []string{"lowerdir=" + strings.Repeat("x", 5000)}}}},
		"rootfsPropagation=sideways is not supported":               {Linux: &specs.Linux{RootfsPropagation: "sideways"}},
		`linux.maskedPaths[1]: "x" is not an absolute path`:         {Linux: &specs.Linux{MaskedPaths: []string{"/x", "x"}}},
		`linux.readonlyPaths[0]: "/x/.." is the container's root`:   {Linux: &specs.Linux{ReadonlyPaths: []string{"/x/.."}}},
		`linux.devices[0]: /x: type "a" is none of c, u, b and p`:   {Linux: &specs.Linux{Devices: []specs.LinuxDevice{{Path: "/x", Type: "a"}}}},
		"linux.devices[0]: path is missing":                         {Linux: &specs.Linux{Devices: []specs.LinuxDevice{{Type: "c"}}}},
		"linux.devices[0]: /dev/x: there is no device 1:-1":         {Linux: &specs.Linux{Devices: []specs.LinuxDevice{{Path: "/dev/x", Type: "c", Major: 1, Minor: -1}}}},
		"/x: uidMappings and gidMappings go together":               {Mounts: []specs.Mount{{Destination: "/x", Source: "/", Options: []string{"bind"}, UIDMappings: []specs.LinuxIDMapping{{Size: 1}}}}},
		"there are no uidMappings and gidMappings, and the contain": {Mounts: []specs.Mount{{Destination: "/x", Source: "/", Options: []string{"bind", "idmap"}}}},
	} {
		s.Root, s.Process = &specs.Root{Path: "rootfs"}, &specs.Process{Cwd: "/"}
		err := operations(s, &lifecycle.Plan{Bundle: "/b", Rootfs: "/b/rootfs"}, Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	s := &specs.Spec{Root: &specs.Root{}, Process: &specs.Process{Cwd: "/"}, Linux: &specs.Linux{RootfsPropagation: "rprivate"}}
	if err := operations(s, &lifecycle.Plan{}, Options{NoPivot: true}); err == nil {
		t.Error("a private root is not safe without pivot_root")
	}
}

// What is bound is held while paths in it are covered; a cover of the whole of it has to be there.
func TestOperationsCoverBound(t *testing.T) {
	plan, kinds := operationsOf(t, &specs.Spec{
		Mounts: []specs.Mount{
			{Destination: "/proc", Type: "proc"}, {Destination: "/dev", Type: "tmpfs"},
			{Destination: "/v", Source: "/", Options: []string{"rbind"}}, {Destination: "/v/t", Type: "tmpfs"},
		},
		Linux: &specs.Linux{MaskedPaths: []string{"/v/m", "/v/t/m", "/none"}, ReadonlyPaths: []string{"/v", "/v/r"}},
	}, Options{})
	first := slices.Index(kinds, "hold /v")
	if want := []string{"hold /v", "read-only /v/r", "mask /v/m", "mask /v/t/m", "mask /none", "read-only /v"}; first < 0 || !slices.Equal(kinds[first:first+len(want)], want) {
		t.Fatalf("%q, want %q", kinds, want)
	}
	const optional, held = wire.FlagIfThere, wire.FlagInHeld
	for n, want := range []struct {
		flags uint64
		known bool
	}{{0, true}, {optional | held, false}, {optional | held, false}, {optional, false}, {optional, false}, {0, true}} {
		o := plan.Message.Operations[first+n]
		if o.Flags&(optional|held) != want.flags || (o.Data == utils.Identity("/")) != want.known {
			t.Errorf("%s: %+v", kinds[first+n], o)
		}
	}
}
