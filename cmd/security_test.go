package cmd

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/mydocker/mydocker/container/spec"
)

// A name may be in any case and with or without its prefix; what is none is refused by
// name, with the nearest.
func TestParseCapability(t *testing.T) {
	for given, want := range map[string]string{
		"NET_RAW": "CAP_NET_RAW", "net_raw": "CAP_NET_RAW", "CAP_NET_RAW": "CAP_NET_RAW", "Cap_Net_Raw": "CAP_NET_RAW",
		"all": "ALL", "ALL": "ALL", "checkpoint_restore": "CAP_CHECKPOINT_RESTORE",
	} {
		if got, err := parseCapability(given); got != want || err != nil {
			t.Errorf("%q: %q, %v; want %q", given, got, err, want)
		}
	}
	for given, want := range map[string]string{
		"SYSADMIN": "unknown capability; did you mean SYS_ADMIN?", "net-raw": "unknown capability; did you mean NET_RAW?",
		"": "unknown capability", "CAP_": "unknown capability", "CAP_ALL": "unknown capability", "40": "unknown capability", "zzzzzzzz": "unknown capability",
	} {
		if got, err := parseCapability(given); err == nil || err.Error() != want {
			t.Errorf("%q: %q, %v; want %q", given, got, err, want)
		}
	}
}

func TestParseSecurityOption(t *testing.T) {
	here, err := filepath.Abs("profile.json")
	if err != nil {
		t.Fatal(err)
	}
	for options, want := range map[string]spec.Security{
		"no-new-privileges":                         {NoNewPrivileges: true},
		"no-new-privileges:true":                    {NoNewPrivileges: true},
		"no-new-privileges=1":                       {NoNewPrivileges: true},
		"no-new-privileges:false":                   {},
		"no-new-privileges no-new-privileges=false": {},
		"seccomp=unconfined":                        {Seccomp: spec.SeccompUnconfined},
		"seccomp:unconfined":                        {Seccomp: spec.SeccompUnconfined},
		"seccomp=default":                           {Seccomp: spec.SeccompDefault},
		"seccomp=builtin":                           {Seccomp: spec.SeccompDefault},
		"seccomp=profile.json":                      {Seccomp: here},
		"seccomp:/a=b":                              {}, // below, an error: the key is "seccomp:/a"
		"seccomp=/a:b":                              {Seccomp: "/a:b"},
		"systempaths=unconfined":                    {UnconfinedPaths: true},
		"apparmor=unconfined label=disable label:disable apparmor:unconfined": {},
	} {
		var got spec.Security
		var err error
		for option := range strings.FieldsSeq(options) {
			if err == nil {
				err = parseSecurityOption(option, &got)
			}
		}
		if isWrong := options == "seccomp:/a=b"; !reflect.DeepEqual(got, want) || (err != nil) != isWrong {
			t.Errorf("%q: %+v, %v", options, got, err)
		}
	}
	for option, want := range map[string]string{
		"":                      "not no-new-privileges, and not KEY=VALUE",
		"seccomp":               "not no-new-privileges, and not KEY=VALUE",
		"seccomp=":              "not no-new-privileges, and not KEY=VALUE",
		"no-new-privileges=":    "neither true nor false",
		"no-new-privileges:yes": "neither true nor false",
		"apparmor=docker":       "no other one is set",
		"label=type:spc_t":      "no SELinux label is set",
		"systempaths=all":       "it is unconfined, or not given",
		"writable-cgroups=true": "read-only",
		"proc-opts=x":           `there is no option "proc-opts"`,
	} {
		if err := parseSecurityOption(option, &spec.Security{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", option, err, want)
		}
	}
}

func TestParseDevice(t *testing.T) {
	for given, want := range map[string]spec.Device{
		"/dev/a":            {Source: "/dev/a", Target: "/dev/a", Access: "rwm"},
		"/dev/a:/dev/b":     {Source: "/dev/a", Target: "/dev/b", Access: "rwm"},
		"/dev/a:r":          {Source: "/dev/a", Target: "/dev/a", Access: "r"},
		"/dev/a:/dev/b:mw":  {Source: "/dev/a", Target: "/dev/b", Access: "mw"},
		"/dev/a:/dev/../b/": {Source: "/dev/a", Target: "/b", Access: "rwm"},
	} {
		if got, err := parseDevice(given); got != want || err != nil {
			t.Errorf("%q: %+v, %v", given, got, err)
		}
	}
	for _, given := range []string{"", ":", "a", "a:/b", "/a:b", "/a:rwx", "/a:/b:", "/a:/b:x", "/a:/b:rr", "/a:/b:r:w", "/a:", "/a::r"} {
		if got, err := parseDevice(given); err == nil {
			t.Errorf("%q: %+v", given, got)
		}
	}
}

func TestParseDeviceRule(t *testing.T) {
	for given, want := range map[string]spec.DeviceRule{
		"c 1:3 rwm":            {Type: 'c', Major: 1, Minor: 3, Access: "rwm", Asked: true},
		"b *:* m":              {Type: 'b', Major: spec.AnyDevice, Minor: spec.AnyDevice, Access: "m", Asked: true},
		"a *:* mrw":            {Type: 'a', Major: spec.AnyDevice, Minor: spec.AnyDevice, Access: "rwm", Asked: true},
		"c 10:* rr":            {Type: 'c', Major: 10, Minor: spec.AnyDevice, Access: "r", Asked: true},
		"b 4294967295:0007 wr": {Type: 'b', Major: 1<<32 - 1, Minor: 7, Access: "rw", Asked: true},
	} {
		if got, err := parseDeviceRule(given); got != want || err != nil {
			t.Errorf("%q: %+v, %v", given, got, err)
		}
	}
	for _, given := range []string{"", "c", "c 1:3", "d 1:3 r", "c 1 r", "c 1: r", "c :3 r", "c 1:3:4 r", "c 1:3 x", "c 1:3  r", "c 1:3 rwmr", "c -1:3 r", "c +1:3 r", "c 4294967296:0 r", "cc 1:3 r", "c 1:3 "} {
		if got, err := parseDeviceRule(given); err == nil {
			t.Errorf("%q: %+v", given, got)
		}
	}
}

// What the parsers take, the specification takes, too.
func FuzzParseSecurity(f *testing.F) {
	f.Add("NET_RAW", "seccomp=a", "/dev/null:/dev/x:rw", "c 1:3 rwm")
	f.Add("all", "no-new-privileges:true", "/dev", "a *:* m")
	f.Fuzz(func(t *testing.T, capability, option, device, rule string) {
		c := &spec.Spec{Command: []string{"x"}, Root: spec.Root{ReadOnly: true}}
		if name, err := parseCapability(capability); err == nil {
			c.Security.CapAdd = []string{name}
		}
		_ = parseSecurityOption(option, &c.Security)
		if d, err := parseDevice(device); err == nil && d.Target != "/" && !strings.Contains(device+option, "\x00") {
			c.Security.Devices = []spec.Device{d}
		}
		if r, err := parseDeviceRule(rule); err == nil {
			c.Security.DeviceRules = []spec.DeviceRule{r}
		}
		if err := c.Security.Validate(true); err != nil {
			t.Errorf("%q, %q, %q, %q: %v", capability, option, device, rule, err)
		}
	})
}
