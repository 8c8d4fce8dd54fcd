package cmd

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/cmd/full"
	"github.com/mydocker/mydocker/container/entry"
)

// runOther runs another command of mydocker, such as pull, before there is a container, and
// waits for its end. What it prints is on stderr, for stdout is the container's, and with --quiet
// nowhere. Where it fails it has said why, and its status is the error.
func runOther(c *cli.Command, words ...string) error { return runHolding(c, nil, words...) }

// runHolding is runOther with a file that the other command has open, too, for its stdin: a lock
// on it lasts as long as that lives, also where this command is killed. nil is none.
func runHolding(c *cli.Command, lock *os.File, words ...string) error {
	command := &exec.Cmd{Args: append(globalArguments(c), words...), Stdout: os.Stderr, Stderr: os.Stderr}
	if lock != nil {
		command.Stdin = lock
	}
	if c.Bool("quiet") {
		command.Stdout = nil
	}
	caught := make(chan os.Signal, 1)
	if err := notifyEnding(caught); err != nil {
		return err
	}
	defer signal.Stop(caught)
	if err := full.Start(command); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(words, " "), err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	var sig os.Signal
	for {
		select {
		case err := <-ended:
			if errno := entry.Remember(); errno != 0 {
				err = errors.Join(err, fmt.Errorf("catch signals: %w", errno))
			}
			return statusOf(words, sig, err)
		case sig = <-caught:
			if err := command.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
				return err
			}
		}
	}
}

// globalArguments are the program's name and the global flags that count for a command that
// c starts.
func globalArguments(c *cli.Command) []string {
	args := []string{ownName}
	for _, name := range []string{stateName, "log-format"} {
		if c.IsSet(name) {
			args = append(args, dashed(name)+"="+c.String(name))
		}
	}
	return args
}

// statusOf is how a command has ended. A signal that came meanwhile counts even where it came
// too late to end the command.
func statusOf(words []string, sig os.Signal, err error) error {
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed) && failed.Exited():
		return &exit.ToldError{Code: failed.ExitCode()}
	case sig != nil:
		return &interruptedError{strings.Join(words, " "), sig}
	case err != nil:
		return fmt.Errorf("%s: %w", strings.Join(words, " "), err)
	}
	return nil
}
