package cmd

import (
	"context"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"
)

func TestNeedsNetwork(t *testing.T) {
	for _, command := range []string{
		"curl example.org", "/usr/bin/curl -s https://x", "ping -c 1 1.1.1.1", "apt-get update", "apt-get -y install gcc", "pip install x",
		"git clone https://x/y", "git -q clone x", "npm ci", "go mod download", "sh -c apt-get update", "bash -ec cd /tmp && curl x | tar x",
		"sh -c A=1 wget x", "sh -c if curl x; then true; fi", "sh -c (ping x)",
	} {
		words := split(command)
		if command == "go mod download" {
			words = []string{"go", "get", "x"}
		}
		if !needsNetwork(words) {
			t.Errorf("%q needs one", words)
		}
	}
	for _, command := range []string{
		"true", "", "sh", "sh -c", "sh -c exit 1", "git status", "git commit", "git diff fetch", "go build", "go test ./...", "make install", "pip list",
		"curl", "curl http://localhost:80", "curl 127.0.0.1", "ping ::1", "grep curl file", "sh -c echo curl x", "sh -c grep ping x", "cat curl", "npm test",
		"sh script curl x", "docker ps",
	} {
		if words := split(command); needsNetwork(words) {
			t.Errorf("%q needs none", words)
		}
	}
}

// split makes words of a command; what is behind -c is one.
func split(command string) []string {
	for _, c := range []string{" -c ", " -ec "} {
		if shell, line, found := strings.Cut(command, c); found && strings.Contains("sh bash", shell) {
			return []string{shell, strings.TrimSpace(c), line}
		}
	}
	return strings.Fields(command)
}

func TestAdviceOnCommand(t *testing.T) {
	tests := []struct {
		words []string
		want  string
	}{
		{[]string{"ls -l /tmp"}, "without the quotes"},
		{[]string{"ls -l", "/tmp"}, "without the quotes"},
		{[]string{"ls "}, "without the quotes"},
		{[]string{"-ti", "bash"}, "before --"},
		{[]string{"\u2014memory", "1g"}, "no hyphen"},
		{[]string{"\u2013it"}, "no hyphen"},
		{[]string{"\u65e5"}, ""},
		{[]string{"ls | wc"}, "mydocker run sh -c LINE"},
		{[]string{"cd x && ls"}, "mydocker run sh -c LINE"},
		{[]string{"cd", "/tmp"}, "-w DIR"},
		{[]string{"ulimit", "-n", "5"}, "--ulimit"},
		{[]string{"source", "x"}, "a word of the shell's own"},
		{[]string{"A=1", "env"}, "-e NAME=VALUE"},
		{[]string{"a_B2=x y", "env"}, "without the quotes"},
		{[]string{"nosuch"}, ""},
		{[]string{"./a=b"}, ""},
		{[]string{"=x"}, ""},
		{[]string{""}, ""},
	}
	for _, test := range tests {
		if got := adviceOnCommand(quietApp(nil).Command(runName), test.words); !strings.Contains(got, test.want) || test.want == "" && got != "" || strings.Contains(got, "\n") {
			t.Errorf("%q: %q, want %q", test.words, got, test.want)
		}
	}
}

// What is advised can be typed where run was called.
func TestTypedAs(t *testing.T) {
	for line, want := range map[string]string{
		"mydocker run cd":                 "mydocker run -ti sh",
		"mydocker run --image alpine cd":  "mydocker run --image alpine -ti sh",
		"docker run --rm alpine:3 cd /":   "docker run -ti alpine:3 sh",
		"mydocker run --rootfs /x cd x y": "mydocker run -ti sh",
	} {
		args := strings.Fields(line)
		app := quietApp(args)
		var got string
		app.Command(runName).Action = func(_ context.Context, run *cli.Command) error {
			got = typedAs(run, "-ti", "sh")
			return nil
		}
		if err := runApp(app, args); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", line, got, err, want)
		}
	}
}
