package cmd

import (
	"reflect"
	"testing"

	"mydocker/container"
)

func TestParseUlimit(t *testing.T) {
	tests := map[string]container.Rlimit{
		"nofile=1024":               {Name: "nofile", Resource: 7, Soft: 1024, Hard: 1024},
		"nofile=1024:2048":          {Name: "nofile", Resource: 7, Soft: 1024, Hard: 2048},
		"core=0":                    {Name: "core", Resource: 4},
		"core=-1":                   {Name: "core", Resource: 4, Soft: container.Unlimited, Hard: container.Unlimited},
		"core=unlimited":            {Name: "core", Resource: 4, Soft: container.Unlimited, Hard: container.Unlimited},
		"stack=8192:-1":             {Name: "stack", Resource: 3, Soft: 8192, Hard: container.Unlimited},
		"stack=8192:unlimited":      {Name: "stack", Resource: 3, Soft: 8192, Hard: container.Unlimited},
		"nproc=9223372036854775807": {Name: "nproc", Resource: 6, Soft: 1<<63 - 1, Hard: 1<<63 - 1},
		"cpu=1":                     {Name: "cpu", Soft: 1, Hard: 1}, "data=1": {Name: "data", Resource: 2, Soft: 1, Hard: 1},
		"fsize=1": {Name: "fsize", Resource: 1, Soft: 1, Hard: 1}, "locks=1": {Name: "locks", Resource: 10, Soft: 1, Hard: 1},
		"memlock=1": {Name: "memlock", Resource: 8, Soft: 1, Hard: 1}, "msgqueue=1": {Name: "msgqueue", Resource: 12, Soft: 1, Hard: 1},
		"nice=1": {Name: "nice", Resource: 13, Soft: 1, Hard: 1}, "rss=1": {Name: "rss", Resource: 5, Soft: 1, Hard: 1},
		"rtprio=1": {Name: "rtprio", Resource: 14, Soft: 1, Hard: 1}, "rttime=1": {Name: "rttime", Resource: 15, Soft: 1, Hard: 1},
		"sigpending=1": {Name: "sigpending", Resource: 11, Soft: 1, Hard: 1},
	}
	for in, want := range tests {
		if got, err := parseUlimit(in); err != nil || got != want {
			t.Errorf("parseUlimit(%q) = %+v, %v; want %+v", in, got, err, want)
		}
	}
	const form, negative = "not TYPE=SOFT[:HARD] such as nofile=1024:2048, with -1 for unlimited", "a limit is a number from 0, or -1 for unlimited"
	const order = "ulimit soft limit must be less than or equal to hard limit: "
	for in, want := range map[string]string{
		"":                           form,
		"nofile":                     form,
		"nofile=":                    form,
		"nofile=x":                   form,
		"nofile=1:":                  form,
		"nofile=:1":                  form,
		"nofile=1k":                  form,
		"nofile=Unlimited":           form,
		"nofile=9223372036854775808": form,
		"nofile=-2":                  negative,
		"nofile=-2:5":                negative,
		"nofile=1:2:3":               "too many limit value arguments - 1:2:3, can only have up to two, `soft[:hard]`",
		"nofile=2:1":                 order + "2 > 1",
		"nofile=-1:1":                order + "soft: -1 (unlimited), hard: 1",
		"nofile=unlimited:1":         order + "soft: -1 (unlimited), hard: 1",
		"as=1":                       "invalid ulimit type: as",
		"NOFILE=1":                   "invalid ulimit type: NOFILE",
		"=1":                         "invalid ulimit type: ",
	} {
		if got, err := parseUlimit(in); err == nil || err.Error() != want {
			t.Errorf("parseUlimit(%q) = %+v, %v; want %q", in, got, err, want)
		}
	}
}

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
	want := container.World{
		Hostname: "box", Domainname: "dom", Dir: "/a", User: "a:b", Groups: []string{"c,d", "e"}, Umask: &mask, OOMScoreAdj: &adj,
		Sysctls: []container.Sysctl{{Path: "net/y", Value: "2,3"}, {Path: "net/x", Value: "4"}}, // the last counts
		Rlimits: []container.Rlimit{{Name: "nofile", Resource: 7, Soft: 2, Hard: 2}, {Name: "core", Resource: 4, Soft: 3, Hard: 4}},
	}
	if !reflect.DeepEqual(config.World, want) {
		t.Errorf("%+v, want %+v", config.World, want)
	}
	if config, err = configOf("true"); err != nil || !reflect.DeepEqual(config.World, container.World{}) {
		t.Errorf("nothing asked for: %+v, %v", config.World, err)
	}
}

func TestParseWorldErrors(t *testing.T) {
	noEnvironment(t)
	for _, test := range []struct{ flag, value, want string }{
		{"--workdir", "tmp", `working directory "tmp" is not an absolute path`},
		{"--sysctl", "net.x", `invalid value "net.x" for --sysctl: not NAME=VALUE`},
		{"--sysctl", "kernel.panic=1", `sysctl "kernel/panic" is not allowed: it is the whole host's`},
		{"--ulimit", "as=1", `invalid value "as=1" for --ulimit: invalid ulimit type: as`},
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

func FuzzParseUlimit(f *testing.F) {
	for _, seed := range []string{"nofile=1:2", "core=unlimited", "cpu=-1:-1", "=", "nofile=-9223372036854775808:0", "core=1:unlimited"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		rlimit, err := parseUlimit(in)
		if err != nil {
			return
		}
		if rlimit.Soft > rlimit.Hard || rlimit.Name == "" || rlimit.Resource < 0 || rlimit.Resource > 15 ||
			rlimit.Hard > 1<<63-1 && rlimit.Hard != container.Unlimited {
			t.Fatalf("parseUlimit(%q) = %+v", in, rlimit)
		}
		if again, err := parseUlimit(rlimit.String()); err != nil || again != rlimit {
			t.Fatalf("parseUlimit(%q) = %+v, which reads back as %+v, %v", in, rlimit, again, err)
		}
	})
}
