// Package cmd is the command line: it turns flags into validated values and
// the engine's answers into exit codes.
package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/sirupsen/logrus"
	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/child"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/container/stdio"
	"github.com/mydocker/mydocker/utils"
)

// Main runs mydocker with the given arguments, the program's name first, and
// returns its exit code.
func Main(args []string) int {
	if (len(args) == 2 || len(args) == 3) && args[1] == initName {
		// The child's way to the user's command is part of every start, so
		// it does not wait for the command line to be built.
		if err := child.RunContainerInitProcess(); !errors.Is(err, child.ErrNotStarted) {
			return codeRuntime // the parent knows why
		}
	}
	if len(args) == 2 && args[1] == detached.KeepName {
		return exitCode(detached.Keep())
	}
	if isSupervisor(args) {
		return runSupervisor(args)
	}
	if isOCI(args) {
		return runOCI(args)
	}
	if slices.ContainsFunc(args, hasStreams) {
		// The Go runtime would end the process when stdout or stderr is a broken
		// pipe (os/signal, "SIGPIPE"); so the write fails. Init undoes it.
		signal.Ignore(syscall.SIGPIPE)
	}
	args = withoutContainer(calledBy(args))
	output := &stickyWriter{to: os.Stdout}
	messages := stdio.NewBoundedWriter(os.Stderr)
	app := newApp(output, args)
	app.ErrWriter = messages
	err := runApp(app, args)
	if err == nil && output.err != nil {
		err = fmt.Errorf("write to stdout: %w", output.err)
	}
	printError(app, args, err)
	printAdvice(app, args, err)
	messages.Flush()
	return exitCode(err)
}

// hasStreams reports whether a command connects a container's streams with somebody's.
func hasStreams(word string) bool {
	return slices.Contains([]string{runName, execName, attachName, startName}, word)
}

// messagesOf returns where mydocker itself says something: stderr, which need not have
// a reader. What is written to it by others is not in order with that.
func messagesOf(c *cli.Command) *stdio.BoundedWriter {
	if messages, is := c.Root().ErrWriter.(*stdio.BoundedWriter); is {
		return messages
	}
	return stdio.NewBoundedWriter(os.Stderr)
}

func runApp(app *cli.Command, args []string) error {
	if entry.WasClosed(syscall.Stdout) {
		return errors.New("stdout is closed (use >/dev/null to drop the output)")
	}
	if err := utils.CheckFreeFiles(); err != nil {
		return err
	}
	args = withoutGroup(app, args)
	if err := passOn(app, args); err != nil {
		return err
	}
	if slices.Contains(args, runName) {
		addDefaults(app)
	}
	args, err := separateCommand(app, args)
	if err != nil {
		return err
	}
	return app.Run(context.Background(), args)
}

// printError prints err as one line, in the format of the log; where several things that were
// named have failed, one for each.
func printError(app *cli.Command, args []string, err error) {
	var status exit.Status
	var usage *exit.UsageError
	var told *exit.ToldError
	if err == nil || errors.As(err, &status) || errors.As(err, &told) {
		return
	}
	log := logrus.New()
	log.SetOutput(messagesOf(app))
	log.SetFormatter(formatter(app.String("log-format")))
	var failed *exit.FailedError
	if errors.As(err, &failed) {
		for _, one := range failed.Errors {
			log.Error(utils.ErrorLine(one))
		}
		return
	}
	line := utils.ErrorLine(err)
	if errors.As(err, &usage) {
		line += " (see " + helpOn(app, args) + ")"
	}
	log.Error(line)
}

// stickyWriter is mydocker's own stdout. It remembers the first error, because the help
// and completion printers drop it.
type stickyWriter struct {
	to  io.Writer
	err error
}

// Write implements io.Writer. Where something is printed there is no container, which
// signals would be kept for: they end the wait for a reader as they do elsewhere.
func (w *stickyWriter) Write(p []byte) (n int, err error) {
	if err = entry.Release(); err == nil {
		n, err = w.to.Write(p)
	}
	if w.err == nil {
		w.err = err
	}
	return n, err
}
