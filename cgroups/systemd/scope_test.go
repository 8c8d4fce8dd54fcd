package systemd

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// requireSystemd skips what needs a systemd that is this machine's.
func requireSystemd(t *testing.T) {
	t.Helper()
	if err := Check(); err != nil {
		t.Skip(err)
	}
}

// process starts one that sleeps.
func process(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("sleep", "600")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd.Process.Pid
}

func unit(t *testing.T, path string, annotations map[string]string) *Unit {
	t.Helper()
	u, err := Parse(path, "test", annotations)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// show asks systemd for a property.
func show(t *testing.T, unit, name string) string {
	t.Helper()
	output, err := exec.Command("systemctl", "show", "--value", "-p", name, unit).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(output))
}

func TestScope(t *testing.T) {
	requireSystemd(t)
	u := unit(t, "mydocker-test.slice:a:b", map[string]string{
		annotationPrefix + "TimeoutStopSec": "7",
		annotationPrefix + "After":          "['local-fs.target']",
	})
	deny := specs.LinuxDeviceCgroup{Access: "rwm"}
	path, err := Start(u, process(t), &specs.LinuxResources{Devices: []specs.LinuxDeviceCgroup{deny}})
	if err != nil {
		t.Fatal(err)
	}
	if want := "/mydocker.slice/mydocker-test.slice/a-b.scope"; path != want {
		t.Errorf("got %s, want %s", path, want)
	}
	for name, want := range map[string]string{
		"Delegate": "yes", "CollectMode": "inactive-or-failed", "ActiveState": "active", "TimeoutStopUSec": "7s",
		"Description": "mydocker container test", "DefaultDependencies": "no", "DevicePolicy": "strict", "MemoryAccounting": "yes",
		"NeedDaemonReload": "no",
	} {
		if got := show(t, u.Name, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if after := show(t, u.Name, "After"); !strings.Contains(after, "local-fs.target") {
		t.Errorf("After: %q", after)
	}
	if _, err := Start(u, process(t), nil); err == nil || !strings.Contains(err.Error(), "a unit of that name already") {
		t.Errorf("a second one: %v", err)
	}
	for range 2 {
		if err := Stop(u.Name); err != nil {
			t.Error(err)
		}
	}
	if state := show(t, u.Name, "LoadState"); state != "not-found" {
		t.Errorf("it is %s", state)
	}
	if _, err := os.Stat("/sys/fs/cgroup" + path); err == nil {
		t.Error("its cgroup is there")
	}
}

// systemd is asked by a socket of its own, and where that cannot be had by the message bus.
func TestAddresses(t *testing.T) {
	requireSystemd(t)
	for n, a := range systemAddresses() {
		path := strings.TrimPrefix(a.text, "unix:path=")
		if _, err := os.Stat(path); err != nil {
			t.Logf("%s is not there", path)
			continue
		}
		b, err := a.dial(os.Geteuid())
		if err != nil {
			t.Errorf("%s: %v", a.text, err)
			continue
		}
		u := unit(t, fmt.Sprintf("::address-%d", n), nil)
		if err := b.start(u, u.all(process(t), nil)); err != nil {
			t.Errorf("%s: %v", a.text, err)
		}
		if err := errors.Join(b.stop(u.Name), b.close()); err != nil {
			t.Errorf("%s: %v", a.text, err)
		}
	}
}

// A process that has ended is an error, and leaves no unit.
func TestScopeOfNobody(t *testing.T) {
	requireSystemd(t)
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	u := unit(t, "::nobody", nil)
	if _, err := Start(u, cmd.Process.Pid, nil); err == nil {
		t.Error("no error")
	}
	if state := show(t, u.Name, "LoadState"); state != "not-found" {
		t.Errorf("it is %s", state)
	}
}

// A property that systemd does not know is an error that names it.
func TestUnknownProperty(t *testing.T) {
	requireSystemd(t)
	u := unit(t, "::unknown", map[string]string{annotationPrefix + "Nonsense": "true"})
	if _, err := Start(u, process(t), nil); err == nil || !strings.Contains(err.Error(), "Nonsense") {
		t.Errorf("got %v", err)
	}
}

// systemd has the limits that are written, and does not undo them when it reads its
// configuration again.
func TestUpdate(t *testing.T) {
	requireSystemd(t)
	u := unit(t, "::limits", nil)
	path, err := Start(u, process(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := Stop(u.Name); err != nil {
			t.Error(err)
		}
	}()
	dirs := map[string]string{"": "/sys/fs/cgroup" + path}
	files := map[string]string{
		"memory.max": "67108864", "memory.low": "33554432", "memory.swap.max": "1048576", "memory.high": "50331648",
		"cpu.weight": "59", "cpu.max": "500000 900000", "pids.max": "20", "cpuset.cpus": "0", "cpuset.mems": "0",
	}
	if _, err := os.Stat(filepath.Join(dirs[""], "memory.max")); err != nil {
		t.Skip("cgroup v2 has no controllers here")
	}
	if err := Update(u.Name, dirs, nil, func() error { return write(dirs[""], files) }); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"MemoryMax": "67108864", "MemoryLow": "33554432", "MemorySwapMax": "1048576", "MemoryHigh": "50331648", "CPUWeight": "59",
		"CPUQuotaPerSecUSec": "560ms", "CPUQuotaPeriodUSec": "900ms", "TasksMax": "20", "AllowedCPUs": "0", "AllowedMemoryNodes": "0",
	} {
		if got := show(t, u.Name, name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	check(t, dirs[""], files)
	if output, err := exec.Command("systemctl", "daemon-reload").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	delete(files, "cpu.max") // systemd's own is a little more
	check(t, dirs[""], files)
	if err := Update(u.Name, dirs, nil, func() error { return write(dirs[""], map[string]string{"memory.max": "max", "cpu.max": "max 100000"}) }); err != nil {
		t.Fatal(err)
	}
	if memory, cpu := show(t, u.Name, "MemoryMax"), show(t, u.Name, "CPUQuotaPerSecUSec"); memory != "infinity" || cpu != "infinity" {
		t.Errorf("without limits: %s, %s", memory, cpu)
	}
}

func write(dir string, files map[string]string) error {
	for file, content := range files {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0); err != nil {
			return err
		}
	}
	return nil
}

func check(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for file, want := range files {
		content, err := os.ReadFile(filepath.Join(dir, file))
		if got := strings.TrimSpace(string(content)); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", file, got, err, want)
		}
	}
}

func TestPathIn(t *testing.T) {
	const content = "3:cpuset:/\n2:name=systemd:/system.slice/a.scope\n0::/x\n"
	if got := pathIn(content, "a.scope"); got != "/system.slice/a.scope" {
		t.Error(got)
	}
	if got := pathIn(content, "b.scope"); got != "" {
		t.Error(got)
	}
}

// Without systemd the text is that of runc, which others' tests look for.
func TestWithoutSystemd(t *testing.T) {
	if Check() == nil {
		t.Skip("systemd runs here")
	}
	const want = "systemd not running on this host, cannot use systemd cgroups manager"
	if _, err := Start(unit(t, "", nil), os.Getpid(), nil); err == nil || err.Error() != want {
		t.Error(err)
	}
	if err := Stop("a.scope"); err == nil || !strings.Contains(err.Error(), want) {
		t.Error(err)
	}
}
