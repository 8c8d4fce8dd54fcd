//go:build !front

package cmd

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/full"
	"github.com/mydocker/mydocker/cmd/images"
)

// otherCommands are all that start no container. The front has none of them: see passOn.
func otherCommands() []*cli.Command {
	list := images.Commands()
	for _, c := range list {
		interruptibly(c)
	}
	return slices.Concat([]*cli.Command{
		diffCommand(), applyCommand(), undoCommand(), doctorCommand(), completionCommand(), helpCommand(), versionCommand(),
		completeCommand(), manCommand(),
	}, list)
}

// passOn passes nothing on: this program has every command.
func passOn(_ *cli.Command, args []string) error { return full.TakeName(args[0]) }

// interruptibly gives a command, and those below it, a context that ends when a signal comes
// that ends programs. What the command does then it does in peace: a second one ends it at once.
func interruptibly(c *cli.Command) {
	for _, below := range c.Commands {
		interruptibly(below)
	}
	action := c.Action
	if action == nil {
		return
	}
	c.Action = func(ctx context.Context, c *cli.Command) error {
		caught := make(chan os.Signal, 1)
		if err := notifyEnding(caught); err != nil {
			return err
		}
		defer signal.Stop(caught)
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		go func() {
			select {
			case sig := <-caught:
				signal.Stop(caught)
				cancel(&interruptedError{c.Name, sig})
			case <-ctx.Done():
			}
		}()
		err := action(ctx, c)
		if interrupted := (*interruptedError)(nil); err != nil && errors.As(context.Cause(ctx), &interrupted) {
			return interrupted
		}
		return err
	}
}
