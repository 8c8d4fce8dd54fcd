package cmd

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/state"
)

func TestParseRoot(t *testing.T) {
	noEnvironment(t)
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args string
		want spec.Root
	}{
		{"true", spec.Root{}},
		{"--rootfs /a true", spec.Root{Dir: "/a"}},
		{"--rootfs=/a/../b/ true", spec.Root{Dir: "/b"}},
		{"--rootfs a true", spec.Root{Dir: here + "/a"}},
		{"-rootfs / true", spec.Root{Dir: "/"}},
		{"--rootfs /a:O true", spec.Root{Dir: "/a", Overlay: true}},
		{"--rootfs /a:O/ true", spec.Root{Dir: "/a:O"}},
		{"--rootfs /a:o true", spec.Root{Dir: "/a:o"}},
		{"--rootfs /a --read-only true", spec.Root{Dir: "/a", ReadOnly: true}},
		{"--overlay true", spec.Root{Overlay: true}},
		{"--overlay /a true", spec.Root{Overlay: true}}, // /a is the command
		{"--overlay=/a true", spec.Root{Overlay: true, Changes: "/a"}},
		{"--overlay=a/b/ true", spec.Root{Overlay: true, Changes: here + "/a/b"}},
		{"--overlay=./true true", spec.Root{Overlay: true, Changes: here + "/true"}},
		{"--overlay=/a:b,c true", spec.Root{Overlay: true, Changes: "/a:b,c"}},
		{"--overlay=/a --overlay true", spec.Root{Overlay: true}},
		{"--overlay=/a --overlay=false true", spec.Root{}},
		{"--overlay --read-only true", spec.Root{Overlay: true, ReadOnly: true}},
		{"--read-only true", spec.Root{ReadOnly: true}},
		{"--read-only=false true", spec.Root{}},
		{"--overlay --hide /a --hide b true", spec.Root{Overlay: true, Hide: []string{"/a", here + "/b"}}},
		{"--read-only --hide none true", spec.Root{ReadOnly: true, HideNoDefaults: true}},
		{"--read-only --hide /a --hide none --hide /b,c true", spec.Root{ReadOnly: true, HideNoDefaults: true, Hide: []string{"/b,c"}}},
		{"--overlay --hide ./none true", spec.Root{Overlay: true, Hide: []string{here + "/none"}}},
	} {
		config, err := configOf(strings.Fields(test.args)...)
		if err == nil { // see TestCallersSecrets
			config.Root.Secrets, config.Root.Home, config.Root.State = nil, "", ""
		}
		if err != nil || !reflect.DeepEqual(config.Root, test.want) {
			t.Errorf("%s: %+v, %v, want %+v", test.args, config, err, test.want)
			continue
		}
		if want := "true"; config.Command[len(config.Command)-1] != want {
			t.Errorf("%s: command %q", test.args, config.Command)
		}
	}
}

func TestParseRootErrors(t *testing.T) {
	noEnvironment(t)
	for _, test := range []struct{ args, want string }{
		{"--rootfs= true", `invalid value "" for --rootfs: no directory is named`},
		{"--rootfs :O true", `invalid value ":O" for --rootfs: no directory is named`},
		{"--rootfs /a --overlay true", "--overlay is the host's root file system, and --rootfs another: --rootfs /a:O is that one copy-on-write"},
		{"--rootfs /a:O --overlay=/b true", "--rootfs /a:O is that one copy-on-write"},
		{"--overlay= true", `there is no value behind "--overlay="`},
		{"--overlay=~/x true", `behind "=" the shell leaves ~ as it is`},
		{"--hide /a true", "--hide needs --overlay, or --read-only without --rootfs"},
		{"--rootfs /a --hide /a true", "--hide needs --overlay, or --read-only without --rootfs"},
		{"--rootfs /a --read-only --hide none true", "--hide needs --overlay, or --read-only without --rootfs"},
		{"--overlay --hide / true", `--hide: "/" is the root itself`},
		{"--overlay --hide= true", `invalid value "" for --hide: no path is named`},
		{"--read-only=perhaps true", "neither true nor false"},
	} {
		if _, err := configOf(strings.Fields(test.args)...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.args, err, test.want)
		}
	}
}

// What files say of the root file system: a run with another is not bothered.
func TestParseRootDefaults(t *testing.T) {
	noEnvironment(t)
	file := [][]setting{{{name: "overlay", value: "/a"}, {name: "hide", value: "none"}, {name: "hide", value: "/b"}}}
	for args, want := range map[string]spec.Root{
		"true":                              {Overlay: true, Changes: "/a", Hide: []string{"/b"}, HideNoDefaults: true},
		"--overlay true":                    {Overlay: true, Hide: []string{"/b"}, HideNoDefaults: true},
		"--overlay=false true":              {},
		"--rootfs /c true":                  {Dir: "/c"},
		"--overlay=false --read-only true":  {ReadOnly: true, Hide: []string{"/b"}, HideNoDefaults: true},
		"--overlay --hide none true":        {Overlay: true, HideNoDefaults: true},
		"--overlay --hide /x --hide=y true": {Overlay: true, Hide: []string{"/b", "/x", absolute(t, "y")}, HideNoDefaults: true},
	} {
		config, err := configWith(file, strings.Fields(args)...)
		if err == nil {
			config.Root.Secrets, config.Root.Home, config.Root.State = nil, "", ""
		}
		if err != nil || !reflect.DeepEqual(config.Root, want) {
			t.Errorf("%s: %+v, %v, want %+v", args, config, err, want)
		}
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	full, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return full
}

func TestCallersSecrets(t *testing.T) {
	environment := map[string]string{
		"HOME": "/home/a/", "KUBECONFIG": "/k/one:/k/two:three", "KRB5CCNAME": "FILE:/tmp/krb5cc", "SSH_AUTH_SOCK": "/", "GNUPGHOME": "relative",
	}
	var root spec.Root
	addCaller(&root, func(name string) string { return environment[name] })
	if want := []string{"/tmp/krb5cc", "/k/one", "/k/two"}; !reflect.DeepEqual(root.Secrets, want) || root.Home != "/home/a" {
		t.Errorf("%+v, want %v", root, want)
	}
	for _, test := range []struct {
		uid         int
		home        string
		environment map[string]string
		want        string
	}{
		{0, "/root", nil, "/var/lib/mydocker"},
		{0, "/root", map[string]string{"XDG_DATA_HOME": "/data"}, "/var/lib/mydocker"},
		{1, "/home/a", nil, "/home/a/.local/share/mydocker"},
		{1, "/home/a", map[string]string{"XDG_DATA_HOME": "/data"}, "/data/mydocker"},
		{1, "/home/a", map[string]string{"XDG_DATA_HOME": "data"}, "/home/a/.local/share/mydocker"},
		{1, "", nil, ""},
		{0, "", map[string]string{state.Variable: "/state/"}, "/state"},
		{1, "", map[string]string{state.Variable: "state"}, absolute(t, "state")},
	} {
		if got := state.Directory(test.uid, test.home, func(name string) string { return test.environment[name] }); got != test.want {
			t.Errorf("%+v: %q", test, got)
		}
	}
}
