package cmd

import (
	"reflect"
	"testing"

	"github.com/mydocker/mydocker/container/spec"
)

func TestParseUmask(t *testing.T) {
	for in, want := range map[string]uint32{"0": 0, "022": 0o22, "0022": 0o22, "777": 0o777, "7": 7} {
		if got, err := parseUmask(in); err != nil || got != want {
			t.Errorf("parseUmask(%q) = %o, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "8", "-1", "+1", "0o22", "0x1", "1000", "u=rwx", " 22", "99999999999"} {
		if got, err := parseUmask(in); err == nil || err.Error() != "not an octal number from 0 to 777" {
			t.Errorf("parseUmask(%q) = %o, %v", in, got, err)
		}
	}
}

func TestParseWorld(t *testing.T) {
	noEnvironment(t)
	adj, mask := -7, uint32(0)
	config, err := configOf("-w", "/a", "-u", "a:b", "--group-add", "c,d", "--group-add=e", "-h", "box", "--domainname", "dom",
		"--sysctl", "net.x=1", "--sysctl", "net.y=2,3", "--sysctl", "net/x=4", "--umask=0", "--oom-score-adj", "-7",
		"--ulimit", "core=1", "--ulimit", "nofile=2", "--ulimit", "core=3:4", "true")
	if err != nil {
		t.Fatal(err)
	}
	want := spec.World{
		Hostname: "box", Domainname: "dom", Dir: "/a", User: "a:b", Groups: []string{"c,d", "e"}, Umask: &mask, OOMScoreAdj: &adj,
		Sysctls: []spec.Sysctl{{Path: "net/y", Value: "2,3"}, {Path: "net/x", Value: "4"}}, // the last counts
		Rlimits: []spec.Rlimit{{Name: "nofile", Resource: 7, Soft: 2, Hard: 2}, {Name: "core", Resource: 4, Soft: 3, Hard: 4}},
	}
	if !reflect.DeepEqual(config.World, want) {
		t.Errorf("%+v, want %+v", config.World, want)
	}
	if config, err = configOf("true"); err != nil || !reflect.DeepEqual(config.World, spec.World{}) {
		t.Errorf("nothing asked for: %+v, %v", config.World, err)
	}
}

func TestParseWorldErrors(t *testing.T) {
	noEnvironment(t)
	for _, test := range []struct{ flag, value, want string }{
		{"--workdir", "tmp", `working directory "tmp" is not an absolute path`},
		{"--sysctl", "net.x", `invalid value "net.x" for --sysctl: not NAME=VALUE`},
		{"--sysctl", "kernel.panic=1", `sysctl "kernel.panic" is not allowed: it is the whole host's`},
		{"--ulimit", "as=1", `invalid value "as=1" for --ulimit: there is no ulimit of type "as"`},
		{"--umask", "9", `invalid value "9" for --umask: not an octal number from 0 to 777`},
		{"--umask", "", `invalid value "" for --umask: not an octal number from 0 to 777`},
		{"--oom-score-adj", "x", `invalid value "x" for --oom-score-adj: not a number from -1000 to 1000`},
		{"--oom-score-adj", "1001", "OOM score adjustment of 1001 is out of range: -1000 to 1000"},
	} {
		if _, err := configOf(test.flag, test.value, "true"); err == nil || err.Error() != test.want {
			t.Errorf("%s %q: %v, want %q", test.flag, test.value, err, test.want)
		}
	}
}
