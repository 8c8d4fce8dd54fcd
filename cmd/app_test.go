package cmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/child"
	"github.com/mydocker/mydocker/utils"
)

func noEnvironment(t *testing.T) {
	t.Helper()
	for _, name := range []string{"MYDOCKER_MEMORY", "MYDOCKER_CPUSET", "MYDOCKER_CPU_SHARES"} {
		t.Setenv(name, "")
	}
	t.Setenv(configVar, os.DevNull)
}

// configOf is what "run" with args would run.
func configOf(args ...string) (*container.Config, error) { return configWith(nil, args...) }

// configWith is the same where files hold those settings.
func configWith(layers [][]setting, args ...string) (config *container.Config, err error) {
	args = append([]string{"mydocker", "run"}, args...)
	app := quietApp(args)
	if layers != nil {
		useDefaults(app, layers, nil)
	}
	app.Command(runName).Action = func(_ context.Context, c *cli.Command) (err error) {
		d, err := applyDefaults(c)
		if err != nil {
			return err
		}
		config, err = runConfig(c)
		err = d.blame(err)
		return err
	}
	err = runApp(app, args)
	return config, err
}

func TestRunConfigDefaults(t *testing.T) {
	noEnvironment(t)
	config, err := configOf("ls", "-l")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(config.Command, []string{"ls", "-l"}) || config.TTY || config.Interactive || config.CgroupParent != "" {
		t.Errorf("config %+v", config)
	}
	if !slices.Equal(config.Env, os.Environ()) {
		t.Error("the environment is not passed on")
	}
	res := config.Resources
	if res.Memory.Value != 256<<20 || res.CPUs.Value.String() != "1" || res.CPUShares.Value != 512 {
		t.Errorf("limits %+v, want 256m, CPU 1, 512 shares", res)
	}
	for _, name := range subsystems.Names(res) {
		if res.Asked(name) {
			t.Errorf("the default of %s counts as asked for", name)
		}
	}
}

// A flag beats the environment, which beats the default; both count as asked
// for, and an empty variable does not.
func TestRunConfigSources(t *testing.T) {
	tests := []struct {
		env, flag, name string
		value           string
		memory          int64
		asked           bool
	}{
		{"", "", "", "", 256 << 20, false},
		{"100m", "", "", "", 100 << 20, true},
		{"", "--memory", "64m", "", 64 << 20, true},
		{"100m", "-m", "64m", "", 64 << 20, true},
		{"0", "", "", "", 0, false}, // no limit can be given by every host
		{"100m", "-m", "0", "", 0, false},
		{"256m", "", "", "", 256 << 20, true},
	}
	for _, test := range tests {
		noEnvironment(t)
		t.Setenv("MYDOCKER_MEMORY", test.env)
		args := []string{"true"}
		if test.flag != "" {
			args = []string{test.flag, test.name, "true"}
		}
		config, err := configOf(args...)
		if err != nil {
			t.Errorf("%+v: %v", test, err)
			continue
		}
		if res := config.Resources; res.Memory.Value != test.memory || res.Asked("memory") != test.asked {
			t.Errorf("environment %q, %q: memory %+v", test.env, args, res.Memory)
		}
	}
	t.Setenv("MYDOCKER_CPUSET", "0")
	t.Setenv("MYDOCKER_CPU_SHARES", "2048")
	config, err := configOf("true")
	if err != nil {
		t.Fatal(err)
	}
	res := config.Resources
	if !slices.Equal(res.CPUs.Value, utils.CPUList{0}) || res.CPUShares.Value != 2048 || !res.Asked("cpuset") || !res.Asked("cpu") {
		t.Errorf("limits %+v, want those of the environment", res)
	}
}

func TestRunConfigErrors(t *testing.T) {
	noEnvironment(t)
	tests := []struct{ args, want string }{
		{"", "run: no command given"},
		{"-m 64m", "run: no command given"},
		{"-m 64m --", "run: no command given"},
		{"-m 12zz true", `invalid value "12zz" for --memory: not a size such as 100m or 1g`},
		{"-m 1k true", "memory limit of 1024 bytes is below the minimum of 2097152 bytes (2m)"},
		{"-m 99999999999999999999 true", `invalid value "99999999999999999999" for --memory: too large`},
		{"-m -1 true", `invalid value "-1" for --memory: not a size`},
		{"-cpuset 1- true", `invalid value "1-" for --cpuset-cpus: "" is not a CPU number`},
		{"-cpuset a true", `invalid value "a" for --cpuset-cpus: "a" is not a CPU number`},
		{"-cpushare -1 true", `invalid value "-1" for --cpu-shares: not a number from 2 to 262144, or 0`},
		{"-cpushare 1 true", "cpu shares of 1 are out of range: 2 to 262144"},
		{"-cpushare 999999999 true", "cpu shares of 999999999 are out of range"},
		{"--cgroup-parent ../.. true", `invalid value "../.." for --cgroup-parent`},
		{"--memry 64m true", "unknown flag --memry; did you mean --memory?"},
		{"-x true", "unknown flag -x"},
		{"-m", "-m needs a value"},
		{"--tty=perhaps true", "invalid value"},
	}
	for _, test := range tests {
		config, err := configOf(strings.Fields(test.args)...)
		if err == nil || !strings.HasPrefix(err.Error(), test.want) || exitCode(err) != codeRuntime {
			t.Errorf("run %s: %+v, %v; want %q", test.args, config, err, test.want)
		}
	}
	t.Setenv("MYDOCKER_MEMORY", "lots")
	if _, err := configOf("true"); err == nil || !strings.HasPrefix(err.Error(), `invalid value "lots" for --memory`) {
		t.Errorf("a bad value in the environment: %v", err)
	}
}

func outputOf(args ...string) (string, error) {
	var output bytes.Buffer
	args = append([]string{"mydocker"}, args...)
	err := runApp(newApp(&output, args), args)
	return output.String(), err
}

func TestHelpShowsTheDefaults(t *testing.T) {
	noEnvironment(t)
	text, err := outputOf("run", "--help", "all")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"256m"`, `"512"`, `"1"`, "/mydocker", "--memory", "-m", "--cpuset-cpus", "--cpuset", "--cpu-shares", "--cpushare", "-c",
		"--tty", "-t", "--interactive", "-i", "--cgroup-parent", "MYDOCKER_MEMORY", "MYDOCKER_CPUSET", "MYDOCKER_CPU_SHARES",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the help does not mention %s:\n%s", want, text)
		}
	}
}

func TestRootOutput(t *testing.T) {
	tests := []struct {
		args []string
		want string
	}{
		{nil, "mydocker run -ti /bin/sh"},
		{[]string{"--help"}, "124 its time was up, 125 mydocker failed"},
		{[]string{"--version"}, "mydocker version " + version + ", commit "},
		{[]string{"version"}, "mydocker version " + version + ", commit "},
		{[]string{"help"}, "mydocker run -ti /bin/sh"},
		{[]string{"help", "run"}, "mydocker run --help all"},
		{[]string{"help", "run", "all"}, "--memory-swap"},
		{[]string{"run", "--help", "all"}, "--memory-swap"},
		{[]string{"run", "--help=all"}, "--memory-swap"},
		{[]string{"run", "-it", "--help", "sh"}, "mydocker run -ti bash"},
		{[]string{"--help", "run"}, "mydocker run -ti bash"},
		{[]string{"help", "all"}, "RUN: LIMITS"},
		{[]string{"version", "--json"}, `{"version":"` + version + `","commit":`},
		{[]string{"help", "doctor"}, "mydocker doctor [options]"},
		{[]string{"-v"}, "mydocker version " + version + ", commit "},
		{[]string{"completion", "bash"}, "complete -F _mydocker mydocker"},
		{[]string{"completion", "zsh"}, "compdef"},
		{[]string{"completion", "fish"}, "complete -c mydocker -f"},
	}
	for _, test := range tests {
		if got, err := outputOf(test.args...); err != nil || !strings.Contains(got, test.want) {
			t.Errorf("%q: %v, %q not in:\n%s", test.args, err, test.want, got)
		}
	}
}

// An error of the command line names the help on the command that it is about.
func TestHelpOn(t *testing.T) {
	for args, want := range map[string]string{
		"run --nosuch": "run", "--log-level x run true": "run", "doctor --nosuch": "doctor", "version x": "version",
		"-m 64m true": "", "rnu": "", "init x": "", "": "",
		"help nosuch": "", "help run x": "run",
	} {
		words := append([]string{"mydocker"}, strings.Fields(args)...)
		want = strings.Join(strings.Fields("mydocker "+want+" --help"), " ")
		if got := helpOn(newApp(nil, words), words); got != want {
			t.Errorf("%q: %q, want %q", args, got, want)
		}
	}
}

func TestRootErrors(t *testing.T) {
	tests := []struct{ args, want string }{
		{"ruin sh", `unknown command "ruin"; did you mean run?`},
		{"help ruin", `unknown command "ruin"; did you mean run?`},
		{"run -it --publish 80:80 true", "there is no --publish: " + noPorts},
		{"rnu sh", `unknown command "rnu"; did you mean run?`},
		{"sh -c x", `unknown command "sh"; a container runs it: mydocker run sh`},
		{"-m 64m sh", "-m is a flag of run, and stands behind it: mydocker run -m ..."},
		{"--network host run sh", "--network is a flag of run, and stands behind it: mydocker run --network ..."},
		{"-- nosuch", `unknown command "nosuch"`},
		{"-it sh", "-it are flags of run, and stand behind it: mydocker run -it ..."},
		{"-dit sh", "-dit are flags of run, and stand behind it: mydocker run -dit ..."},
		{"--hepl", "unknown flag --hepl; did you mean --help?"},
		{"-H tcp://x run sh", "there is no -H: there is no daemon that would be connected to"},
		{"--context x ps", "there is no --context: there is no daemon that would be connected to"},
		{"-D run sh", "there is no -D: --debug has no short form"},
		{"--tlsverify run sh", "there is no --tlsverify: there is no daemon that would be connected to"},
		{"-x run sh", "unknown flag -x"},
		{"version --nosuch", "unknown flag --nosuch"},
		{"version x", `version: there is one argument too many: "x"`},
		{"help --nosuch", "unknown flag --nosuch"},
		{"help run x", `help: there is one argument too many: "x"`},
		{"completion", "completion: no shell given: bash, zsh, fish"},
		{"completion tcsh", `completion: unknown shell "tcsh": there are bash, zsh, fish`},
		{"completion --x", "unknown flag -x"},
		{"init --x", "unknown flag -x"},
		{"doctor --json=x", `invalid value "x" for --json: neither true nor false`},
		{"run --explain=yaml true", `invalid value "yaml" for --explain: neither text nor json`},
		{"run --help=x true", `invalid value "x" for --help: it is alone, or all`},
		{"--debg run sh", "unknown flag --debg; did you mean --debug?"},
	}
	for _, test := range tests {
		got, err := outputOf(strings.Fields(test.args)...)
		if err == nil || err.Error() != test.want || got != "" {
			t.Errorf("%s: %v, printed %q; want %s", test.args, err, got, test.want)
		}
	}
	if got, err := outputOf(""); err == nil || err.Error() != `unknown command ""` || got != "" {
		t.Errorf("an empty command: %v, printed %q", err, got)
	}
	if _, err := outputOf("init"); !errors.Is(err, child.ErrNotStarted) {
		t.Errorf("init typed by a user: %v", err)
	}
}

// What a start is without its rare flags, it is with them, too.
func TestRunConfigComplete(t *testing.T) {
	noEnvironment(t)
	lean, err := configOf("-m", "100m", "ls")
	if err != nil {
		t.Fatal(err)
	}
	complete, err := configOf("-m", "100m", "--ipc", "private", "ls")
	if err != nil {
		t.Fatal(err)
	}
	if lean, complete := describe(lean), describe(complete); lean != complete {
		t.Errorf("without rare flags %s\nwith them %s", lean, complete)
	}
}

// describe writes what config says.
func describe(config *container.Config) string {
	rest := *config
	rest.Resources = nil
	return fmt.Sprintf("%+v %+v", rest, *config.Resources)
}
