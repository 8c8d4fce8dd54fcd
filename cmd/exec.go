package cmd

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/running"
)

const execName = "exec"

// execCommand is in the front program, for it starts a process as run does.
func execCommand() *cli.Command {
	firstArgument := 1
	return &cli.Command{
		Name:      execName,
		Usage:     "run a further command in a container that runs",
		UsageText: "mydocker exec [options] [--] CONTAINER COMMAND [ARG...]",
		Description: "CONTAINER is the name, the id or the beginning of the id of one that a mydocker run of the same user has in the foreground. " +
			"The command joins its namespaces and cgroups, and gets its root file system, environment, user, limits, capabilities and seccomp filter. " +
			"It ends with the container, and with its own mydocker.",
		Flags:                     execFlags(),
		StopOnNthArg:              &firstArgument,
		UseShortOptionHandling:    true,
		DisableSliceFlagSeparator: true, // a comma is part of a value
		OnUsageError:              usageError,
		Action:                    execAction,
	}
}

func execFlags() []cli.Flag {
	return append(streamFlags(),
		&cli.BoolFlag{Name: "detach", Aliases: []string{"d"}, Hidden: true},
		&cli.StringSliceFlag{Name: "env", Aliases: []string{"e"}, Usage: "set a variable of the environment, NAME=VALUE, or pass on the caller's with NAME"},
		&cli.StringSliceFlag{Name: "env-file", Usage: "set variables from a file with a NAME=VALUE or NAME in each line; --env comes after it"},
		&cli.StringFlag{Name: "workdir", Aliases: []string{"w"}, Usage: "absolute path of the working directory, which has to exist (default: the container's)"},
		&cli.StringFlag{Name: "user", Aliases: []string{"u"}, Usage: "user to run as, NAME|UID[:GROUP|GID] (default: the container's)"},
		&cli.BoolFlag{Name: "privileged", Usage: "leave the command every capability; the seccomp filter stays"},
	)
}

func execAction(_ context.Context, c *cli.Command) error {
	if c.Bool("detach") {
		return exit.Usage("there is no -d: a command in the background needs somebody who looks after it; & has the shell do so")
	}
	words := c.Args().Slice()
	if len(words) < 2 {
		return exit.Usage("exec: a container and a command are needed")
	}
	config := &container.ExecConfig{
		Container: words[0], Command: words[1:], User: c.String("user"), Dir: c.String("workdir"),
		TTY: c.Bool("tty"), Interactive: c.Bool("interactive"), Privileged: c.Bool("privileged"),
	}
	if config.Dir != "" && !path.IsAbs(config.Dir) {
		return exit.Usage(fmt.Sprintf("invalid value %q for --workdir: it is no absolute path", config.Dir))
	}
	variables, err := awaitEnvironment(c)
	if err != nil {
		return err
	}
	config.Environment = func(env []string) []string {
		if config.TTY && !hasVariable(env, "TERM") {
			env = append(slices.Clip(env), "TERM="+terminalType)
		}
		return withVariables(env, variables)
	}
	log, err := newLogger(c)
	if err != nil {
		return err
	}
	config.Warn = func(err error) { log.Warn(err) }
	code, err := container.Exec(config)
	if missing := (*running.NotFoundError)(nil); errors.As(err, &missing) {
		err = exit.Failed(err)
	}
	if err = log.Close(err); err != nil {
		return err
	}
	if code != 0 {
		return exit.Status(code)
	}
	return nil
}

// awaitEnvironment reads the variables. A file of them may be a pipe, at which mydocker waits until
// a signal ends that.
func awaitEnvironment(c *cli.Command) (variables []string, err error) {
	read := func() (err error) {
		variables, err = parseEnvironment(c)
		return err
	}
	if len(listOf(c, "env-file")) > 0 {
		err = interruptible("wait for the --env-file", read)
	} else {
		err = read()
	}
	return variables, err
}

func hasVariable(env []string, name string) bool {
	return slices.ContainsFunc(env, func(s string) bool { return strings.HasPrefix(s, name+"=") })
}
