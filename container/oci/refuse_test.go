package oci

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"
)

// edit is a configuration with a value at a path of keys, which are separated by dots; nil removes
// what is there.
func edit(t testing.TB, config []byte, path string, value any) []byte {
	t.Helper()
	var top map[string]any
	if err := json.Unmarshal(config, &top); err != nil {
		t.Fatal(err)
	}
	keys := strings.Split(path, ".")
	at := top
	for _, key := range keys[:len(keys)-1] {
		next, is := at[key].(map[string]any)
		if !is {
			next = map[string]any{}
			at[key] = next
		}
		at = next
	}
	if last := keys[len(keys)-1]; value == nil {
		delete(at, last)
	} else {
		at[last] = value
	}
	text, err := json.Marshal(top)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// namespacesOf are new ones of the types.
func namespacesOf(types ...string) (list []any) {
	for _, kind := range types {
		list = append(list, map[string]any{"type": kind})
	}
	return list
}

type object = map[string]any

// What is wrong or cannot be done is refused by the name of its field, whatever else is right.
func TestRefused(t *testing.T) {
	config, err := os.ReadFile("testdata/docker.json")
	if err != nil {
		t.Fatal(err)
	}
	one := func(value any) []any { return []any{value} }
	limit := func(kind string, soft, hard uint64) object { return object{"type": kind, "soft": soft, "hard": hard} }
	idmap := func(inside, outside, size uint32) object {
		return object{"containerID": inside, "hostID": outside, "size": size}
	}
	many := make([]int, 65537)
	for _, test := range []struct {
		path  string
		value any
		want  string
	}{
		{"ociVersion", "2.0.0", "ociVersion: "},
		{"ociVersion", nil, "ociVersion: it is missing"},
		{"root", nil, "root.path: it is missing"},
		{"root.path", "nowhere", "root.path: "},
		{"root.path", "config.json", "not a directory"},
		{"root.path", "/", "the host's own root"},
		{"annotations", object{"": "x"}, "annotations: a key is empty"},
		{"process", nil, "process: it is missing"},
		{"process.args", []string{}, "process.args: it must not be empty"},
		{"process.args", []string{""}, "process.args[0]: "},
		{"process.cwd", "", "process.cwd: it must not be empty"},
		{"process.cwd", "tmp", `process.cwd: "tmp" is not an absolute path`},
		{"process.env", []string{"A=1", "B"}, `process.env[1]: "B" is not NAME=VALUE`},
		{"process.env", []string{"=x"}, "process.env[0]: "},
		{"process.user.uid", math.MaxUint32, "process.user.uid: 4294967295 is no id"},
		{"process.user.gid", math.MaxUint32, "process.user.gid: "},
		{"process.user.additionalGids", []uint32{1, math.MaxUint32}, "process.user.additionalGids[1]: "},
		{"process.user.additionalGids", many, "65537 groups are more"},
		{"process.user.umask", 0o10000, "process.user.umask: 010000 has bits"},
		{"process.user.username", "root", "process.user.username: it is for windows"},
		{"process.rlimits", one(limit("RLIMIT_X", 1, 1)), `process.rlimits[0].type: unknown limit "RLIMIT_X"`},
		{"process.rlimits", one(limit("nofile", 1, 1)), "unknown limit"},
		{"process.rlimits", one(limit("RLIMIT_nofile", 1, 1)), "unknown limit"},
		{"process.rlimits", one(limit("RLIMIT_NOFILE", 2, 1)), "process.rlimits[0].soft: 2 is above"},
		{"process.rlimits", []any{limit("RLIMIT_CPU", 1, 1), limit("RLIMIT_CPU", 1, 1)}, "process.rlimits[1].type: RLIMIT_CPU is there twice"},
		{"process.oomScoreAdj", 1001, "process.oomScoreAdj: 1001 is not from -1000 to 1000"},
		{"process.consoleSize", object{"height": 65536, "width": 1}, "process.consoleSize: "},
		{"process.scheduler", object{}, "process.scheduler.policy: unknown"},
		{"process.scheduler", object{"policy": "SCHED_OTHER", "nice": 20}, "process.scheduler.nice: "},
		{"process.scheduler", object{"policy": "SCHED_OTHER", "priority": 1}, "process.scheduler.priority: only SCHED_FIFO"},
		{"process.scheduler", object{"policy": "SCHED_FIFO", "priority": -1}, "process.scheduler.priority: -1"},
		{"process.scheduler", object{"policy": "SCHED_FIFO", "runtime": 1}, "process.scheduler.runtime: only SCHED_DEADLINE"},
		{"process.scheduler", object{"policy": "SCHED_FIFO", "flags": []string{"X"}}, `process.scheduler.flags[0]: unknown value "X"`},
		{"process.ioPriority", object{"class": "IOPRIO_CLASS_X"}, "process.ioPriority.class: "},
		{"process.ioPriority", object{"class": "IOPRIO_CLASS_RT", "priority": 8}, "process.ioPriority.priority: 8 is not from 0 to 7"},
		{"process.execCPUAffinity", object{"final": "0-x"}, "process.execCPUAffinity.final: "},
		{"process.commandLine", "x", "process.commandLine: it is for windows"},
		{"hostname", strings.Repeat("x", 65), "hostname: it is longer than 64 bytes"},
		{"linux.namespaces", namespacesOf("mount", "network", "time"), "hostname: it would be the host's"},
		{"linux.namespaces", namespacesOf("mount", "mount"), "linux.namespaces[1].type: mount is there twice"},
		{"linux.namespaces", namespacesOf("mnt"), `linux.namespaces[0].type: unknown namespace "mnt"`},
		{"linux.namespaces", one(object{"type": "ipc", "path": "x"}), `linux.namespaces[0].path: "x" is not an absolute path`},
		{"linux.namespaces", namespacesOf("mount", "uts", "network", "user"), "linux.uidMappings: a new user namespace needs"},
		{"linux.uidMappings", one(idmap(0, 0, 1)), "linux.uidMappings: there is no user namespace"},
		{"linux.timeOffsets", object{"boottime": object{"nanosecs": 1000000000}}, "linux.timeOffsets.boottime: "},
		{"linux.timeOffsets", object{"realtime": object{"secs": 1}}, "linux.timeOffsets.realtime: unknown clock"},
		{"linux.sysctl", object{"kernel.hostname": "x"}, "linux.sysctl: sysctl kernel.hostname is not allowed"},
		{"linux.sysctl", object{"kernel.panic": "1"}, "linux.sysctl: sysctl \"kernel.panic\" is not allowed"},
		{"linux.sysctl", object{"net/../kernel.panic": "1"}, "is not the name of a sysctl"},
		{"linux.sysctl", object{"a=b": "1"}, "is not the name of a sysctl"},
		{"linux.personality", object{"domain": "LINUX64"}, "linux.personality.domain: "},
		{"linux.personality", object{"domain": "LINUX", "flags": []string{"x"}}, "linux.personality.flags: "},
		{"linux.memoryPolicy", object{"mode": "MPOL_X"}, "linux.memoryPolicy.mode: invalid memory policy mode: "},
		{"linux.memoryPolicy", object{"mode": "MPOL_BIND", "nodes": "1024"}, "linux.memoryPolicy.nodes: invalid memory policy nodes: there is no memory node 1024"},
		{"linux.memoryPolicy", object{"mode": "MPOL_BIND", "nodes": "x"}, "linux.memoryPolicy.nodes: invalid memory policy nodes: "},
		{"linux.memoryPolicy", object{"mode": "MPOL_LOCAL", "nodes": "0"}, "linux.memoryPolicy.nodes: MPOL_LOCAL mode requires 0 nodes but got 1"},
		{"linux.memoryPolicy", object{"mode": "MPOL_BIND", "nodes": "0", "flags": []string{"x"}}, "linux.memoryPolicy.flags[0]: invalid memory policy flag: "},
		{"linux.intelRdt", object{"closID": "x"}, "linux.intelRdt: "},
		{"linux.netDevices", object{"eth0": object{}}, "linux.netDevices: "},
		{"linux.seccomp.defaultAction", "x", `linux.seccomp: defaultAction: unknown action "x"`},
		{"linux.seccomp.x", 1, "linux.seccomp.x: unknown field"},
		{"hooks", object{"poststop": one(object{"path": "x"})}, `hooks.poststop[0].path: "x" is not an absolute path`},
		{"hooks", object{"startContainer": one(object{"path": "/x", "timeout": 0})}, "hooks.startContainer[0].timeout: 0"},
		{"windows", object{"hyperv": object{"utilityVMPath": "x"}}, "windows: it is for windows"},
		{"zos", object{"namespaces": one(object{"type": "x"})}, "zos: it is for zos"},
	} {
		_, err := Load(bundle(t, string(edit(t, config, test.path, test.value))), Options{})
		if err == nil || !strings.HasPrefix(err.Error(), ConfigFile+": ") || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s = %.80v: %v, want %q", test.path, test.value, err, test.want)
		}
	}
}

// A security module that is not there cannot do what is asked of it.
func TestLabels(t *testing.T) {
	config, err := os.ReadFile("testdata/docker.json")
	if err != nil {
		t.Fatal(err)
	}
	_, hasAppArmor := appArmor()
	for path, has := range map[string]bool{"process.apparmorProfile": hasAppArmor, "process.selinuxLabel": seLinux()} {
		plan, err := Load(bundle(t, string(edit(t, config, path, "name"))), Options{})
		switch {
		case !has && (err == nil || !strings.Contains(err.Error(), path+": ")):
			t.Errorf("%s: %v", path, err)
		case has && (err != nil || len(plan.Message.Process.Labels) != 1 || !strings.HasSuffix(plan.Message.Process.Labels[0], "name")):
			t.Errorf("%s: %+v, %v", path, plan, err)
		}
	}
}

// Sysctls of a namespace by a path that is the caller's own would be the host's.
func TestSysctlOfOwnNamespace(t *testing.T) {
	config, err := os.ReadFile("testdata/docker.json")
	if err != nil {
		t.Fatal(err)
	}
	list := append(namespacesOf("mount", "uts", "time"), object{"type": "network", "path": "/proc/self/ns/net"})
	_, err = Load(bundle(t, string(edit(t, config, "linux.namespaces", list))), Options{})
	if err == nil || !strings.Contains(err.Error(), `sysctl "net.ipv4.ip_unprivileged_port_start" is not allowed`) {
		t.Error(err)
	}
}

// Ids that the container's user namespace does not have are refused before anything is made.
func TestUnmapped(t *testing.T) {
	config, err := os.ReadFile("testdata/podman.json")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"process.user.uid": "process.user.uid: 70000 is not mapped", "process.user.gid": "process.user.gid: 70000 is not mapped"} {
		_, err := Load(bundle(t, string(edit(t, config, path, 70000))), Options{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
	overlapping := []any{object{"containerID": 0, "hostID": 100000, "size": 10}, object{"containerID": 5, "hostID": 200000, "size": 10}}
	if _, err := Load(bundle(t, string(edit(t, config, "linux.uidMappings", overlapping))), Options{}); err == nil || !strings.Contains(err.Error(), "linux.uidMappings: the ranges") {
		t.Error(err)
	}
	none := []any{object{"containerID": 0, "hostID": 0, "size": 0}}
	if _, err := Load(bundle(t, string(edit(t, config, "linux.gidMappings", none))), Options{}); err == nil || !strings.Contains(err.Error(), "linux.gidMappings[0]: a range of no ids") {
		t.Error(err)
	}
}

// Nothing but a regular file is read, and not without a bound.
func TestConfigFile(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(dir, Options{}); err == nil || !strings.Contains(err.Error(), "not found: no such file or directory") {
		t.Error(err)
	}
	file := dir + "/" + ConfigFile
	if err := os.Mkdir(file, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir, Options{}); err == nil {
		t.Error("a directory was read")
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, maxConfig+1); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir, Options{}); err == nil || !strings.Contains(err.Error(), "longer than") {
		t.Error(err)
	}
}
