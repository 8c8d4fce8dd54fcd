package ocicli

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func testFlags() []flag {
	return []flag{{name: "bundle", short: "b", value: "DIR"}, {name: "force", short: "f"}, {name: "env", short: "e", value: "NAME=VALUE"}}
}

func TestParse(t *testing.T) {
	type values = map[string][]string
	for _, test := range []struct {
		line   string
		most   int
		values values
		words  string
		err    string
	}{
		{line: "", values: values{}},
		{line: "id", values: values{}, words: "id"},
		{line: "--bundle b id", values: values{"bundle": {"b"}}, words: "id"},
		{line: "id --bundle=b", values: values{"bundle": {"b"}}, words: "id"},
		{line: "-b b -f id", values: values{"bundle": {"b"}, "force": {"true"}}, words: "id"},
		{line: "-bundle b id -force", values: values{"bundle": {"b"}, "force": {"true"}}, words: "id"},
		{line: "--force=false id", values: values{"force": {"false"}}, words: "id"},
		{line: "--force=1 --bundle= id", values: values{"force": {"true"}, "bundle": {""}}, words: "id"},
		{line: "-e a=b --env c=d=e id", values: values{"env": {"a=b", "c=d=e"}}, words: "id"},
		{line: "-b -f id", values: values{"bundle": {"-f"}}, words: "id"},
		{line: "id - -f", values: values{"force": {"true"}}, words: "id -"},
		{line: "id -- -f --bogus", values: values{}, words: "id -f --bogus"},
		{line: "-f -- id", values: values{"force": {"true"}}, words: "id"},
		{line: "id -f cmd -x --bundle y -- z", most: 2, values: values{"force": {"true"}}, words: "id cmd -x --bundle y -- z"},
		{line: "id -- cmd -x", most: 2, values: values{}, words: "id cmd -x"},
		{line: "id -o pid -q", most: 1, values: values{}, words: "id -o pid -q"},
		{line: "id --bogus", values: values{}, words: "id", err: "flag provided but not defined: -bogus"},
		{line: "--bogus=x", values: values{}, err: "flag provided but not defined: -bogus"},
		{line: "-bf", values: values{}, err: "flag provided but not defined: -bf"},
		{line: "---force", values: values{}, err: "flag provided but not defined: --force"},
		{line: "-=", values: values{}, err: "flag provided but not defined: -"},
		{line: "id -b", values: values{}, words: "id", err: "flag needs an argument: -b"},
		{line: "--force=maybe", values: values{}, err: `invalid boolean value "maybe" for -force`},
	} {
		got, err := parse(testFlags(), strings.Fields(test.line), test.most)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if text != test.err || !reflect.DeepEqual(got.values, test.values) || strings.Join(got.words, " ") != test.words {
			t.Errorf("%q: %q, %q, %q", test.line, got.values, got.words, text)
		}
	}
}

func TestArguments(t *testing.T) {
	a, err := parse([]flag{{name: "n", value: "N"}, {name: "on"}}, strings.Fields("-n 1 -n 0x10 -on"), 0)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := a.count("n"); err != nil || n != 16 || !a.on("on") || a.on("n") || a.has("on2") || a.text("n") != "0x10" {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := a.count("other"); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	for _, text := range []string{"-1", "x", "", "99999999999", "1.5"} {
		if n, err := (&arguments{values: map[string][]string{"n": {text}}}).count("n"); err == nil {
			t.Errorf("%q is %d", text, n)
		}
	}
}

// The verb is found behind the flags, and each has those that engines call it with.
func TestParseVerb(t *testing.T) {
	for _, test := range []struct{ line, verb, words, err string }{
		{line: "--root /r --log /l --log-format json create --bundle /b --pid-file /p --console-socket /s id", verb: "create", words: "id"},
		{line: "--systemd-cgroup --log-format=json --log /l create --bundle /b --preserve-fds 2 id", verb: "create", words: "id"},
		{line: "start id", verb: "start", words: "id"},
		{line: "delete --force id", verb: "delete", words: "id"},
		{line: "kill --all id 9", verb: "kill", words: "id 9"},
		{line: "exec --process /p --detach --pid-file /p id", verb: "exec", words: "id"},
		{line: "exec -t -e A=b --cwd / -u 1:2 -g 3 -c CAP_KILL id ls -la --tty", verb: "exec", words: "id ls -la --tty"},
		{line: "exec id --tty ls --cwd", verb: "exec", words: "id ls --cwd"},
		{line: "ps --format json id", verb: "ps", words: "id"},
		{line: "ps id -o pid", verb: "ps", words: "id -o pid"},
		{line: "update --resources - id", verb: "update", words: "id"},
		{line: "update --resources=/f id --cpu-share 5", verb: "update", words: "id"},
		{line: "run -d -b /b --keep --no-subreaper --no-pivot --no-new-keyring id", verb: "run", words: "id"},
		{line: "--version state", verb: "version"},
		{line: "-v", verb: "version"},
		{line: "--help", verb: "help"},
		{line: "state --help", verb: "help", words: "state"},
		{line: "exec id -h", verb: "help", words: "exec"},
		{line: "exec id ls -h", verb: "exec", words: "id ls -h"},
		{line: "start", err: `"start" requires exactly 1 argument(s)`},
		{line: "start a b", err: `"start" requires exactly 1 argument(s)`},
		{line: "kill", err: `"kill" requires a minimum of 1 argument(s)`},
		{line: "kill id 9 9", err: `"kill" requires a maximum of 2 argument(s)`},
		{line: "exec", err: `"exec" requires a minimum of 1 argument(s)`},
		{line: "list x", err: `"list" takes no arguments`},
		{line: "frob x", err: `unknown command "frob": No help topic for 'frob'`},
		{line: "--root /r", err: "no command is named"},
		{line: "state --id=x", err: "flag provided but not defined: -id"},
	} {
		c := &call{}
		var err error
		if c.global, err = parse(globalFlags(), strings.Fields(test.line), 1); err == nil {
			err = c.parseVerb()
		}
		if err != nil {
			if err.Error() != test.err {
				t.Errorf("%s: %v", test.line, err)
			}
			continue
		}
		if test.err != "" || c.verb.name != test.verb || strings.Join(c.words, " ") != test.words {
			t.Errorf("%s: %s %q", test.line, c.verb.name, c.words)
		}
	}
}

// No verb has a flag twice, or takes the flags of help.
func TestVerbs(t *testing.T) {
	for _, v := range slices.Concat(quickVerbs(), otherVerbs(), []verb{{name: "global", flags: globalFlags(), run: (*call).state}}) {
		seen := map[string]bool{}
		for _, f := range v.flags {
			for _, name := range []string{f.name, f.short} {
				if seen[name] && name != "" {
					t.Errorf("%s: --%s is there twice", v.name, name)
				}
				seen[name] = true
			}
			if f.usage == "" {
				t.Errorf("%s: --%s has no help", v.name, f.name)
			}
		}
		if v.run == nil || v.name != "global" && (v.usage == "" || seen["help"] || seen["h"]) {
			t.Errorf("%s is not whole", v.name)
		}
	}
	// Package entry knows which flags before the verb have values (takesValue).
	var valued []string
	for _, f := range globalFlags() {
		if f.value != "" {
			valued = append(valued, f.name)
		}
	}
	if want := []string{"root", "log", "log-format", "cgroup-manager", "rootless", "criu"}; !slices.Equal(valued, want) {
		t.Errorf("flags with values before the verb are %q, package entry has %q", valued, want)
	}
}

// FuzzParse looks for a command line that makes more of it than is there, or less.
func FuzzParse(f *testing.F) {
	f.Add("--bundle\x00b\x00-f\x00id\x00--\x00-x", 2)
	f.Add("exec\x00id\x00-e\x00A=b", 0)
	f.Add("-=\x00--=\x00-\x00--\x00--force=1", 1)
	f.Fuzz(func(t *testing.T, line string, most int) {
		args := strings.Split(line, "\x00")
		most = max(0, min(most, 3))
		a, err := parse(testFlags(), args, most)
		if err != nil {
			if a == nil || strings.Contains(err.Error(), "\n") && !strings.Contains(line, "\n") {
				t.Fatalf("%q: %v", args, err)
			}
			return
		}
		count := len(a.words)
		for name, values := range a.values {
			if find(testFlags(), name) == nil {
				t.Fatalf("%q: there is no flag %q", args, name)
			}
			count += len(values)
		}
		if count > len(args) || 2*count+1 < len(args) {
			t.Fatalf("%q: %q, %q", args, a.values, a.words)
		}
		for _, word := range a.words {
			if !slices.Contains(args, word) {
				t.Fatalf("%q: where does %q come from?", args, word)
			}
		}
		// What is a command's stays as it is.
		if most > 0 && len(a.words) > most && !slices.Equal(a.words[most:], args[len(args)-len(a.words)+most:]) {
			t.Fatalf("%q: the command is %q", args, a.words)
		}
	})
}
