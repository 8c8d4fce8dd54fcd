package cmd_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// ociScript is on the scripts' PATH as "oci": mydocker as an OCI runtime, with containers of
// the script's own.
const ociScript = `#!/bin/sh
exec mydocker oci --root "$OCI" "$@"
`

// cmdBundle is "bundle DIR [FIELD=JSON | FIELD+=JSON | @FILE]...": DIR becomes a bundle with a
// busybox root, where it is none yet, and a new config.json, in which fields are set, or lists get
// one more. FIELD is a path such as process.args, and "-" for JSON takes the field away. A file
// has such lines.
func cmdBundle(ts *testscript.TestScript, args []string) {
	needs(ts, args, 1, "bundle DIR [FIELD=JSON | FIELD+=JSON | @FILE]...")
	dir := ts.MkAbs(args[0])
	if _, err := os.Lstat(filepath.Join(dir, "rootfs")); err != nil {
		makeBusyboxRoot(ts, staticBusybox(ts), filepath.Join(dir, "rootfs"))
	}
	harnessOf(ts).ownsParent = true
	var config map[string]any
	ts.Check(json.Unmarshal([]byte(bundleConfig), &config))
	setField(ts, config, "linux.cgroupsPath", quoted(ts.Getenv(parentVar)+"/"+filepath.Base(dir)), false)
	for _, arg := range fieldsOf(ts, args[1:]) {
		field, value, _ := strings.Cut(arg, "=")
		name, more := strings.CutSuffix(field, "+")
		setField(ts, config, name, value, more)
	}
	text, err := json.MarshalIndent(config, "", "\t")
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(dir, "config.json"), text, 0o644))
}

// fieldsOf lists the arguments, with the lines of files in their places.
func fieldsOf(ts *testscript.TestScript, args []string) (fields []string) {
	for _, arg := range args {
		file, isFile := strings.CutPrefix(arg, "@")
		if !isFile {
			fields = append(fields, arg)
			continue
		}
		for line := range strings.Lines(ts.ReadFile(file)) {
			fields = append(fields, strings.TrimSuffix(line, "\n"))
		}
	}
	return fields
}

func quoted(text string) string {
	value, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(value)
}

// setField sets a field of a configuration, or adds to the list that it is.
func setField(ts *testscript.TestScript, config map[string]any, field, value string, more bool) {
	names := strings.Split(field, ".")
	last := names[len(names)-1]
	for _, name := range names[:len(names)-1] {
		next, isObject := config[name].(map[string]any)
		if !isObject {
			next = map[string]any{}
			config[name] = next
		}
		config = next
	}
	if value == "-" {
		delete(config, last)
		return
	}
	var parsed any
	if err := json.Unmarshal([]byte(value), &parsed); err != nil {
		ts.Fatalf("%s=%s: %v", field, value, err)
	}
	if more {
		list, _ := config[last].([]any)
		parsed = append(list, parsed)
	}
	config[last] = parsed
}

// checkContainers runs at the end of every script: no container of an OCI runtime may be left.
func (h *harness) checkContainers(tb testing.TB) {
	left, err := os.ReadDir(h.oci)
	if err != nil && !os.IsNotExist(err) {
		tb.Error(err)
	}
	for _, container := range left {
		tb.Errorf("container %s is left behind", container.Name())
	}
	unmountBelow(tb, h.oci)
	if err := os.RemoveAll(h.oci); err != nil {
		tb.Error(err)
	}
}

// bundleConfig is the configuration that "runc spec" and others begin with, without a terminal.
const bundleConfig = `{
	"ociVersion": "1.2.0",
	"process": {
		"user": {"uid": 0, "gid": 0},
		"args": ["true"],
		"env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
		"cwd": "/",
		"capabilities": {
			"bounding": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
			"effective": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"],
			"permitted": ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"]
		},
		"noNewPrivileges": true
	},
	"root": {"path": "rootfs"},
	"hostname": "box",
	"mounts": [
		{"destination": "/proc", "type": "proc", "source": "proc"},
		{"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]},
		{"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]},
		{"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]},
		{"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]},
		{"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]},
		{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]}
	],
	"linux": {
		"namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "ipc"}, {"type": "uts"}, {"type": "mount"}, {"type": "cgroup"}],
		"maskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"],
		"readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
	}
}`
