package spec

import "testing"

func TestParseRlimit(t *testing.T) {
	tests := map[string]Rlimit{
		"nofile=1024":               {Name: "nofile", Resource: 7, Soft: 1024, Hard: 1024},
		"nofile=1024:2048":          {Name: "nofile", Resource: 7, Soft: 1024, Hard: 2048},
		"core=0":                    {Name: "core", Resource: 4},
		"core=-1":                   {Name: "core", Resource: 4, Soft: Unlimited, Hard: Unlimited},
		"core=unlimited":            {Name: "core", Resource: 4, Soft: Unlimited, Hard: Unlimited},
		"stack=8192:-1":             {Name: "stack", Resource: 3, Soft: 8192, Hard: Unlimited},
		"stack=8192:unlimited":      {Name: "stack", Resource: 3, Soft: 8192, Hard: Unlimited},
		"nproc=9223372036854775807": {Name: "nproc", Resource: 6, Soft: 1<<63 - 1, Hard: 1<<63 - 1},
		"cpu=1":                     {Name: "cpu", Soft: 1, Hard: 1}, "data=1": {Name: "data", Resource: 2, Soft: 1, Hard: 1},
		"fsize=1": {Name: "fsize", Resource: 1, Soft: 1, Hard: 1}, "locks=1": {Name: "locks", Resource: 10, Soft: 1, Hard: 1},
		"memlock=1": {Name: "memlock", Resource: 8, Soft: 1, Hard: 1}, "msgqueue=1": {Name: "msgqueue", Resource: 12, Soft: 1, Hard: 1},
		"nice=1": {Name: "nice", Resource: 13, Soft: 1, Hard: 1}, "rss=1": {Name: "rss", Resource: 5, Soft: 1, Hard: 1},
		"rtprio=1": {Name: "rtprio", Resource: 14, Soft: 1, Hard: 1}, "rttime=1": {Name: "rttime", Resource: 15, Soft: 1, Hard: 1},
		"sigpending=1": {Name: "sigpending", Resource: 11, Soft: 1, Hard: 1},
	}
	for in, want := range tests {
		if got, err := ParseRlimit(in); err != nil || got != want {
			t.Errorf("ParseRlimit(%q) = %+v, %v; want %+v", in, got, err, want)
		}
	}
	const form, order = "not TYPE=SOFT[:HARD] such as nofile=1024:2048, with -1 for unlimited", "the soft limit is above the hard one"
	for in, want := range map[string]string{
		"nofile":                     form,
		"nofile=":                    form,
		"nofile=x":                   form,
		"nofile=1:":                  form,
		"nofile=:1":                  form,
		"nofile=1k":                  form,
		"nofile=0x1":                 form,
		"nofile=Unlimited":           form,
		"nofile=9223372036854775808": form,
		"nofile=-2":                  form,
		"nofile=-2:5":                form,
		"nofile=1:2:3":               form,
		"nofile=2:1":                 order,
		"nofile=-1:1":                order,
		"nofile=unlimited:1":         order,
		"":                           `there is no ulimit of type ""`,
		"as=1":                       `there is no ulimit of type "as"`,
		"NOFILE=1":                   `there is no ulimit of type "NOFILE"`,
		"=1":                         `there is no ulimit of type ""`,
	} {
		if got, err := ParseRlimit(in); err == nil || err.Error() != want {
			t.Errorf("ParseRlimit(%q) = %+v, %v; want %q", in, got, err, want)
		}
	}
}

func FuzzParseRlimit(f *testing.F) {
	for _, seed := range []string{"nofile=1:2", "core=unlimited", "cpu=-1:-1", "=", "nofile=-9223372036854775808:0", "core=1:unlimited"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		rlimit, err := ParseRlimit(in)
		if err != nil {
			return
		}
		if rlimit.Soft > rlimit.Hard || rlimit.Name == "" || rlimit.Resource < 0 || rlimit.Resource > 15 ||
			rlimit.Hard > 1<<63-1 && rlimit.Hard != Unlimited {
			t.Fatalf("ParseRlimit(%q) = %+v", in, rlimit)
		}
		if again, err := ParseRlimit(rlimit.String()); err != nil || again != rlimit {
			t.Fatalf("ParseRlimit(%q) = %+v, which reads back as %+v, %v", in, rlimit, again, err)
		}
	})
}
