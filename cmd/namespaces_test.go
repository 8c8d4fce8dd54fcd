package cmd

import (
	"reflect"
	"strings"
	"testing"

	"github.com/mydocker/mydocker/container/spec"
)

func TestParseNamespaces(t *testing.T) {
	tests := map[string]spec.Namespaces{
		"": {},
		"--network none --pid= --ipc private --uts= --cgroupns= --userns=": {},
		"--network host":     {HostNetwork: true},
		"--net=host":         {HostNetwork: true},
		"--pid host":         {HostPID: true},
		"--ipc host":         {HostIPC: true},
		"--uts host":         {HostUTS: true},
		"--cgroupns host":    {Cgroup: spec.CgroupHost},
		"--cgroupns private": {Cgroup: spec.CgroupPrivate},
		"--userns host":      {HostUser: true},
		"--userns private":   {User: &spec.UserNamespace{}},
		"--uidmap 0:100000:65536 --uidmap 65536:5 --gidmap 0:1:2": {User: &spec.UserNamespace{
			UIDs: []spec.IDMap{{Container: 0, Host: 100000, Size: 65536}, {Container: 65536, Host: 5, Size: 1}},
			GIDs: []spec.IDMap{{Container: 0, Host: 1, Size: 2}},
		}},
	}
	for args, want := range tests {
		config, err := configOf(append(strings.Fields(args), "true")...)
		if err != nil || !reflect.DeepEqual(config.Namespaces, want) {
			t.Errorf("%s: %+v, %v; want %+v", args, config, err, want)
		}
	}
}

func TestParseNamespacesErrors(t *testing.T) {
	tests := map[string]string{
		"--network bridge":             `"bridge" for --network: neither none nor host`,
		"--network=":                   `"" for --network: neither none nor host`,
		"--network none --net host":    "--network is given more than once",
		"--network none --net none":    "--network is given more than once",
		"--pid container:x":            `"container:x" for --pid: it is host, or not given for one of the container's own`,
		"--pid private":                `"private" for --pid: it is host, or not`,
		"--uts private":                `"private" for --uts: it is host, or not`,
		"--ipc none":                   `"none" for --ipc`,
		"--uts 1":                      `"1" for --uts`,
		"--cgroupns x":                 `"x" for --cgroupns`,
		"--userns auto":                `"auto" for --userns`,
		"--userns host --uidmap 0:0:1": "--userns host",
		"--uidmap 0":                   "not CONTAINER:HOST[:SIZE]",
		"--uidmap 0:1:2:3":             "not CONTAINER:HOST[:SIZE]",
		"--uidmap 0:1:0":               "a range of no ids",
		"--gidmap 0:-1:1":              `"-1" is not a number from 0 to 4294967295`,
		"--gidmap 4294967295:0:1":      "beyond the last id",
	}
	for args, want := range tests {
		if config, err := configOf(append(strings.Fields(args), "true")...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v; want an error with %q", args, config, err, want)
		}
	}
}

func FuzzParseIDMap(f *testing.F) {
	f.Add("0:100000:65536")
	f.Add("0:0")
	f.Fuzz(func(t *testing.T, s string) {
		m, err := parseIDMap(s)
		if err != nil {
			return
		}
		if err := m.Validate(); err != nil {
			t.Errorf("parseIDMap(%q) = %+v: %v", s, m, err)
		}
		again := strings.ReplaceAll(m.String(), " ", ":")
		if got, err := parseIDMap(again); err != nil || got != m {
			t.Errorf("%q: %+v came back as %+v, %v", s, m, got, err)
		}
	})
}
