package ocicli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/container/oci"
)

// What spec writes is taken.
func TestStarter(t *testing.T) {
	for _, rootless := range []bool{false, true} {
		bundle := t.TempDir()
		if err := os.Mkdir(filepath.Join(bundle, "rootfs"), 0o755); err != nil {
			t.Fatal(err)
		}
		config := starter()
		if rootless {
			makeRootless(config, 1000, 1001)
			if m := config.Linux.UIDMappings; len(m) != 1 || m[0].HostID != 1000 || config.Linux.GIDMappings[0].HostID != 1001 {
				t.Errorf("%+v", m)
			}
		}
		text, err := json.Marshal(config)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(bundle, oci.ConfigFile)
		if err := writeNew(path, text); err != nil {
			t.Fatal(err)
		}
		if err := writeNew(path, text); err == nil || err.Error() != "file "+path+" exists. Remove it first" {
			t.Errorf("written twice: %v", err)
		}
		if _, err := oci.Load(bundle, oci.Options{}); err != nil {
			t.Errorf("rootless %t: %v", rootless, err)
		}
	}
}

func TestSupported(t *testing.T) {
	c := &call{build: func() Build { return Build{"1", "abc"} }}
	f := c.supported()
	if f.OCIVersionMin != "1.0.0" || f.OCIVersionMax != specs.Version || len(f.Linux.Capabilities) < 41 ||
		!slices.Contains(f.MountOptions, "rro") || !slices.IsSorted(f.MountOptions) {
		t.Errorf("%+v", f)
	}
}

func TestParseSignal(t *testing.T) {
	for name, want := range map[string]int{"TERM": 15, "SIGTERM": 15, "sigkill": 9, "9": 9, "0": 0, "28": 28, "SIGWINCH": 28, "usr1": 10, "64": 64} {
		if got, err := parseSignal(name); err != nil || int(got) != want {
			t.Errorf("%s: %d, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "FOO", "65", "-1", "-9", "99999999999", "SIG", "00"} {
		if got, err := parseSignal(name); err == nil || err.Error() != `unknown signal "`+name+`"` {
			t.Errorf("%q: %d, %v", name, got, err)
		}
	}
}

func TestDefaultRoot(t *testing.T) {
	getenv := func(dir, user string) func(string) string {
		return func(name string) string { return map[string]string{"XDG_RUNTIME_DIR": dir, "USER": user}[name] }
	}
	if got := defaultRoot(getenv("", "")); got != "/run/mydocker-oci" {
		t.Error(got)
	}
	if got := defaultRoot(getenv("/run/user/7", "root")); os.Geteuid() == 0 && got != "/run/mydocker-oci" {
		t.Error(got)
	}
	if got := defaultRoot(getenv("/run/user/7", "me")); os.Geteuid() != 0 && got != "/run/user/7/mydocker-oci" {
		t.Error(got)
	}
}

func TestListenFDs(t *testing.T) {
	own := strconv.Itoa(os.Getpid())
	for _, test := range []struct {
		count, pid string
		want       int
		fails      bool
	}{{"", own, 0, false}, {"2", own, 2, false}, {"2", "1", 0, false}, {"2", "", 0, false}, {"x", own, 0, true}, {"-1", own, 0, true}} {
		got, err := listenFDs(func(name string) string {
			return map[string]string{"LISTEN_FDS": test.count, "LISTEN_PID": test.pid}[name]
		})
		if got != test.want || (err != nil) != test.fails {
			t.Errorf("%+v: %d, %v", test, got, err)
		}
	}
}

func TestCheckConsole(t *testing.T) {
	const noSocket, noTerminal = "cannot allocate tty", "cannot use console socket"
	for _, test := range []struct {
		detach, terminal bool
		socket, want     string
	}{
		{true, true, "s", ""}, {true, false, "", ""}, {false, true, "", ""}, {false, false, "", ""},
		{true, true, "", noSocket}, {true, false, "s", noTerminal}, {false, true, "s", noTerminal}, {false, false, "s", noTerminal},
	} {
		err := checkConsole(test.detach, test.terminal, test.socket)
		if (err == nil) != (test.want == "") || err != nil && !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

func TestSubCgroups(t *testing.T) {
	for line, want := range map[string]string{
		"": "map[]", "a": "map[:a]", "/a/b": "map[:/a/b]", "/": "map[:/]", "a..b": "map[:a..b]",
		"memory:m cpu,cpuacct:c": "map[cpu:c cpuacct:c memory:m]", "a cpu:b": "map[:a cpu:b]", "cpu:": "map[cpu:]",
		"..": "..", "a/../b": "..", "cpu:..": "..", ":a": "no controller", "cpu,:a": "no controller",
	} {
		got, err := subCgroups(strings.Fields(line))
		if err != nil && !strings.Contains(err.Error(), want) || err == nil && fmt.Sprint(got) != want {
			t.Errorf("%q: %q, %v", line, got, err)
		}
	}
	if got, _ := subCgroups(nil); got != nil {
		t.Error("there are some without the flag")
	}
}

// Every verb has its help, and the first line names the runtime.
func TestHelp(t *testing.T) {
	verbs := slices.Concat(quickVerbs(), otherVerbs())
	general := string(generalHelp(Program, verbs))
	for _, v := range verbs {
		text := string(verbHelp(Program, &v))
		if !strings.HasPrefix(text, "NAME:\n   mydocker-oci "+v.name+" - ") || !strings.Contains(general, "\n   "+v.name+" ") {
			t.Errorf("%s: %s", v.name, text)
		}
		for _, f := range v.flags {
			if !strings.Contains(text, "\n   --"+f.name) {
				t.Errorf("%s: --%s is not there", v.name, f.name)
			}
		}
	}
	if !strings.HasPrefix(general, "NAME:\n   mydocker-oci - Open Container Initiative runtime\n") {
		t.Error(general)
	}
}

func TestWriteColumns(t *testing.T) {
	var text bytes.Buffer
	writeColumns(&text, [][]string{{"ID", "PID", "X"}, {"a-long-one-with", "1", "y"}}, 6, 3)
	if want := "ID                PID   X\na-long-one-with   1     y\n"; text.String() != want {
		t.Errorf("%q", text.String())
	}
}
