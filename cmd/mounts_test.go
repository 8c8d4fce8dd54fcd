package cmd

import (
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/container/spec"
)

func TestParseVolume(t *testing.T) {
	bind := func(source, target string, change ...func(*spec.Mount)) spec.Mount {
		m := spec.Mount{Type: spec.MountBind, Source: source, Target: target, CreateSource: true}
		for _, c := range change {
			c(&m)
		}
		return m
	}
	volume := func(name, target string, change ...func(*spec.Mount)) spec.Mount {
		m := spec.Mount{Type: spec.MountVolume, Target: target, Volume: &spec.Volume{Name: name}}
		for _, c := range change {
			c(&m)
		}
		return m
	}
	for value, want := range map[string]spec.Mount{
		"/a:/b":                 bind("/a", "/b"),
		"/a/:/b/":               bind("/a", "/b"),
		"/a/../b:/c/../d//./e":  bind("/b", "/d/e"),
		"/a:/../../b":           bind("/a", "/b"),
		".:/b":                  bind(absolute(t, "."), "/b"),
		"./a b:/c d":            bind(absolute(t, "a b"), "/c d"),
		"..:/b":                 bind(absolute(t, ".."), "/b"),
		".hidden:/b":            bind(absolute(t, ".hidden"), "/b"),
		"/:/host":               bind("/", "/host"),
		"/a,b:/c,d":             bind("/a,b", "/c,d"),
		"/a:/b:rw":              bind("/a", "/b"),
		"/a:/b:ro":              bind("/a", "/b", func(m *spec.Mount) { m.ReadOnly = true }),
		"/a:/ro:ro":             bind("/a", "/ro", func(m *spec.Mount) { m.ReadOnly = true }),
		"/a:/b:z":               bind("/a", "/b", func(m *spec.Mount) { m.Relabel = "shared" }),
		"/a:/b:ro,Z":            bind("/a", "/b", func(m *spec.Mount) { m.ReadOnly, m.Relabel = true, "private" }),
		"/a:/b:U":               bind("/a", "/b", func(m *spec.Mount) { m.Chown = true }),
		"/a:/b:rshared":         bind("/a", "/b", func(m *spec.Mount) { m.Propagation = "rshared" }),
		"/a:/b:slave,rw,cached": bind("/a", "/b", func(m *spec.Mount) { m.Propagation = "slave" }),
		"/a:/b:noexec,nosuid,nodev": bind("/a", "/b", func(m *spec.Mount) {
			m.NoExec, m.NoSuid, m.NoDev = true, true, true
		}),
		"/a":             {Type: spec.MountVolume, Target: "/a"},
		"/a/../b/":       {Type: spec.MountVolume, Target: "/b"},
		"name:/b":        volume("name", "/b"),
		"a.b-c_d:/b:ro":  volume("a.b-c_d", "/b", func(m *spec.Mount) { m.ReadOnly = true }),
		"name:/b:nocopy": volume("name", "/b", func(m *spec.Mount) { m.Volume.NoCopy = true }),
		"name:/b:rw,nocopy,z,U": volume("name", "/b", func(m *spec.Mount) {
			m.Volume.NoCopy, m.Relabel, m.Chown = true, "shared", true
		}),
	} {
		if got, err := parseVolume(value); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, want %+v", value, got, err, want)
		}
	}
	for value, want := range map[string]string{
		"":                       "an empty section between colons",
		":":                      "an empty section between colons",
		":/b":                    "an empty section between colons",
		"/a:":                    "an empty section between colons",
		"/a:/b:":                 "an empty section between colons",
		"/a::/b":                 "an empty section between colons",
		"/":                      "the destination can't be /",
		"name":                   `invalid mount path: "name": the path in the container must be absolute`,
		"/a:/b:/c:/d":            "too many colons: a path with a colon in it is for --mount",
		"/a:/b:ro:rw":            "too many colons",
		"/a:ro":                  `there is no path in the container before "ro"`,
		"/a:/b:/c":               `unknown option "/c"`,
		"/a:/b:ro,":              `unknown option ""`,
		"/a:/b:exec":             `unknown option "exec" (ro, rw,`,
		"/a:/b:RO":               `unknown option "RO"`,
		"/a:/b:ro,rw":            `"ro" and "rw" cannot stand together`,
		"/a:/b:ro,ro":            `"ro" and "ro" cannot stand together`,
		"/a:/b:z,Z":              `"z" and "Z" cannot stand together`,
		"/a:/b:shared,":          `unknown option ""`,
		"/a:/b:private,ro,slave": `"private" and "slave" cannot stand together`,
		"/a:/b:nocopy":           `"nocopy" is for named volumes`,
		"name:/b:copy":           `unknown option "copy"`,
		"name:/b:nocopy,nocopy":  `"nocopy" and "nocopy" cannot stand together`,
		"name:/b:rshared":        `"rshared" is for directories of the host`,
		"name:b":                 `invalid mount path: "b"`,
		"name:/":                 "the destination can't be /",
		"name:ro":                `there is no path in the container before "ro"`,
		"na me:/b":               `"na me" includes invalid characters for a local volume name`,
		"_a:/b":                  "includes invalid characters",
		"/a:/b:O":                `podman's overlay of a volume`,
		"a:/b":                   "volume name is too short, names should be at least two alphanumeric characters",
		"a/b:/c":                 `"a/b" is no absolute path: one from here begins with ./, as in ./a/b`,
		"~/a:/b":                 `the shell leaves ~ as it is there: "$HOME" says the same`,
		"/a:b":                   `invalid mount path: "b": the path in the container must be absolute`,
		"/a:./b":                 `the path in the container must be absolute`,
		"/a:/":                   "the destination can't be /",
		"/a:/b/..":               "the destination can't be /",
		"/a:/..":                 "the destination can't be /",
		"/a\x00:/b":              "a path holds no NUL byte",
		"/a:/b\x00":              "a path holds no NUL byte",
	} {
		if got, err := parseVolume(value); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v, want %q", value, got, err, want)
		}
	}
}

func TestParseMount(t *testing.T) {
	bind := func(change ...func(*spec.Mount)) spec.Mount {
		m := spec.Mount{Type: spec.MountBind, Source: "/a", Target: "/b"}
		for _, c := range change {
			c(&m)
		}
		return m
	}
	readOnly := func(m *spec.Mount) { m.ReadOnly = true }
	tmpfs := func(data string) spec.Mount {
		return spec.Mount{Type: spec.MountTmpfs, Target: "/b", NoExec: true, NoSuid: true, NoDev: true, Data: data}
	}
	volume := func(v spec.Volume) spec.Mount { return spec.Mount{Type: spec.MountVolume, Target: "/b", Volume: &v} }
	for value, want := range map[string]spec.Mount{
		"type=bind,src=/a,dst=/b":                                                      bind(),
		"type=bind,source=/a,target=/b":                                                bind(),
		"destination=/b,source=/a,type=BIND":                                           bind(),
		"TYPE=bind,Src=/a,DST=/b":                                                      bind(),
		"type=bind,src=/x,src=/a,dst=/b":                                               bind(),
		"type=bind,src=/a,dst=/b,consistency=cached":                                   bind(),
		"type=bind,src=/a,dst=/b,readonly":                                             bind(readOnly),
		"type=bind,src=/a,dst=/b,ro":                                                   bind(readOnly),
		"type=bind,src=/a,dst=/b,ro=true":                                              bind(readOnly),
		"type=bind,src=/a,dst=/b,readonly=1":                                           bind(readOnly),
		"type=bind,src=/a,dst=/b,ro,ro=0":                                              bind(),
		"type=bind,src=/a,dst=/b,bind-propagation=rSlave":                              bind(func(m *spec.Mount) { m.Propagation = "rslave" }),
		"type=bind,src=/a,dst=/b,bind-nonrecursive":                                    bind(func(m *spec.Mount) { m.NonRecursive = true }),
		"type=bind,src=/a,dst=/b,bind-recursive=disabled":                              bind(func(m *spec.Mount) { m.NonRecursive = true }),
		"type=bind,src=/a,dst=/b,bind-recursive=enabled":                               bind(),
		"type=bind,src=/a,dst=/b,bind-recursive=writable,ro":                           bind(readOnly, func(m *spec.Mount) { m.OnlyTop = true }),
		"type=bind,src=/a,dst=/b,bind-create-src":                                      bind(func(m *spec.Mount) { m.CreateSource = true }),
		"type=bind,src=/a,dst=/b,bind-create-src=false":                                bind(),
		"type=bind,src=/a,dst=/b,U":                                                    bind(func(m *spec.Mount) { m.Chown = true }),
		"type=bind,src=/a,dst=/b,chown=true,relabel=shared":                            bind(func(m *spec.Mount) { m.Chown, m.Relabel = true, "shared" }),
		`type=bind,"src=/a,""b""",dst=/c:d`:                                            bind(func(m *spec.Mount) { m.Source, m.Target = `/a,"b"`, "/c:d" }),
		"type=bind,src=/a=b,dst=/c=d":                                                  bind(func(m *spec.Mount) { m.Source, m.Target = "/a=b", "/c=d" }),
		"type=bind,src=.,dst=/b/../c/":                                                 bind(func(m *spec.Mount) { m.Source, m.Target = absolute(t, "."), "/c" }),
		"type=bind,src=/a,dst=/b,ro,bind-recursive=readonly,bind-propagation=rprivate": bind(readOnly, func(m *spec.Mount) { m.RecursiveReadOnly, m.Propagation = true, "rprivate" }),
		"type=tmpfs,dst=/b":                                                            tmpfs(""),
		"type=tmpfs,dst=/b,tmpfs-size=64m,tmpfs-mode=1770":                             tmpfs("size=67108864,mode=1770"),
		"type=tmpfs,dst=/b,tmpfs-size=0":                                               tmpfs("size=0"),
		"type=tmpfs,dst=/b,tmpfs-mode=0":                                               tmpfs("mode=0"),
		"dst=/b":                                                                       {Type: spec.MountVolume, Target: "/b"},
		"type=volume,dst=/b,ro":                                                        {Type: spec.MountVolume, Target: "/b", ReadOnly: true},
		"src=name,dst=/b":                                                              volume(spec.Volume{Name: "name"}),
		"type=volume,dst=/b,volume-nocopy":                                             volume(spec.Volume{NoCopy: true}),
		"type=volume,dst=/b,volume-label=x":                                            volume(spec.Volume{Labels: map[string]string{"x": ""}}),
		"source=name,dst=/b,volume-nocopy=1,volume-label=x=y=z,volume-label=w,volume-driver=local,volume-opt=type=tmpfs,volume-opt=device=t": volume(spec.Volume{
			Name: "name", NoCopy: true, Labels: map[string]string{"x": "y=z", "w": ""}, Options: map[string]string{"type": "tmpfs", "device": "t"},
		}),
	} {
		if got, err := parseMount(value); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, want %+v", value, got, err, want)
		}
	}
	for value, want := range map[string]string{
		"":                                   "value is empty",
		" ":                                  "value is empty",
		"\n":                                 "value is empty",
		"x":                                  `invalid field "x": it must be a key=value pair`,
		"type=bind,src=/a,dst=/b,":           `invalid field "": it must be a key=value pair`,
		"type=bind,src=/a,dst=/b,foo=bar":    `unknown option "foo" in "foo=bar"`,
		"type=bind,src=/a, dst=/b":           `" dst=/b": there is white space around the key or the value`,
		"type=bind,src=/a,dst= /b":           "there is white space",
		"type=bind,src=,dst=/b":              `invalid value for "src": value is empty`,
		"type=bind,src=/a,dst=/b\ntype=bind": "it has more than one line",
		`type=bind,"src=/a,dst=/b`:           `a field with a comma or a quote in it is "quoted"`,
		`type=bind,src="/a",dst=/b`:          `a field with a comma or a quote in it is "quoted"`,
		"src=/a,dst=/b":                      `"/a" includes invalid characters for a local volume name`,
		"type=volume,src=a,dst=/b":           "volume name is too short",
		"type=volume,src=name,dst=/b,volume-subpath=x":                         `unknown option "volume-subpath" in "volume-subpath=x": a part of a volume cannot be mounted yet`,
		"type=volume,src=name,dst=/b,volume-nocopy=yes":                        `invalid value for "volume-nocopy": "yes"`,
		"type=volume,src=name,dst=/b,volume-driver=nfs":                        `invalid value for volume-driver: "nfs": local is the only driver`,
		"type=volume,src=name,dst=/b,volume-opt=x=y":                           `invalid value for volume-opt: invalid option: "x"`,
		"type=volume,src=name,dst=/b,bind-propagation=shared":                  "cannot mix 'bind-*' options with mount type 'volume'",
		"type=volume,src=name,dst=/b,tmpfs-size=1":                             "cannot mix 'tmpfs-*' options with mount type 'volume'",
		"type=bind,src=/a,dst=/b,volume-nocopy":                                "cannot mix 'volume-*' options with mount type 'bind'",
		"type=tmpfs,dst=/b,volume-label=x":                                     "cannot mix 'volume-*' options with mount type 'tmpfs'",
		"type=image,src=a,dst=/b":                                              "type=image: images are not mounted in containers yet; mydocker image mount gives a directory for type=bind",
		"type=npipe,src=a,dst=/b":                                              "type=npipe: it is for Windows",
		"type=cluster,src=a,dst=/b":                                            "type=cluster: this is one host",
		"type=ramfs,dst=/b":                                                    `mount type unknown: "ramfs"`,
		"type=bind,src=/a":                                                     "target is required",
		"type=bind,dst=/b":                                                     "source is required for type=bind",
		"type=bind,src=a,dst=/b":                                               `"a" is no path of the host: one has a slash, as in ./a or /srv/a`,
		"type=bind,src=/a,dst=b":                                               "must be absolute",
		"type=bind,src=/a,dst=/":                                               "the destination can't be /",
		"type=bind,src=/a,dst=/b,tmpfs-size=1m":                                "cannot mix 'tmpfs-*' options with mount type 'bind'",
		"type=tmpfs,dst=/b,bind-recursive=enabled":                             "cannot mix 'bind-*' options with mount type 'tmpfs'",
		"type=tmpfs,dst=/b,bind-create-src":                                    "cannot mix 'bind-*' options with mount type 'tmpfs'",
		"type=bind,src=/a,dst=/b,ro=yes":                                       `invalid value for "ro": "yes" is none of true, 1, false and 0`,
		"type=bind,src=/a,dst=/b,ro=":                                          `invalid value for "ro": "" is none of`,
		"type=bind,src=/a,dst=/b,bind-propagation=x":                           `invalid propagation mode: "x"`,
		"type=bind,src=/a,dst=/b,bind-recursive=x":                             `invalid value for bind-recursive: "x" (must be enabled, disabled, writable or readonly)`,
		"type=bind,src=/a,dst=/b,bind-recursive=writable":                      "option 'bind-recursive=writable' requires 'readonly'",
		"type=bind,src=/a,dst=/b,bind-recursive=readonly":                      "option 'bind-recursive=readonly' requires 'readonly'",
		"type=bind,src=/a,dst=/b,ro,bind-recursive=readonly":                   "requires 'bind-propagation=rprivate'",
		"type=bind,src=/a,dst=/b,ro,bind-recursive=writable,bind-nonrecursive": "cannot stand together",
		"type=bind,src=/a,dst=/b,bind-idmap=userns":                            `unknown option "bind-idmap" in "bind-idmap=userns": mounts with other ids are not there yet`,
		"type=bind,src=/a,dst=/b,relabel=z":                                    "invalid value for relabel",
		"type=tmpfs,src=/a,dst=/b":                                             "field source must not be specified for type=tmpfs",
		"type=tmpfs,dst=/b,U":                                                  "U is for type=bind",
		"type=tmpfs,dst=/b,relabel=shared":                                     "relabel is for type=bind",
		"type=tmpfs,dst=/b,tmpfs-size=x":                                       `invalid value for tmpfs-size: "x": not a size such as 100m`,
		"type=tmpfs,dst=/b,tmpfs-size=-1":                                      "not a size",
		"type=tmpfs,dst=/b,tmpfs-mode=8":                                       `invalid value for tmpfs-mode: "8" is not an octal number`,
		"type=tmpfs,dst=/b,tmpfs-mode=10000":                                   "not an octal number from 0 to 7777",
	} {
		if got, err := parseMount(value); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v, want %q", value, got, err, want)
		}
	}
}

func TestParseTmpfs(t *testing.T) {
	tmpfs := func(data string, change ...func(*spec.Mount)) spec.Mount {
		m := spec.Mount{Type: spec.MountTmpfs, Target: "/a", NoExec: true, NoSuid: true, NoDev: true, Data: data}
		for _, c := range change {
			c(&m)
		}
		return m
	}
	for value, want := range map[string]spec.Mount{
		"/a":       tmpfs(""),
		"/a/":      tmpfs(""),
		"/b/../a:": tmpfs(""),
		"/a:rw,noexec,nosuid,nodev,defaults,relatime,size=65536k": tmpfs("size=65536k"),
		"/a:ro":                                tmpfs("", func(m *spec.Mount) { m.ReadOnly = true }),
		"/a:exec":                              tmpfs("", func(m *spec.Mount) { m.NoExec = false }),
		"/a:exec,suid,dev":                     tmpfs("", func(m *spec.Mount) { m.NoExec, m.NoSuid, m.NoDev = false, false, false }),
		"/a:exec,noexec,ro,rw":                 tmpfs(""),
		"/a:size=1g,size=2M,mode=700,size=50%": tmpfs("mode=700,size=50%"),
		"/a:uid=1000,gid=0,mode=1777,nr_inodes=10k,nr_blocks=5,mpol=local": tmpfs("uid=1000,gid=0,mode=1777,nr_inodes=10k,nr_blocks=5,mpol=local"),
		"/a:size=0": tmpfs("size=0"),
	} {
		if got, err := parseTmpfs(value); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", value, got, err, want)
		}
	}
	for value, want := range map[string]string{
		"":                            "must be absolute",
		":size=1m":                    "must be absolute",
		"a":                           `invalid mount path: "a"`,
		"/":                           "the destination can't be /",
		"/a:noexec:ro":                `invalid tmpfs option "noexec:ro"`,
		"/a:huge=always":              `invalid tmpfs option "huge=always" (size, mode,`,
		"/a:noswap":                   `invalid tmpfs option "noswap" (ro, rw,`,
		"/a:remount":                  `invalid tmpfs option "remount"`,
		"/a:bind":                     `invalid tmpfs option "bind"`,
		"/a:shared":                   `invalid tmpfs option "shared"`,
		"/a:size=":                    `invalid tmpfs option "size=": not a number`,
		"/a:size=1mm":                 "not a number",
		"/a:size=-1":                  "not a number",
		"/a:size=1t":                  "not a number",
		"/a:size=m":                   "not a number",
		"/a:size=1.5g":                "not a number",
		"/a:size=9223372036854775808": "not a number",
		"/a:nr_inodes=50%":            "not a number",
		"/a:mode=8":                   `invalid tmpfs option "mode=8": "8" is not an octal number`,
		"/a:mode=17777":               "not an octal number",
		"/a:uid=root":                 `invalid tmpfs option "uid=root": not the number of a user`,
		"/a:gid=4294967296":           "not the number of a user",
		"/a:gid=-1":                   "not the number of a user",
		"/a:mpol=":                    "there is no value",
		"/a:=1":                       `invalid tmpfs option "=1"`,
		"/a\x00":                      "NUL",
	} {
		if got, err := parseTmpfs(value); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v, want %q", value, got, err, want)
		}
	}
}

// targets are those of the mounts of a command line, in their order, "" none.
func targets(mounts []spec.Mount) string {
	var list []string
	for _, m := range mounts {
		list = append(list, m.Target)
	}
	return strings.Join(list, " ")
}

// What holds for the flags together, and with those of files.
func TestParseMounts(t *testing.T) {
	noEnvironment(t)
	file := [][]setting{{{name: "volume", value: "/f:/f"}, {name: "volume", value: "/f:/b"}, {name: "tmpfs", value: "/t"}, {name: "shm-size", value: "1m"}}}
	for _, test := range []struct {
		files   [][]setting
		args    string
		targets string
		shm     int64
		failure string
	}{
		{nil, "--rootfs /r -v /a:/b -v/c:/d -v=/e:/f --volume /g:/h --volume=/i:/j true", "/b /d /f /h /j", 0, ""},
		{nil, "--rootfs /r --tmpfs /t -v /a:/b --mount type=tmpfs,dst=/m --shm-size 1m true", "/b /m /t", 1 << 20, ""},
		{nil, "--rootfs /r --shm-size 0 true", "", 0, ""},
		{nil, "--overlay -v /a:/b -v /a:/b --tmpfs /t --tmpfs /t:size=1m true", "/b /t", 0, ""},
		{nil, "--read-only -v /a:/b -v /c:/b/ true", "", 0, "--volume /c:/b/: duplicate mount point: /b is the target of --volume /a:/b, too"},
		{nil, "--read-only -v /a:/b --mount type=bind,src=/a,dst=/b true", "", 0, "duplicate mount point: /b"},
		{nil, "--read-only -v /a:/b --tmpfs /b true", "", 0, "duplicate mount point: /b"},
		{nil, "-v /a:/b true", "", 0, "--volume /a:/b: it needs a root file system of the container's own: --image, --rootfs DIR, --overlay or --read-only"},
		{nil, "--shm-size 1m true", "", 0, "--shm-size: it needs a root file system of the container's own"},
		{nil, "--rootfs /r --ipc host --shm-size 1m true", "", 0, "--shm-size: with --ipc host"},
		{nil, "--rootfs /r --shm-size x true", "", 0, `invalid value "x" for --shm-size: not a size`},
		{nil, "--rootfs /r --shm-size= true", "", 0, `invalid value "" for --shm-size`},
		{nil, "--rootfs /r -v name:/b -v /c true", "/b /c", 0, ""},
		{nil, "--rootfs /r -v name:/b -v /b true", "/b", 0, ""},
		{nil, "--rootfs /r -v name:/b -v other:/b true", "", 0, "duplicate mount point: /b is the target of --volume name:/b, too"},
		{nil, "--rootfs /r --volume-driver nfs true", "", 0, `invalid value "nfs" for --volume-driver: local is the only driver`},
		{nil, "--rootfs /r --volumes-from one:exec true", "", 0, "--volumes-from one:exec: invalid mode: exec"},
		{nil, "--volumes-from one true", "", 0, "--volumes-from one: it needs a root file system"},
		{nil, "--rootfs /r --mount x true", "", 0, `invalid value "x" for --mount: invalid field "x"`},
		{nil, "--rootfs /r --tmpfs x true", "", 0, `invalid value "x" for --tmpfs: invalid mount path`},
		{nil, "--rootfs /r -v= true", "", 0, `there is no value behind "-v="`},
		{nil, "--rootfs /r --volume= true", "", 0, `invalid value "" for --volume: an empty section`},
		{file, "true", "", 0, ""},
		{file, "--rootfs /r true", "/f /b /t", 1 << 20, ""},
		{file, "--rootfs /r -v /a:/b --shm-size 2m true", "/f /t /b", 2 << 20, ""},
		{file, "--rootfs /r --mount type=tmpfs,dst=/b true", "/f /t /b", 1 << 20, ""},
	} {
		config, err := configWith(test.files, strings.Fields(test.args)...)
		switch {
		case test.failure != "":
			if err == nil || !strings.Contains(err.Error(), test.failure) {
				t.Errorf("%s: %v, want %q", test.args, err, test.failure)
			}
		case err != nil || targets(config.Mounts) != test.targets || config.ShmSize != test.shm:
			t.Errorf("%s: %v, %+v", test.args, err, config)
		}
	}
	config, err := configOf("--overlay", "--tmpfs", "/t", "--tmpfs", "/t:size=1m", "true")
	if err != nil || len(config.Mounts) != 1 || config.Mounts[0].Data != "size=1m" {
		t.Errorf("%v, %+v", err, config)
	}
}

// Whatever is given, a mount that is taken makes sense to the engine.
func FuzzParseMounts(f *testing.F) {
	for _, value := range []string{
		"/a:/b", ".:/b:ro,z,U", "/a:/b:rshared", "/a", ":", "a:/b", "~:/b", "type=bind,src=/a,dst=/b,ro,bind-recursive=readonly,bind-propagation=rprivate",
		`type=bind,"src=/a,b",dst=/b`, "type=tmpfs,dst=/b,tmpfs-size=1m,tmpfs-mode=700", "/a:size=1m,mode=1777,exec,uid=1", "/a:nr_inodes=1k,ro", "\xff", "\x00",
		"name:/b:nocopy,ro", "src=name,dst=/b,volume-label=x=y,volume-opt=type=tmpfs", "dst=/b,volume-nocopy",
	} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, parser := range mountParsers() {
			m, err := parser.parse(value)
			if err != nil {
				continue
			}
			if m.Target == "/" || !path.IsAbs(m.Target) || path.Clean(m.Target) != m.Target {
				t.Errorf("%s %q: target %q", parser.flag, value, m.Target)
			}
			if (m.Type == spec.MountBind) != (m.Source != "") || m.Source != "" && filepath.Clean(m.Source) != m.Source {
				t.Errorf("%s %q: source %q of a %s", parser.flag, value, m.Source, m.Type)
			}
			if v := m.Volume; v != nil && (m.Type != spec.MountVolume || v.Name != "" && (strings.ContainsAny(v.Name, "/\x00") || v.Name[0] == '.')) {
				t.Errorf("%s %q: volume %+v", parser.flag, value, v)
			}
			s := spec.Spec{Command: []string{"true"}, Root: spec.Root{Overlay: true}, Mounts: []spec.Mount{m}, Resources: &subsystems.ResourceConfig{}}
			if err := s.Validate(); err != nil {
				t.Errorf("%s %q: %v", parser.flag, value, err)
			}
		}
	})
}
