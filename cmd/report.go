package cmd

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/report"
)

func reportFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "report", Usage: "at the end write what happened and what was used to `FILE`, to fd:N, or to - for stderr"},
		&cli.StringFlag{Name: "report-format", Usage: "json (the default) or text"},
	}
}

// reported runs a container by run, and reports on it if that was asked for.
// What can be told before the run, such as where the report cannot be written,
// is told before anything is started.
func reported(c *cli.Command, run func(*report.Report, chan<- os.Signal) error) error {
	if !isComplete(c.Root()) || !c.IsSet("report") && !c.IsSet("report-format") {
		return run(nil, nil)
	}
	encode, err := reportFormat(c)
	if err != nil {
		return err
	}
	destination, err := report.Open(c.String("report"))
	if err != nil {
		return fmt.Errorf("invalid value %q for --report: %w", c.String("report"), err)
	}
	r := report.New(c.Args().Slice())
	late := make(chan os.Signal, 1)
	err = run(r, late)
	r.Finish(exitCode(err), failureOf(err))
	content, failed := encode(r)
	if failed == nil {
		failed = writeReport(destination, content, late)
	}
	if failed == nil {
		return err
	}
	var status statusError
	if err == nil || errors.As(err, &status) {
		return fmt.Errorf("the command ended, but its report cannot be written: %v", failed)
	}
	return fmt.Errorf("%w; nor can the report be written: %v", err, failed)
}

// writeReport gives up what nobody reads when a signal comes.
func writeReport(destination *report.Destination, content []byte, late chan os.Signal) error {
	if !destination.Waits() {
		return destination.Write(content)
	}
	notifyEnding(late)
	return waitOr("wait for its reader", late, grace, func() error { return destination.Write(content) })
}

func reportFormat(c *cli.Command) (func(*report.Report) ([]byte, error), error) {
	if !c.IsSet("report") {
		return nil, &UsageError{"--report-format needs --report"}
	}
	switch format := c.String("report-format"); format {
	case "json", "":
		return (*report.Report).JSON, nil
	case "text":
		return (*report.Report).Text, nil
	default:
		return nil, &UsageError{fmt.Sprintf("invalid value %q for --report-format: not json or text", format)}
	}
}

// stepUsage is the step that fails in a report where the command line is wrong.
const stepUsage = "read the command line"

// failureOf says who failed where mydocker could not run the command.
func failureOf(err error) *report.Failure {
	var status statusError
	if err == nil || errors.As(err, &status) {
		return nil
	}
	by, step := report.ByRuntime, stepUsage
	if container.NotFound(err) || container.NotExecutable(err) {
		by = report.ByCommand
	}
	var ofInit *initproc.InitError
	var ofHost *container.StepError
	switch {
	case errors.As(err, &ofInit):
		step = ofInit.Step
	case errors.As(err, &ofHost):
		step = ofHost.Step
	}
	var errno syscall.Errno
	errors.As(err, &errno)
	return report.NewFailure(by, step, errno, err.Error())
}
