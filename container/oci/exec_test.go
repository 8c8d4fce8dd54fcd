package oci

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/container/security"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
)

// record is of a container that is this process's own root.
func record() *lifecycle.Record {
	return &lifecycle.Record{
		Pid:      os.Getpid(),
		Security: wire.Security{Keyring: true, Filter: "7fff000000000006", FilterFlags: 4, Personality: "8 "},
		Process: []byte(`{"args": ["first"], "env": ["A=1", "HOME=/h"], "cwd": "/c", "user": {"uid": 7, "gid": 8, "umask": 63, "additionalGids": [9]},
			"capabilities": {"bounding": ["CAP_CHOWN"], "permitted": ["CAP_CHOWN"], "effective": ["CAP_CHOWN"], "inheritable": ["CAP_CHOWN"], "ambient": ["CAP_CHOWN"]},
			"rlimits": [{"type": "RLIMIT_CORE", "soft": 1, "hard": 2}], "noNewPrivileges": true, "oomScoreAdj": 50, "terminal": true,
			"execCPUAffinity": {"initial": "0", "final": "1"}, "ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 1}}`),
	}
}

// A process of a file says itself what it is, but for limits and capabilities that it does not
// speak of; what is the whole container's it has, too.
func TestLoadProcess(t *testing.T) {
	exec, err := LoadProcess([]byte(`{"args": ["sh", "-c"], "cwd": "/", "env": ["HOME=/x"], "user": {"uid": 1, "gid": 2}}`), record())
	if err != nil {
		t.Fatal(err)
	}
	m := &exec.Message
	score := 50
	want := lifecycle.Process{Owner: 1, OOMScore: &score, HardLimits: []lifecycle.HardLimit{{Resource: unix.RLIMIT_CORE, Value: 2}}}
	if !reflect.DeepEqual(exec.Process, want) || exec.InitialCPUs != "0" || exec.FinalCPUs != "1" || len(exec.Warnings) > 0 {
		t.Errorf("%+v", exec)
	}
	if p := m.Process; !slices.Equal(m.Args, []string{"sh", "-c"}) || !slices.Equal(m.Env, []string{"HOME=/x"}) || p.Dir != "/" || p.User != "1 2 uid 1, gid 2" ||
		p.Groups != "" || p.Umask != "12 0022" || p.IOPriority != "4001 " || len(p.Rlimits) != 1 {
		t.Errorf("%+v", m)
	}
	s := m.Security
	if !s.Keyring || s.Filter != "7fff000000000006" || s.FilterFlags != 4 || s.Personality != "8 " || s.NoNewPrivileges {
		t.Errorf("%+v", s)
	}
	if sets := s.Capabilities; sets.Keep != 1 || sets.Raise != 1 || sets.Ambient != 1 || sets.Ineffective != 0 {
		t.Errorf("%+v", sets)
	}
	own, err := LoadProcess([]byte(`{"args": ["x"], "cwd": "/", "user": {"uid": 0, "gid": 0}, "capabilities": {}, "noNewPrivileges": true}`), record())
	if err != nil || own.Message.Security.Capabilities.Keep != 0 || !own.Message.Security.NoNewPrivileges {
		t.Errorf("%+v, %v", own, err)
	}
}

func TestLoadProcessErrors(t *testing.T) {
	mapped := record()
	mapped.UIDs = []spec.IDMap{{Container: 0, Host: 1000, Size: 10}}
	for text, want := range map[string]string{
		`{"args": [], "cwd": "/", "user": {}}`:                                      "process.args: ",
		`{"args": ["x"], "cwd": "/", "user": {"uid": 10}}`:                          "process.user.uid: 10 is not mapped",
		`{"args": ["x"], "cwd": "/", "user": {}, "x": 1}`:                           "process.x: unknown field",
		`{"args": ["x"], "cwd": "/", "user": {}} {}`:                                "where the end",
		`{"args": ["x"], "cwd": "/", "user": {}, "scheduler": {"policy": "X"}}`:     "process.scheduler.policy: ",
		`{"args": ["x"], "cwd": "/", "user": {}, "execCPUAffinity": {"final":"-"}}`: "process.execCPUAffinity.final: ",
	} {
		if _, err := LoadProcess([]byte(text), mapped); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// A command line changes the container's first process.
func TestLoadCommand(t *testing.T) {
	exec, err := LoadCommand(&Command{Args: []string{"ls"}}, record())
	if err != nil {
		t.Fatal(err)
	}
	m := &exec.Message
	if exec.Process.Terminal || m.Process.Dir != "/c" || m.Process.User != "7 8 uid 7, gid 8" || m.Process.Groups != "9 " || !m.Security.NoNewPrivileges ||
		!slices.Equal(m.Env, []string{"A=1", "HOME=/h"}) {
		t.Errorf("%+v", m)
	}
	no := false
	exec, err = LoadCommand(&Command{
		Args: []string{"ls"}, Env: []string{"A=2"}, Cwd: "/d", User: "3:4", AdditionalGIDs: []string{"5"}, Capabilities: []string{"CAP_KILL"},
		NoNewPrivileges: &no, Terminal: true, Cgroups: map[string]string{"": "sub"},
	}, record())
	if err != nil {
		t.Fatal(err)
	}
	m = &exec.Message
	if !exec.Process.Terminal || exec.Process.Owner != 3 || exec.Cgroups[""] != "sub" || m.Process.Dir != "/d" || m.Process.User != "3 4 uid 3, gid 4" ||
		m.Process.Groups != "9 5 " || m.Security.NoNewPrivileges || !slices.Equal(m.Env, []string{"HOME=/h", "A=2"}) {
		t.Errorf("%+v", m)
	}
	// CVE-2022-29162: what is added is not inheritable.
	if sets := m.Security.Capabilities; sets.Keep != 1|1<<unix.CAP_KILL || sets.Raise != 1 || sets.Ambient != 1 {
		t.Errorf("%+v", sets)
	}
}

func TestLoadCommandErrors(t *testing.T) {
	for want, command := range map[string]Command{
		"--user root: ":                         {User: "root"},
		"--user -1: ":                           {User: "-1"},
		"--user 4294967295: ":                   {User: "4294967295"},
		"--user 4294967296: ":                   {User: "4294967296"},
		"--user 1:: ":                           {User: "1:"},
		"--user 1:2:3: ":                        {User: "1:2:3"},
		"--user 0x1: ":                          {User: "0x1"},
		"--user +1: ":                           {User: "+1"},
		"--additional-gids x: ":                 {AdditionalGIDs: []string{"x"}},
		"process.cwd: ":                         {Cwd: "x"},
		`process.env[0]: "B" is not NAME=VALUE`: {Env: []string{"B"}},
	} {
		command.Args = []string{"x"}
		container := record()
		container.Process = []byte(`{"cwd": "/", "user": {}}`)
		if _, err := LoadCommand(&command, container); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", command, err, want)
		}
	}
}

func TestCapabilities(t *testing.T) {
	const known = security.Set(1<<39 - 1) // no CAP_BPF
	const available = known &^ (1 << unix.CAP_SYS_BOOT)
	names := func(list ...string) []string { return list }
	for _, test := range []struct {
		asked    *specs.LinuxCapabilities
		want     wire.Capabilities
		warnings []string
	}{
		{nil, wire.Capabilities{Drop: uint64(available)}, nil},
		{
			&specs.LinuxCapabilities{
				Bounding: names("CAP_CHOWN", "CAP_KILL"), Permitted: names("CAP_CHOWN", "CAP_KILL"), Effective: names("CAP_CHOWN"),
				Inheritable: names("CAP_KILL"), Ambient: names("CAP_KILL"),
			},
			wire.Capabilities{Drop: uint64(available) &^ 0x21, Keep: 0x21, Ineffective: 0x20, Raise: 0x20, Ambient: 0x20}, nil,
		},
		{
			&specs.LinuxCapabilities{
				Bounding: names("CAP_CHOWN", "CAP_X", "chown", "CAP_BPF", "CAP_SYS_BOOT"), Permitted: names("CAP_CHOWN"), Effective: names("CAP_KILL"),
				Inheritable: names("CAP_KILL"), Ambient: names("CAP_CHOWN"),
			},
			wire.Capabilities{Drop: uint64(available) &^ 1, Keep: 1, Ineffective: 1},
			names(
				"process.capabilities.bounding: left out, for mydocker does not have them (CapBnd in /proc/self/status): CAP_SYS_BOOT",
				"process.capabilities.bounding: left out, for there are none of such names: CAP_X, chown",
				"process.capabilities.bounding: left out, for this kernel does not have them: CAP_BPF",
				"process.capabilities.effective: left out, for they are not permitted: CAP_KILL",
				"process.capabilities.inheritable: left out, for they are not in the bounding set: CAP_KILL",
			),
		},
	} {
		got, warnings := capabilities(test.asked, known, available)
		if *got != test.want || !slices.Equal(warnings, test.warnings) {
			t.Errorf("%+v: %+v, %q; want %+v, %q", test.asked, *got, warnings, test.want, test.warnings)
		}
	}
}

// The home is the container's, whatever its passwd is.
func TestHome(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(root+"/etc", 0o700); err != nil {
		t.Fatal(err)
	}
	home := func(env ...string) string {
		env = withHome(env, root, nil, 5)
		value, _ := strings.CutPrefix(env[len(env)-1], "HOME=")
		return value
	}
	if got := home(); got != "/" {
		t.Errorf("without passwd it is %q", got)
	}
	if got := home("HOME=/set"); got != "/set" {
		t.Error(got)
	}
	passwd := root + passwdFile
	write := func(content string) {
		if err := os.WriteFile(passwd, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for content, want := range map[string]string{
		"a:x:5:5::/five:/bin/sh\nb:x:5:5::/other:\n": "/five", "a:x:5:5::/no-shell\n": "/no-shell", "a:x:6:5::/six:\n": "/",
		"a:x:5:5:::/bin/sh\n": "/", "a:x:5\n": "/", "": "/", "a:x:05:5::/x:\n": "/", "a:x:5:5::/a\x00b:\n": "/",
	} {
		write(content)
		if got := home("HOME="); got != want {
			t.Errorf("%q: %q, want %q", content, got, want)
		}
	}
	write(strings.Repeat("x", 2<<20))
	if got := home(); got != "/" {
		t.Errorf("of a passwd without end it is %q", got)
	}
	if err := os.Remove(passwd); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(passwd, 0o600); err != nil { // nobody waits for it
		t.Fatal(err)
	}
	if got := home(); got != "/" {
		t.Errorf("of a FIFO it is %q", got)
	}
	if err := os.Remove(passwd); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/proc/self/environ", passwd); err != nil {
		t.Fatal(err)
	}
	if got := home(); got != "/" {
		t.Errorf("of a link out it is %q", got)
	}
	bound := root + "/bound"
	if err := os.WriteFile(bound, []byte("a:x:5:5::/bound:\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	mounts := []specs.Mount{{Type: "bind", Source: bound, Destination: passwdFile}}
	if env := withHome(nil, root, mounts, 5); env[0] != "HOME=/bound" {
		t.Errorf("of a mount it is %q", env)
	}
}

// FuzzLoad has no configuration make Load panic, or become what init does not read.
func FuzzLoad(f *testing.F) {
	for _, name := range []string{"docker", "podman", "containerd"} {
		text, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(strings.ReplaceAll(string(text), `"ROOT"`, `"rootfs"`))
	}
	f.Add(`{"ociVersion":"1.0.0","root":{"path":"rootfs"},"process":{"args":["\u0041\ud83d\ude00"],"cwd":"/","user":{"uid":0,"gid":0}},"linux":{"namespaces":[{"type":"mount"}]}}`)
	dir := bundle(f, "{}")
	f.Fuzz(func(t *testing.T, text string) {
		plan, err := planOf([]byte(text), dir, Options{})
		if err != nil {
			err = &lineError{err}
			if line := err.Error(); len(line) > 8<<10 || strings.ContainsAny(line, "\n\x1b\x00") {
				t.Errorf("error %q", line)
			}
			return
		}
		message := plan.Message.Marshal()
		if message == nil || !plan.Message.Fits(message) {
			t.Errorf("%q becomes a message that init does not read", text)
		}
		if _, err := LoadCommand(&Command{Args: []string{"x"}}, &lifecycle.Record{Pid: os.Getpid(), Process: plan.ProcessConfig, UIDs: plan.UIDs, GIDs: plan.GIDs}); err != nil {
			t.Errorf("%q cannot be executed in: %v", text, err)
		}
	})
}
