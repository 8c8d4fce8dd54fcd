//go:build !front

package cmd

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/containers"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/cmd/full"
	"github.com/mydocker/mydocker/cmd/images"
	"github.com/mydocker/mydocker/container/state"
)

// otherCommands are all that start no container. The front has none of them: see passOn.
func otherCommands() []*cli.Command {
	stored := slices.Concat(images.Commands(), containers.Commands())
	addVerbs(stored)
	for _, c := range stored {
		wrap(c, interruptibly)
	}
	all := slices.Concat([]*cli.Command{
		diffCommand(), applyCommand(), undoCommand(), doctorCommand(), completionCommand(), ociCommand(), helpCommand(), versionCommand(),
		completeCommand(), manCommand(), updateCommand(),
	}, stored)
	for _, c := range all {
		wrap(c, withState)
	}
	return all
}

// addVerbs adds to the group container what it has of the front program, and update: for the help,
// and for the shell's completion. It is done without the group (see withoutGroup).
func addVerbs(all []*cli.Command) {
	at := slices.IndexFunc(all, func(c *cli.Command) bool { return c.Name == containerName })
	for _, verb := range append(containerVerbs(), frontCommand{runName, runCommand}, frontCommand{updateName, updateCommand}) {
		c := verb.make()
		var aliases []string
		switch verb.name {
		case runName, createName:
			c.Flags = append(c.Flags, rareFlags()...)
		case rmName:
			aliases = []string{"remove"}
		}
		all[at].Commands = append(all[at].Commands, command.Below(containerName, verb.name, c, aliases...))
	}
}

// passOn passes nothing on: this program has every command.
func passOn(_ *cli.Command, args []string) error {
	full.TakeName(args[0])
	return nil
}

// wrap puts something around the action of a command, and of those below it.
func wrap(c *cli.Command, around func(cli.ActionFunc) cli.ActionFunc) {
	if c.Action != nil {
		c.Action = around(c.Action)
	}
	for _, below := range c.Commands {
		wrap(below, around)
	}
}

// withState has an action know of --root by the variable that says the same.
func withState(action cli.ActionFunc) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) error {
		getenv, err := environmentWithState(c)
		if err == nil {
			err = os.Setenv(state.Variable, getenv(state.Variable))
		}
		if err != nil {
			return err
		}
		return action(ctx, c)
	}
}

// lastWork is how long an interrupted action has to stop what it does. One that takes longer
// waits for somebody, such as who writes to its stdin, and is given up, which is safe: it may be
// killed at any time. A second signal gives it up at once, unless it comes so soon that it is the
// same Ctrl-C, which the terminal and the caller have both sent.
const (
	lastWork = 2 * time.Second
	sameKey  = 200 * time.Millisecond
)

// interruptibly gives an action a context that ends when a signal comes that ends programs.
func interruptibly(action cli.ActionFunc) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) error {
		caught := make(chan os.Signal, 1)
		if err := notifyEnding(caught); err != nil {
			return err
		}
		defer signal.Stop(caught)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		done := make(chan error, 1)
		go func() { done <- action(ctx, c) }()
		select {
		case err := <-done:
			return err
		case sig := <-caught:
			cancel()
			err := awaitLastWork(done, caught)
			if errors.Is(err, exit.ErrEndless) {
				return exit.Status((&interruptedError{c.Name, sig}).code())
			}
			if err != nil {
				return &interruptedError{c.Name, sig}
			}
			return nil // all was done before it knew
		}
	}
}

// awaitLastWork waits for the end of an action that was interrupted.
func awaitLastWork(done <-chan error, caught <-chan os.Signal) error {
	began := time.Now()
	timeout := time.After(lastWork)
	for {
		select {
		case err := <-done:
			return err
		case <-caught:
			if time.Since(began) > sameKey {
				return context.Canceled
			}
		case <-timeout:
			return context.DeadlineExceeded
		}
	}
}
