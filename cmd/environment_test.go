package cmd

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func lookUpA(name string) (string, bool) { return "of the caller", name == "A" }

func TestParseEnvFile(t *testing.T) {
	tests := []struct {
		in   string
		want []string
	}{
		{"", nil},
		{"\n\n  \n\t\n", nil},
		{"# comment\n  # another\nX=1", []string{"X=1"}},
		{"X=1\nX=2\n", []string{"X=1", "X=2"}},
		{"A\nB\nX", []string{"A=of the caller"}},
		{"A=\n", []string{"A="}},
		{"  X= a # b \n", []string{"X= a # b "}},
		{"X=\"quoted\" 'too'\n", []string{"X=\"quoted\" 'too'"}},
		{"X=a=b\r\nY=1\r\n", []string{"X=a=b", "Y=1"}},
		{"\ufeffX=1", []string{"X=1"}},
		{"x.y-z=1\n1=2\nexport=3", []string{"x.y-z=1", "1=2", "export=3"}},
		{"X=ünï\n", []string{"X=ünï"}},
		{"X=" + strings.Repeat("y", 100_000), []string{"X=" + strings.Repeat("y", 100_000)}},
	}
	for _, test := range tests {
		if got, err := parseEnvFile([]byte(test.in), lookUpA); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("parseEnvFile(%.60q) = %.60q, %v; want %.60q", test.in, got, err, test.want)
		}
	}
	for in, want := range map[string]string{
		"=1":             "line 1: there is no name before the =",
		"X=1\n  =\n":     "line 2: there is no name before the =",
		"X =1":           `line 1: the name "X " holds white space`,
		"\n\nexport X=1": `line 3: the name "export X" holds white space`,
		"A B":            `line 1: the name "A B" holds white space`,
		"A ":             `line 1: the name "A " holds white space`,
		"X=\xff":         "line 1 is not valid UTF-8",
	} {
		if got, err := parseEnvFile([]byte(in), lookUpA); err == nil || err.Error() != want {
			t.Errorf("parseEnvFile(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestWithVariable(t *testing.T) {
	environ := []string{"A=1", "B=2", "A=3", "AB=4", "C"}
	tests := []struct {
		variable string
		want     []string
	}{
		{"A=x", []string{"A=x", "B=2", "AB=4", "C"}},
		{"A", []string{"B=2", "AB=4", "C"}},
		{"B=", []string{"A=1", "B=", "A=3", "AB=4", "C"}},
		{"D=y=z", []string{"A=1", "B=2", "A=3", "AB=4", "C", "D=y=z"}},
		{"D", environ},
		{"C", []string{"A=1", "B=2", "A=3", "AB=4"}},
	}
	for _, test := range tests {
		if got := withVariables(environ, []string{test.variable}); !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.variable, got, test.want)
		}
	}
}

// The order is Docker's: the caller's, what goes with other flags, files, --env.
func TestParseEnvironment(t *testing.T) {
	noEnvironment(t)
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	for name, content := range map[string]string{one: "A=one\nB=one\nKEPT\n", two: "A=two\nHOSTNAME=two\n"} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("KEPT", "k")
	t.Setenv("HOME", "/h")
	t.Setenv("HOSTNAME", "old")
	t.Setenv("A", "a")
	tests := []struct {
		args string
		want string // in alphabetical order
	}{
		{"", "A=a HOME=/h HOSTNAME=old KEPT=k"},
		{"-e A=x -e A=y", "A=y HOME=/h HOSTNAME=old KEPT=k"},
		{"-e A -e NONE -e B=", "A=a B= HOME=/h HOSTNAME=old KEPT=k"},
		{"-e B=1 -e B", "A=a HOME=/h HOSTNAME=old KEPT=k"},
		{"-e B=a,b --env=KEPT=", "A=a B=a,b HOME=/h HOSTNAME=old KEPT="},
		{"--env-file ONE", "A=one B=one HOME=/h HOSTNAME=old KEPT=k"},
		{"-e A=x --env-file ONE --env-file TWO", "A=x B=one HOME=/h HOSTNAME=two KEPT=k"},
		{"-h box", "A=a HOME=/h HOSTNAME=box KEPT=k"},
		{"-h box --env-file TWO", "A=two HOME=/h HOSTNAME=two KEPT=k"},
		{"-u root", "A=a HOSTNAME=old KEPT=k"}, // its home is looked up later
		{"-u root -e HOME", "A=a HOME=/h HOSTNAME=old KEPT=k"},
	}
	for _, test := range tests {
		args := strings.Fields(strings.NewReplacer("ONE", one, "TWO", two, "NONE", "NONE").Replace(test.args))
		config, err := configOf(append(args, "true")...)
		if err != nil {
			t.Errorf("%s: %v", test.args, err)
			continue
		}
		var got []string
		for _, entry := range config.Env {
			if name, _, _ := strings.Cut(entry, "="); slices.Contains([]string{"A", "B", "KEPT", "HOME", "HOSTNAME"}, name) {
				got = append(got, entry)
			}
		}
		slices.Sort(got)
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %q, want %q", test.args, got, test.want)
		}
	}
	for args, want := range map[string]string{
		"-e =x":                       `invalid value "=x" for --env: it names no variable`,
		"--env=":                      `invalid value "" for --env: it names no variable`,
		"--env-file " + dir + "/none": "read the --env-file: open " + dir + "/none: no such file or directory",
	} {
		if _, err := configOf(append(strings.Fields(args), "true")...); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}

func FuzzParseEnvFile(f *testing.F) {
	for _, seed := range []string{"A=1\nB\n", "\ufeff#\r\n X=\xff", "=\n", "A\u00a0=1", " \u2003A", "X=1\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		variables, err := parseEnvFile(in, lookUpA)
		if err != nil {
			return
		}
		for _, variable := range variables {
			name, _, isSet := strings.Cut(variable, "=")
			if name == "" || !isSet || strings.ContainsAny(name, " \t\r\n") || strings.Contains(variable, "\n") {
				t.Errorf("%q gives %q", in, variable)
			}
		}
	})
}
