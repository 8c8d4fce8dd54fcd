package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/container/running"
	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

const (
	execName = "exec"
	// backgroundName is a flag by which exec --detach executes itself.
	backgroundName = "background"
)

// execCommand is in the front program, for it starts a process as run does.
func execCommand() *cli.Command {
	firstArgument := 1
	return &cli.Command{
		Name:      execName,
		Usage:     "run a further command in a container that runs",
		UsageText: "mydocker exec [options] [--] CONTAINER COMMAND [ARG...]",
		Description: "CONTAINER is the name, the id or the beginning of the id of one that runs: one that stays, or one that a mydocker run of the same user has in the foreground. " +
			"The command joins its namespaces and cgroups, and gets its root file system, environment, user, limits, capabilities and seccomp filter. " +
			"It ends with the container, and with its own mydocker, unless that was left by --detach or the keys.",
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
		&cli.BoolFlag{Name: "detach", Aliases: []string{"d"}, Usage: "return when the command runs: a mydocker in the background looks after it"},
		&cli.BoolFlag{Name: backgroundName, Hidden: true},
		detachKeysFlag(),
		explainFlag(),
		&cli.StringSliceFlag{Name: "env", Aliases: []string{"e"}, Usage: "set NAME=VALUE, or pass on the caller's NAME"},
		&cli.StringSliceFlag{Name: "env-file", Usage: "set variables from a file with a NAME=VALUE or NAME in each line; --env comes after it"},
		&cli.StringFlag{Name: "workdir", Aliases: []string{"w"}, Usage: "absolute path of the working directory, which has to exist (default: the container's)"},
		&cli.StringFlag{Name: "user", Aliases: []string{"u"}, Usage: "user to run as, NAME|UID[:GROUP|GID] (default: the container's)"},
		&cli.BoolFlag{Name: "privileged", Usage: "leave the command every capability; the seccomp filter stays"},
	)
}

func execAction(_ context.Context, c *cli.Command) error {
	if c.Bool("detach") && !c.Bool(backgroundName) {
		return detached.Background(inBackground(c.Root(), os.Args))
	}
	config, log, err := execConfig(c)
	if c.Bool(backgroundName) {
		return execInBackground(config, err)
	}
	if err != nil {
		return err
	}
	code, err := container.Exec(config)
	if errors.Is(err, lifecycle.ErrLeft) {
		err = exit.Failed(err)
	}
	if err = log.Close(notJoined(err)); err != nil {
		return err
	}
	if code != 0 {
		return exit.Status(code)
	}
	return nil
}

// inBackground are the arguments by which mydocker does in the background what args say.
func inBackground(app *cli.Command, args []string) []string {
	at := commandIndex(app, args)
	for args[at] != execName { // container exec, docker exec
		at++
	}
	return slices.Insert(slices.Clone(args), at+1, dashed(backgroundName))
}

// execInBackground looks after a command for which nobody waits. Who has started it is told whether
// it runs.
func execInBackground(config *container.ExecConfig, failed error) error {
	caller := session.Taken(utils.Inherited(detached.BackgroundFD, "caller"))
	if failed != nil {
		return errors.Join(failed, detached.TellStart(caller, failed, exitCode(failed)))
	}
	var told error
	config.Started = func() { told = errors.Join(os.Chdir("/"), detached.TellStart(caller, nil, 0)) }
	_, err := container.Exec(config)
	if err = notJoined(err); err != nil {
		told = errors.Join(told, detached.TellStart(caller, err, exitCode(err)))
	}
	return errors.Join(err, told)
}

// notJoined has a container that is not there, or not to be joined, be no failure of the start of one.
func notJoined(err error) error {
	foreground, staying, refused := (*running.NotFoundError)(nil), (*state.NotFoundError)(nil), (*container.NotJoinableError)(nil)
	if errors.As(err, &foreground) || errors.As(err, &staying) || errors.As(err, &refused) {
		return exit.Failed(err)
	}
	return err
}

// execConfig reads the command line, and opens the log.
func execConfig(c *cli.Command) (config *container.ExecConfig, log *logger, err error) {
	words := c.Args().Slice()
	if len(words) < 2 {
		return nil, nil, exit.Usage("exec: a container and a command are needed")
	}
	config = &container.ExecConfig{
		Container: words[0], Command: words[1:], User: c.String("user"), Dir: c.String("workdir"),
		TTY: c.Bool("tty"), Interactive: c.Bool("interactive"), Privileged: c.Bool("privileged"), Explain: parseExplain(c),
	}
	if config.Dir != "" && !path.IsAbs(config.Dir) {
		return nil, nil, exit.Usage(fmt.Sprintf("invalid value %q for --workdir: it is no absolute path", config.Dir))
	}
	getenv, err := environmentWithState(c)
	if err != nil {
		return nil, nil, err
	}
	config.State = state.Directory(os.Geteuid(), getenv("HOME"), getenv)
	if config.Keys, err = parseDetachKeys(c.String(detachKeysName)); err != nil {
		return nil, nil, exit.Failed(err)
	}
	config.Left = detached.KeepTerminal
	variables, err := awaitEnvironment(c)
	if err != nil {
		return nil, nil, err
	}
	config.Environment = func(env []string) []string {
		if config.TTY && !hasVariable(env, "TERM") {
			env = append(slices.Clip(env), "TERM="+terminalType)
		}
		return withVariables(env, variables)
	}
	if log, err = newLogger(c); err != nil {
		return nil, nil, err
	}
	config.Warn = func(err error) { log.Warn(err) }
	return config, log, nil
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
