package cmd

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mydocker/mydocker/container"
)

func TestParseConfigFile(t *testing.T) {
	good := "\ufeff# a comment\r\n\n  memory = 64m \r\ncpuset=0-1\nnet = host\nenv = A=b # no comment\nenv = C = d\ntimeout =\nhostname = \"x\"\ninit=true"
	want := []setting{
		{"f", 3, "memory", "64m"}, {"f", 4, "cpuset-cpus", "0-1"}, {"f", 5, "network", "host"}, {"f", 6, "env", "A=b # no comment"},
		{"f", 7, "env", "C = d"}, {"f", 8, "timeout", ""}, {"f", 9, "hostname", `"x"`}, {"f", 10, "init", "true"},
	}
	got, err := parseConfigFile("f", []byte(good), settableFlags())
	if err != nil || len(got) != len(want) {
		t.Fatalf("%v, %v", got, err)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("line %d: %+v, want %+v", want[i].line, got[i], want[i])
		}
	}
	for content, want := range map[string]string{
		"memory":                     `f:1: "memory" is not of the form NAME = VALUE`,
		"\n\nmemry = 1g":             `f:3: no flag of run is called "memry"; did you mean memory?`,
		"m = 1g":                     "f:1: a name is a flag's long one: memory, not m",
		"--memory = 1g":              "f:1: a name has no dashes before it: memory",
		"= 1g":                       `f:1: no flag of run is called ""`,
		"help = true":                `f:1: no flag of run is called "help"`,
		"version = true":             `f:1: no flag of run is called "version"`,
		"image = x":                  "f:1: --image is for the command line alone",
		"detach = true":              "f:1: --detach is for the command line alone",
		"[run]":                      `f:1: "[run]" is not of the form`,
		"memory=1g\n\nmemory=2g":     "f:3: memory stands in line 1 already",
		"cpuset=1\ncpuset-cpus=2":    "f:2: cpuset-cpus stands in line 1 already",
		"hostname = a\x00b":          "f:1: the line is not text",
		"hostname = \xff":            "f:1: the line is not text",
		"env = A=1\nmemory\nenv = B": `f:2: "memory" is not`,
	} {
		if _, err := parseConfigFile("f", []byte(content), settableFlags()); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", content, err, want)
		}
	}
}

// Whatever is in a file, each setting has a flag, and what is written of it as it was
// read is read as the same.
func FuzzConfigFile(f *testing.F) {
	f.Add([]byte("memory = 64m\n# x\nenv = A=b\n"))
	f.Add([]byte("\ufeffcpuset=0\r\n\r\nuidmap=0:1:2"))
	f.Add([]byte("memory\x00=1\nm=1"))
	flags := settableFlags()
	f.Fuzz(func(t *testing.T, content []byte) {
		settings, err := parseConfigFile("f", content, flags)
		if err != nil {
			if len(settings) > 0 || strings.Contains(err.Error(), "\n") {
				t.Fatalf("%v, %v", settings, err)
			}
			return
		}
		var text strings.Builder
		for _, s := range settings {
			if named(flags, s.name) == nil {
				t.Fatalf("%q sets no flag", s.name)
			}
			text.WriteString(s.String() + "\n")
		}
		again, err := parseConfigFile("f", []byte(text.String()), flags)
		if err != nil || len(again) != len(settings) {
			t.Fatalf("%v is read again as %v, %v", settings, again, err)
		}
		for i := range again {
			if again[i].name != settings[i].name || again[i].value != settings[i].value {
				t.Fatalf("%v is read again as %v", settings[i], again[i])
			}
		}
	})
}

// configFile makes a file that holds text the only one.
func configFile(t *testing.T, text string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), configName)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(configVar, path)
}

// sampleValues has a value for each flag of run; where it is not the same for all.
func sampleValue(name string) string {
	for _, sample := range []struct{ names, value string }{
		{"interactive tty oom-group init rm summary quiet debug", "true"},
		{"sig-proxy", "false"},
		{"cpuset-cpus", "0"}, {"cpuset-mems", "0"}, {"cpu-shares", "100"}, {"cgroup-parent", "/x"},
		{"memory memory-swap", "64m"}, {"memory-reservation", "32m"}, {"cpus", "0.5"}, {"cpu-period cpu-quota", "50000"},
		{"pids-limit blkio-weight", "100"}, {"device-read-bps device-write-bps device-read-iops device-write-iops", "/dev/null:1"},
		{"cgroup-conf", "memory.high=10M"}, {"timeout cpu-time stop-timeout", "3s"}, {"stop-signal", "INT"},
		{"report cidfile pidfile", "file"}, {"log", "/dev/null"}, {"env-file", "/dev/null"}, {"report-format", "text"}, {"env", "A=1"}, {"workdir", "/"}, {"user group-add", "0"},
		{"hostname domainname name", "xx"}, {"sysctl", "kernel.sem=1"}, {"umask", "022"}, {"ulimit", "nofile=10"},
		{"oom-score-adj", "10"}, {"network pid ipc uts cgroupns userns", "host"}, {"uidmap gidmap", "0:0:1"},
		{"cap-add cap-drop", "net_raw"}, {"privileged", "true"}, {"security-opt", "no-new-privileges"}, {"device", "/dev/null"}, {"device-cgroup-rule", "c 1:3 r"},
		{"rootfs", "/x"}, {"overlay read-only", "true"}, {"hide tmpfs", "/x"}, {"volume", "/a:/b"}, {"mount", "type=tmpfs,dst=/x"}, {"shm-size", "1m"},
		{"detach-keys", "ctrl-a"}, {"sdnotify", "ignore"}, {"restart", "always"}, {"no-healthcheck", "true"}, {"health-cmd", "true"}, {"health-retries", "2"},
		{"health-interval health-timeout health-start-period health-start-interval", "2s"},
		{"label", "a=b"}, {"label-file", "/dev/null"}, {"log-driver", "local"}, {"log-opt", "max-size=1m"},
		{"volume-driver", "local"},
		{"explain", "json"}, {"dry-run", "true"}, {"log-level", "info"}, {"log-format", "json"},
	} {
		for _, known := range strings.Fields(sample.names) {
			if known == name {
				return sample.value
			}
		}
	}
	return ""
}

// Every flag of run can stand in a file, and means there what it means on the command
// line.
func TestEveryFlagInAFile(t *testing.T) {
	for _, flag := range settableFlags() {
		name := flag.Names()[0]
		value := sampleValue(name)
		if name == "pull" || name == "platform" || name == volumesFromName { // they count with --image alone, or need a container
			continue
		}
		if value == "" {
			t.Errorf("there is no value to try for %s: add one above", name)
			continue
		}
		noEnvironment(t)
		configFile(t, "")
		others := []string{"--summary=false", "--memory=64m", "true"} // the first has the parser know all flags
		if name == "summary" || name == "memory" {
			others = []string{"--quiet=false", "true"}
		}
		if strings.Contains(" hide volume volume-driver mount tmpfs shm-size device device-cgroup-rule ", " "+name+" ") {
			others = append([]string{"--read-only"}, others...)
		}
		typed, typedErr := configOf(append([]string{"--" + name + "=" + value}, others...)...)
		if err := os.WriteFile(os.Getenv(configVar), []byte(name+" = "+value), 0o644); err != nil {
			t.Fatal(err)
		}
		read, err := configOf(others...)
		if err != nil || typedErr != nil {
			t.Errorf("%s = %s: %v, typed: %v", name, value, err, typedErr)
			continue
		}
		read.Env, typed.Env = changedValues(read.Env), changedValues(typed.Env)
		if !reflect.DeepEqual(read, typed) {
			t.Errorf("%s = %s is\n%s\ntyped it is\n%s", name, value, describe(read), describe(typed))
		}
	}
}

// changes are what environ has beyond the test's own environment.
func changedValues(environ []string) []string {
	own := os.Environ()
	return slices.DeleteFunc(slices.Clone(environ), func(variable string) bool { return slices.Contains(own, variable) })
}

// Nothing reads a list but by listOf, or what a file says would be lost.
func TestListsAreReadWithTheFiles(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if file != "defaults.go" && !strings.HasSuffix(file, "_test.go") && strings.Contains(string(content), ".StringSlice(") {
			t.Errorf("%s reads a list by StringSlice; listOf has what files say, too", file)
		}
	}
}

// What counts more displaces what counts less, flag by flag.
func TestDefaultsPrecedence(t *testing.T) {
	noEnvironment(t)
	of := func(layers [][]setting, args ...string) (*container.Config, error) {
		return configWith(layers, args...)
	}
	user := func(name, value string) []setting { return []setting{{"user", 1, name, value}} }
	system := func(name, value string) []setting { return []setting{{"system", 2, name, value}} }

	config, err := of([][]setting{user("memory", "64m"), system("memory", "32m")}, "true")
	if err != nil || config.Resources.Memory.Value != 64<<20 || !config.Resources.Memory.Asked {
		t.Errorf("the user's file over the system's: %v, %v", config, err)
	}
	config, err = of([][]setting{user("memory", "64m")}, "-m", "16m", "true")
	if err != nil || config.Resources.Memory.Value != 16<<20 {
		t.Errorf("a flag over a file: %v, %v", config, err)
	}
	t.Setenv("MYDOCKER_MEMORY", "8m")
	config, err = of([][]setting{user("memory", "64m")}, "true")
	if err != nil || config.Resources.Memory.Value != 8<<20 {
		t.Errorf("the environment over a file: %v, %v", config, err)
	}
	t.Setenv("MYDOCKER_MEMORY", "")
	config, err = of([][]setting{user("memory", ""), system("memory", "32m")}, "true")
	if err != nil || config.Resources.Memory.Value != 256<<20 {
		t.Errorf("an empty value takes the system's back: %v, %v", config, err)
	}
	config, err = of([][]setting{user("ulimit", "core=1"), append(system("ulimit", "core=0"), system("ulimit", "nofile=5")...)}, "--ulimit", "nofile=6", "true")
	if err != nil || len(config.World.Rlimits) != 2 || config.World.Rlimits[0].Soft != 1 || config.World.Rlimits[1].Soft != 6 {
		t.Errorf("lists grow, the last with a key counts: %+v, %v", config.World.Rlimits, err)
	}
	config, err = of([][]setting{user("ulimit", ""), system("ulimit", "core=0")}, "--ulimit", "nofile=6", "true")
	if err != nil || len(config.World.Rlimits) != 1 {
		t.Errorf("an empty value empties a list: %v, %v", config, err)
	}
	config, err = of([][]setting{user("uidmap", "0:1:2"), system("uidmap", "0:3:4")}, "true")
	if err != nil || len(config.Namespaces.User.UIDs) != 1 || config.Namespaces.User.UIDs[0].Host != 1 {
		t.Errorf("a map is one as a whole: %v, %v", config, err)
	}
}

// A setting that cannot stand beside one that counts more is displaced by it.
func TestDefaultsRivals(t *testing.T) {
	noEnvironment(t)
	for _, test := range []struct{ user, system, args, want string }{
		{"cpus", "", "--cpu-quota 20000", ""},
		{"cpu-quota", "", "--cpus 0.5", ""},
		{"cpus", "cpu-quota", "", ""},
		{"userns", "", "--uidmap 0:0:1", ""},
		{"uidmap", "", "--userns host", ""},
		{"report-format", "", "", ""},
		{"hostname domainname", "", "--uts host", ""},
		{"uts", "", "-h box", ""},
		{"explain", "", "--dry-run", ""},
		{"cpus cpu-quota", "", "", "--cpus is short for"},
		{"uidmap", "", "--userns host", ""},
	} {
		layers := [][]setting{samples("user", test.user), samples("system", test.system)}
		_, err := configWith(layers, append(strings.Fields(test.args), "true")...)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "(user:1: cpus = 0.5)")) {
			t.Errorf("%+v: %v", test, err)
		}
	}
}

func samples(file, names string) (settings []setting) {
	for _, name := range strings.Fields(names) {
		settings = append(settings, setting{file, 1, name, sampleValue(name)})
	}
	return settings
}

// A bad value is told with its place.
func TestDefaultsBlame(t *testing.T) {
	noEnvironment(t)
	for line, want := range map[string]string{
		"memory = 12zz":         `invalid value "12zz" for --memory: not a size such as 100m or 1g (FILE:2: memory = 12zz)`,
		"memory = 1k":           "memory limit of 1024 bytes is below the minimum of 2097152 bytes (2m) (with the defaults of FILE)",
		"init = x":              `FILE:2: invalid value "x" for init: neither true nor false`,
		"explain = x":           `FILE:2: invalid value "x" for explain: neither text nor json`,
		"env = =1":              `invalid value "=1" for --env: it names no variable (FILE:2: env = =1)`,
		"network = bridge":      `invalid value "bridge" for --network: neither none nor host (FILE:2: network = bridge)`,
		"memory-reservation =x": `invalid value "x" for --memory-reservation: not a size such as 100m or 1g (FILE:2: memory-reservation = x)`,
	} {
		configFile(t, "\n"+line)
		want = strings.ReplaceAll(want, "FILE", os.Getenv(configVar))
		if _, err := configOf("true"); err == nil || err.Error() != want {
			t.Errorf("%s: %v\nwant %s", line, err, want)
		}
		if _, err := configOf("--" + strings.TrimSpace(strings.Split(line, "=")[0]) + "=8m"); err != nil && strings.Contains(err.Error(), "FILE") {
			t.Errorf("%s is blamed where it is displaced: %v", line, err)
		}
	}
}
