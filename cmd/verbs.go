package cmd

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/utils"
)

// The commands that do one thing with containers that stay. They are in the front program, for they
// are asked for as often as run is.
const (
	stopName    = "stop"
	restartName = "restart"
	killName    = "kill"
	waitName    = "wait"
	pauseName   = "pause"
	unpauseName = "unpause"
	renameName  = "rename"
)

// containersCategory is the heading below which the help shows them.
const containersCategory = "CONTAINERS"

func pauseCommand() *cli.Command {
	return verb(pauseName, "stop all processes of containers, until unpause", detached.Pause)
}

func unpauseCommand() *cli.Command {
	return verb(unpauseName, "let all processes of containers go on", detached.Resume)
}

// verb is a command that does the same with each container that is named.
func verb(name, usage string, do func(state, name string) error) *cli.Command {
	return &cli.Command{
		Name: name, Usage: usage, Category: containersCategory, UsageText: "mydocker " + name + " CONTAINER...",
		Action: func(_ context.Context, c *cli.Command) error {
			return forEach(c, func(state, name string) (string, error) { return name, do(state, name) })
		},
	}
}

// forEach does something with each container that is named, and prints what that returns.
func forEach(c *cli.Command, do func(state, name string) (string, error)) error {
	state, err := stateOfNamed(c)
	if err != nil {
		return err
	}
	return exit.Failed(eachOf(c, func(name string) (string, error) { return do(state, name) })...)
}

// stateOfNamed is where the containers are that the arguments name, of which there has to be one.
func stateOfNamed(c *cli.Command) (string, error) {
	if c.NArg() == 0 {
		return "", exit.Usage(c.Name + ": no container given")
	}
	return stateDirectory(c)
}

// eachOf does something with each container that is named, and prints what that returns, if
// anything. What fails for one does not keep it from being done with the others.
func eachOf(c *cli.Command, do func(name string) (string, error)) (failed []error) {
	for _, name := range c.Args().Slice() {
		text, err := do(name)
		if err == nil && text != "" {
			_, err = fmt.Fprintln(c.Root().Writer, utils.OneLine(text))
		}
		failed = append(failed, err)
	}
	return failed
}

// stopFlags are how a container is ended.
func stopFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "time", Aliases: []string{"t", "timeout"}, Usage: "seconds until SIGKILL; -1 for no SIGKILL (default: the container's --stop-timeout, or 10)"},
		&cli.StringFlag{Name: "signal", Aliases: []string{"s"}, Usage: "the signal to send (default: the container's --stop-signal, or SIGTERM)"},
	}
}

func parseStop(c *cli.Command) (*detached.StopOptions, error) {
	o := &detached.StopOptions{Verb: c.Name}
	if text := c.String("time"); c.IsSet("time") {
		seconds, err := strconv.Atoi(text)
		if err != nil {
			return nil, exit.Usage(fmt.Sprintf("invalid value %q for --time: not a whole number of seconds", text))
		}
		timeout := time.Duration(seconds) * time.Second
		o.Timeout = &timeout
	}
	if text := c.String("signal"); c.IsSet("signal") {
		sig, err := utils.ParseSignal(text)
		if err != nil {
			return nil, exit.Usage(fmt.Sprintf("invalid value %q for --signal: %v", text, err))
		}
		o.Signal = sig
	}
	return o, nil
}

func stopCommand() *cli.Command {
	return &cli.Command{
		Name: stopName, Usage: "end containers: the stop signal, and SIGKILL when the time is over", Category: containersCategory,
		UsageText: "mydocker stop [options] CONTAINER...", Flags: append(stopFlags(), explainFlag()),
		Action: func(_ context.Context, c *cli.Command) error {
			o, err := parseStop(c)
			if err != nil {
				return err
			}
			if err := explainStop(c, o); err != nil {
				return exit.Failed(err)
			}
			return forEach(c, func(state, name string) (string, error) { return name, detached.Stop(state, name, o) })
		},
	}
}

func restartCommand() *cli.Command {
	return &cli.Command{
		Name: restartName, Usage: "end containers as stop does, and start them", Category: containersCategory,
		UsageText: "mydocker restart [options] CONTAINER...", Flags: stopFlags(),
		Action: func(_ context.Context, c *cli.Command) error {
			o, err := parseStop(c)
			if err != nil {
				return err
			}
			o.Stays = true
			return forEach(c, func(state, name string) (string, error) { return name, detached.Restart(state, name, o) })
		},
	}
}

func killCommand() *cli.Command {
	return &cli.Command{
		Name: killName, Usage: "send a signal to PID 1 of containers", Category: containersCategory,
		UsageText: "mydocker kill [options] CONTAINER...",
		Flags:     []cli.Flag{&cli.StringFlag{Name: "signal", Aliases: []string{"s"}, Value: "KILL", Usage: "the signal"}},
		Action: func(_ context.Context, c *cli.Command) error {
			sig, err := utils.ParseSignal(c.String("signal"))
			if err != nil {
				return exit.Usage(fmt.Sprintf("invalid value %q for --signal: %v", c.String("signal"), err))
			}
			return forEach(c, func(state, name string) (string, error) { return name, detached.Kill(state, name, sig) })
		},
	}
}

func waitCommand() *cli.Command {
	return &cli.Command{
		Name: waitName, Usage: "wait until containers have ended, and print their exit codes", Category: containersCategory,
		UsageText: "mydocker wait CONTAINER...",
		Action: func(_ context.Context, c *cli.Command) error {
			return forEach(c, func(state, name string) (string, error) {
				code, err := detached.Wait(state, name)
				return strconv.Itoa(code), err
			})
		},
	}
}

func renameCommand() *cli.Command {
	return &cli.Command{
		Name: renameName, Usage: "give a container another name", Category: containersCategory, UsageText: "mydocker rename CONTAINER NAME",
		Action: func(_ context.Context, c *cli.Command) error {
			if c.NArg() != 2 {
				return exit.Usage("rename: a container and a new name are needed")
			}
			dir, err := stateDirectory(c)
			if err != nil {
				return err
			}
			name, err := parseName(c.Args().Get(1))
			if err != nil || name == "" {
				return exit.Usage(fmt.Sprintf("rename: invalid name %q: not two or more letters, digits and _ . - of which the first is a letter or digit", c.Args().Get(1)))
			}
			return exit.Failed(detached.Rename(dir, c.Args().First(), name))
		},
	}
}
