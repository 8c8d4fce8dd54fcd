package rootfs

import (
	"slices"
	"strings"
	"testing"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
)

// kinds lists the kinds of operations, with their paths.
func kinds(operations []wire.Operation) (list []string) {
	for _, o := range operations {
		list = append(list, o.Kind+" "+o.Path)
	}
	return list
}

func planOf(t *testing.T, change func(*spec.Spec, *Host)) []wire.Operation {
	t.Helper()
	s := &spec.Spec{Root: spec.Root{Dir: t.TempDir()}}
	host := &Host{Hostname: "0123456789ab", HasTTYGroup: true, Cgroups: []Cgroup{{"/sys/fs/cgroup/memory/m/1", "/sys/fs/cgroup/memory"}, {"/c/1", "/sys/fs/cgroup/cpu,cpuacct"}}}
	if change != nil {
		change(s, host)
	}
	operations, err := Plan(s, host)
	if err != nil {
		t.Fatal(err)
	}
	return operations
}

// The host's files are there until the pivot, and nothing comes after it.
func TestPlanEndsWithPivot(t *testing.T) {
	operations := planOf(t, nil)
	last := len(operations) - 1
	if n := slices.IndexFunc(operations, func(o wire.Operation) bool { return o.Kind == wire.OpPivot }); n != last {
		t.Errorf("the pivot is number %d of %d", n, last)
	}
	if operations[0].Kind != wire.OpTmpfs || operations[1].Kind != wire.OpRoot {
		t.Errorf("it begins with %q", kinds(operations[:2]))
	}
}

// What is masked, or read-only, is so unless that is lifted, and after it is mounted.
func TestPlanMasks(t *testing.T) {
	all := kinds(planOf(t, nil))
	for _, path := range maskedPaths() {
		if !slices.Contains(all, "mask "+path) {
			t.Errorf("%s is not masked", path)
		}
	}
	for _, path := range readOnlyPaths() {
		if slices.Index(all, "read-only "+path) < slices.Index(all, "bind /proc") {
			t.Errorf("%s is not read-only", path)
		}
	}
	for _, security := range []spec.Security{{UnconfinedPaths: true}, {Privileged: true}} {
		lifted := kinds(planOf(t, func(s *spec.Spec, _ *Host) { s.Security = security }))
		if slices.ContainsFunc(lifted, func(o string) bool { return strings.HasPrefix(o, "mask") || strings.HasPrefix(o, "read-only") }) {
			t.Errorf("%+v: %q", security, lifted)
		}
	}
}

// No device can be made in a user namespace: the host's are bound.
func TestPlanDevices(t *testing.T) {
	for _, userNamespace := range []bool{false, true} {
		all := kinds(planOf(t, func(_ *spec.Spec, host *Host) { host.UserNamespace = userNamespace }))
		if made := slices.Contains(all, "node /dev/null"); made == userNamespace {
			t.Errorf("user namespace %v: made: %v", userNamespace, made)
		}
		if bound := slices.Contains(all, "bind /dev/null"); bound != userNamespace {
			t.Errorf("user namespace %v: bound: %v", userNamespace, bound)
		}
	}
}

// Hierarchies of several controllers can be found by the name of each.
func TestPlanCgroups(t *testing.T) {
	all := kinds(planOf(t, nil))
	for _, want := range []string{"bind /sys/fs/cgroup/memory", "bind /sys/fs/cgroup/cpu,cpuacct", "symlink /cgroup/cpu", "symlink /cgroup/cpuacct"} {
		if !slices.Contains(all, want) {
			t.Errorf("no %q", want)
		}
	}
	unified := kinds(planOf(t, func(_ *spec.Spec, host *Host) { host.Cgroups = []Cgroup{{"/sys/fs/cgroup/m/1", "/sys/fs/cgroup"}} }))
	if slices.Contains(unified, "directory /cgroup") || !slices.Contains(unified, "bind /sys/fs/cgroup") {
		t.Errorf("%q", unified)
	}
}

func TestDirectory(t *testing.T) {
	for dir, want := range map[string]string{
		"/no/such/root": "--rootfs /no/such/root: no such file or directory",
		"/etc/passwd":   "--rootfs /etc/passwd: not a directory",
		"/..":           "is the host's own root",
		t.TempDir():     "",
	} {
		_, err := Directory(dir)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("Directory(%q) = %v, want %q", dir, err, want)
		}
	}
}
