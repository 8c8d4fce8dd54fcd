package cmd

import (
	"cmp"
	"context"
	"errors"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
)

// quietApp is the command line for args without its output.
func quietApp(args []string) *cli.Command {
	app := newApp(io.Discard, args)
	app.ErrWriter = io.Discard
	return app
}

func TestSeparateCommand(t *testing.T) {
	tests := []struct{ in, want string }{
		{"", ""},
		{"--version", "--version"},
		{"-v", "-v"},
		{"init", "init"},
		{"ruin sh -c", "ruin sh -c"},
		{"completion bash", "completion bash"},
		{"run", "run"},
		{"run -m 64m", "run -m 64m"},
		{"run sh", "run -- sh"},
		{"run -- sh -- x", "run -- sh -- x"},
		{"run sh -- x", "run -- sh -- x"},
		{"run stress -m 1", "run -- stress -m 1"},
		{"run -m 64m stress -m 1", "run -m 64m -- stress -m 1"},
		{"run -m=64m stress -m 1", "run -m=64m -- stress -m 1"},
		{"run --memory 64m --cpuset-cpus 0 ls", "run --memory 64m --cpuset-cpus 0 -- ls"},
		{"run -cpuset 1 -cpushare 512 ls -l", "run -cpuset 1 -cpushare 512 -- ls -l"},
		{"run --cpuset=1 -c 2 ls", "run --cpuset=1 -c 2 -- ls"},
		{"run -ti sh", "run -t -i -- sh"},
		{"run -it sh", "run -i -t -- sh"},
		{"run -t -i sh -i", "run -t -i -- sh -i"},
		{"run -tim 64m sh", "run -t -i -m 64m -- sh"},
		{"run --tty --interactive sh", "run --tty --interactive -- sh"},
		{"run --tty=false sh", "run --tty=false -- sh"},
		{"run --memory --tty sh", "run --memory --tty -- sh"}, // a value may look like a flag
		{"--debug run sh -c x", "--debug run -- sh -c x"},
		{"--log-level info run sh", "--log-level info run -- sh"},
		{"--log run run sh", "--log run run -- sh"}, // the log file is called "run"
		{"run --log-level info sh", "run --log-level info -- sh"},
		{"run - x", "run -- - x"},
		// A value that is attached to its flag.
		{"run -m64m sh", "run -m=64m -- sh"},
		{"run -m.5g -c512 sh -m1", "run -m=.5g -c=512 -- sh -m1"},
		{"run -w/tmp -u1000:1000 sh", "run -w=/tmp -u=1000:1000 -- sh"},
		{"run -eA=b=c -e1 sh", "run -e=A=b=c -e=1 -- sh"},
		{"run -m=64m -cpuset=0 -cpushare=3 sh", "run -m=64m -cpuset=0 -cpushare=3 -- sh"},
		{"run -unobody -uroot -hbox sh -uroot", "run -u=nobody -u=root -h=box -- sh -uroot"},
		{"run -epath=1 -eA -e=A=1 sh", "run -e=path=1 -e=A -e=A=1 -- sh"},
		{"run -itw/tmp sh", "run -i -t -w=/tmp -- sh"},
		{"run -itw=/tmp sh", "run -i -t -w=/tmp -- sh"},
		{"run -im64m sh", "run -i -m=64m -- sh"},
		{"run -iteA=1 sh", "run -i -t -e=A=1 -- sh"},
		{"run -ie=A=1 -ti=false sh", "run -i -e=A=1 -t -i=false -- sh"},
		{"run -itw /tmp sh", "run -i -t -w /tmp -- sh"},
		{"run -w-i -w -i sh", "run -w=-i -w -i -- sh"},
		{"run -user=1 -workdir /tmp -tty sh", "run -user=1 -workdir /tmp -tty -- sh"}, // the articles' style
		{"run -w -- sh", "run -w -- -- sh"},
		// An empty value takes a flag back that Docker knows so.
		{"run --cpuset-cpus= sh", "run -- sh"},
		{"run -m 64m --cpuset-cpus 0 -t -cpuset= -i sh", "run -m 64m -t -i -- sh"},
		{"run --user= -u 1 --workdir= --stop-signal= sh", "run -u 1 -- sh"},
		{"run --memory= --env= --network= sh", "run --memory= --env= --network= -- sh"},
		{"-m64m run sh", "-m64m run -- sh"},
		{"-- run sh", "-- run sh"},
	}
	for _, test := range tests {
		in := append([]string{"mydocker"}, strings.Fields(test.in)...)
		before := slices.Clone(in)
		got, err := separateCommand(quietApp(in), in)
		want := append([]string{"mydocker"}, strings.Fields(test.want)...)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("separateCommand(%q) = %q, %v; want %q", in, got, err, want)
		}
		if !slices.Equal(in, before) {
			t.Errorf("separateCommand changed its argument %q to %q", before, in)
		}
	}
}

// An empty argument is a command like any other, if one that is not found.
func TestSeparateCommandEmptyArgument(t *testing.T) {
	args := []string{"mydocker", "run", "", "-m"}
	got, err := separateCommand(quietApp(args), args)
	if want := []string{"mydocker", "run", "--", "", "-m"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("separateCommand() = %q, %v; want %q", got, err, want)
	}
}

func TestSeparateCommandErrors(t *testing.T) {
	for _, arg := range []string{"-1", "--1", "---1", "-=", "--=x", "-\xff", "-_", "-x", "-tx", "-t1", "--t", "--m=1", "--tty ", "-max", "-cpux=1"} {
		args := []string{"mydocker", "run", arg, "sh"}
		_, err := separateCommand(quietApp(args), args)
		var usage *exit.UsageError
		if !errors.As(err, &usage) || !strings.HasPrefix(err.Error(), "unknown flag -") {
			t.Errorf("separateCommand(%q) = %v, want a *exit.UsageError", args, err)
		}
	}
}

// parsed is what the command line makes of its arguments.
type parsed struct {
	tty, interactive, debug     bool
	memory, cpus, shares, group string
	level, format, file         string
	command                     []string
}

// parse runs the command line on args and reports whether it got as far as
// running a container, and which.
func parse(app *cli.Command, args []string) (result parsed, ran bool, err error) {
	app.Command(runName).Action = func(_ context.Context, c *cli.Command) error {
		ran = true
		result = parsed{
			c.Bool("tty"), c.Bool("interactive"), c.Bool("debug"),
			c.String("memory"), c.String("cpuset-cpus"), c.String("cpu-shares"), c.String("cgroup-parent"),
			cmp.Or(c.String("log-level"), "warn"), cmp.Or(c.String("log-format"), "text"), c.String("log"), // see completeApp
			c.Args().Slice(),
		}
		return nil
	}
	err = app.Run(context.Background(), args)
	return result, ran, err
}

func parseSeparated(args []string) (parsed, bool, error) {
	app := quietApp(args)
	args, err := separateCommand(app, args)
	if err != nil {
		return parsed{}, false, err
	}
	return parse(app, args)
}

// Every argument of the command arrives, whatever it looks like, behind all
// the ways in which flags are written.
func TestCommandArrivesUntouched(t *testing.T) {
	commands := [][]string{
		{"sh"}, {"sh", ""}, {"", "-m", "1"}, {" ", "-t"}, {"-"}, {"-", "-m"}, {"sh", "--"}, {"sh", "--", "--"}, {"sh", "--", "x", "--"},
		{"stress", "-m", "1", "--vm-bytes", "10m", "-t", "1"}, {"printf", "", "-m"}, {"printf", "[%s]\n", "a b", "\xff\n", "=", "a=b"},
		{"sh", "--help"}, {"sh", "-h"}, {"ls", "--version"}, {"ls", "-v"}, {"run", "run"}, {"init"}, {"mydocker", "run", "-m", "x"},
		{"sh", "--generate-shell-completion"}, {"help"}, {"completion", "bash"}, {"sh", "\t", "\n", "--debug"},
	}
	flags := [][]string{
		nil, {"--"}, {"-t"}, {"-ti"}, {"-m", "64m"}, {"-m=64m"}, {"--memory", "64m", "--"}, {"-tim", "64m"},
		{"-cpuset", "1", "-cpushare", "512"}, {"--cgroup-parent", "run"}, {"--cgroup-parent", ""}, {"--tty=false"},
	}
	for _, flag := range flags {
		for _, command := range commands {
			args := slices.Concat([]string{"mydocker", "run"}, flag, command)
			got, ran, err := parseSeparated(args)
			if err != nil || !ran || !slices.Equal(got.command, command) {
				t.Errorf("%q: command %q, ran %v, %v", args, got.command, ran, err)
			}
		}
	}
}

func TestFlagsMeanTheSame(t *testing.T) {
	want := parsed{
		tty: true, interactive: true, memory: "64m", cpus: "1", shares: "512",
		level: "warn", format: "text", command: []string{"sh"},
	}
	for _, line := range []string{
		"run -ti -m 64m -cpuset 1 -cpushare 512 sh",
		"run -it --memory=64m --cpuset 1 -c 512 sh",
		"run -t -i -m=64m --cpuset-cpus=1 --cpu-shares=512 -- sh",
		"run --tty --interactive -cpushare=512 -cpuset=1 --memory 64m sh",
		"run -cpushare 512 -tim 64m sh",
	} {
		got, ran, err := parseSeparated(append([]string{"mydocker"}, strings.Fields(line)...))
		if err != nil || !ran || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, %v; want %+v", line, got, ran, err, want)
		}
	}
}

// words are what the fuzzer builds argument lists of, besides its own.
var words = []string{
	"run", "sh", "-t", "-i", "-ti", "-it", "-m", "64m", "-m=64m", "-tim", "-mt", "--memory", "--memory=1g", "-cpuset", "--cpuset-cpus",
	"-cpushare", "-c", "1", "-cpuset=1", "--", "-", "--debug", "--log-level", "info", "--log", "--nope", "-x", "-tx", "--tty=false",
	"-t=true", "-1", "--cgroup-parent", "--version", "-v", "--help", "-h", "help", "init", "a b", "\xff",
}

// otherThanParser matches what the parser alone reads otherwise than Docker: values
// attached to a short flag or behind "=" in a group, one letter behind two dashes,
// values taken back by an empty one, and flags that are not known behind known ones.
var otherThanParser = regexp.MustCompile(`^-[a-zA-Z]*[mceuwhq][^a-zA-Z=]|^-[a-zA-Z]+=|^--.(=|$)|=$|^-e|^-.*\s|^-m[a-z]`)

// Where the parser alone does what users mean, the separator changes nothing: the
// same flags and the same command. What it makes is not changed by itself.
func FuzzSeparateCommand(f *testing.F) {
	f.Add([]byte{0, 1}, "x")
	f.Add([]byte{0, 4, 6, 7, 1, 6, 17}, "x")
	f.Add([]byte{0, 9, 7, 1, 2, 19, 1}, "a=b")
	f.Add([]byte{21, 0, 22, 23, 1, 25}, "--weird=1")
	f.Add([]byte{0, 20, 1}, "-é")
	f.Add([]byte{0, 99, 1}, "-itw/tmp")
	for _, name := range []string{"MYDOCKER_MEMORY", "MYDOCKER_CPUSET", "MYDOCKER_CPU_SHARES"} {
		f.Setenv(name, "")
	}
	f.Fuzz(func(t *testing.T, picks []byte, own string) {
		args := []string{"mydocker"}
		for _, pick := range picks {
			if word := int(pick) % (len(words) + 1); word < len(words) {
				args = append(args, words[word])
			} else {
				args = append(args, own)
			}
		}
		if len(args) > 12 {
			return
		}
		separated, err := separateCommand(quietApp(args), args)
		var usage *exit.UsageError
		if err != nil && !errors.As(err, &usage) {
			t.Fatalf("separateCommand(%q) = %v, want a *exit.UsageError", args, err)
		}
		if err != nil {
			return
		}
		if again, err := separateCommand(quietApp(separated), separated); err != nil || !slices.Equal(again, separated) {
			t.Fatalf("separateCommand(%q) = %q; of that it makes %q, %v", args, separated, again, err)
		}
		own = strings.TrimSpace(own)
		if own == "" || slices.Contains(args, "") || slices.ContainsFunc(args, otherThanParser.MatchString) {
			return
		}
		if at := slices.Index(separated, "--"); at >= 0 && len(separated) > at+2 && separated[at+2] == "--" {
			return
		}
		want, wantRan, wantErr := parse(quietApp(args), args)
		got, ran, err := parse(quietApp(separated), separated)
		if ran != wantRan || (err == nil) != (wantErr == nil) || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q:\nseparated %#v, ran %v, %v\nplain   %#v, ran %v, %v", args, got, ran, err, want, wantRan, wantErr)
		}
	})
}
