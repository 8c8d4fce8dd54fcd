package cmd

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/report"
	"github.com/mydocker/mydocker/utils"
)

func reportFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "report", Usage: "at the end write what happened and what was used to `FILE`, to fd:N, or to - for stderr"},
		&cli.StringFlag{Name: "report-format", Usage: "json (the default) or text"},
		&cli.BoolFlag{Name: "summary", Usage: "print the report as text on stderr at the end, also beside --report"},
	}
}

// reported runs a container by run, and reports on it if that was asked for.
// What can be told before the run, such as where the report cannot be written,
// is told before anything is started.
func reported(c *cli.Command, run func(*report.Report, *container.FinalWait) error) error {
	wait := container.NewFinalWait()
	err := runAndReport(c, run, wait)
	messages := messagesOf(c)
	messages.Release()
	if unread := messages.Idle(); unread != nil && parseExplain(c) != explain.Off {
		if err := notifyEnding(wait.Signals()); err != nil {
			return err
		}
		if wait.Await(unread, container.For(grace)) && ended(err) && (err == nil || wait.OverSinceEnd()) {
			return wait.Err("wait for the explanation's reader")
		}
	}
	return err
}

// ended reports whether the command ran to its end, which err tells of.
func ended(err error) bool {
	var status exit.Status
	return err == nil || errors.As(err, &status)
}

func runAndReport(c *cli.Command, run func(*report.Report, *container.FinalWait) error, wait *container.FinalWait) error {
	outlets, err := openOutlets(c)
	if err != nil {
		return err
	}
	if len(outlets) == 0 {
		return run(nil, wait)
	}
	r := report.New(c.Args().Slice())
	err = run(r, wait)
	r.Finish(exitCode(err), failureOf(err))
	var failed error
	for _, o := range outlets {
		failed = errors.Join(failed, o.write(r, wait))
	}
	if failed == nil {
		return err
	}
	var unread *container.UnreadError
	const unwritten = "the command ended, but its report cannot be written"
	switch {
	case ended(err) && errors.As(failed, &unread):
		return fmt.Errorf("%s: %w", unwritten, failed)
	case ended(err):
		return fmt.Errorf("%s: %v", unwritten, failed)
	}
	return fmt.Errorf("%w; nor can the report be written: %v", err, failed)
}

// outlet is where a report goes, and as what.
type outlet struct {
	destination *utils.Output
	encode      func(*report.Report) ([]byte, error)
}

// openOutlets opens those that are asked for: a report first, since somebody may wait
// for it.
func openOutlets(c *cli.Command) (outlets []outlet, err error) {
	if c.IsSet("report") || c.IsSet("report-format") {
		encode, err := reportFormat(c)
		if err != nil {
			return nil, err
		}
		destination, err := report.Open(c.String("report"))
		if err != nil {
			return nil, fmt.Errorf("invalid value %q for --report: %w", c.String("report"), err)
		}
		outlets = append(outlets, outlet{destination, encode})
	}
	if c.Bool("summary") {
		destination, err := report.Open("-")
		if err != nil {
			return nil, fmt.Errorf("print the --summary: %w", err)
		}
		outlets = append(outlets, outlet{destination, (*report.Report).Text})
	}
	return outlets, nil
}

func (o *outlet) write(r *report.Report, wait *container.FinalWait) error {
	content, err := o.encode(r)
	if err != nil {
		return err
	}
	return writeReport(o.destination, content, wait)
}

// writeReport gives up what nobody reads when the final wait is over.
func writeReport(destination *utils.Output, content []byte, wait *container.FinalWait) error {
	if !destination.Waits() {
		return destination.Write(content)
	}
	if err := notifyEnding(wait.Signals()); err != nil {
		return err
	}
	done := make(chan struct{})
	var failed error
	go func() {
		failed = destination.Write(content)
		close(done)
	}()
	if wait.Await(done, container.For(grace)) {
		return wait.Err("wait for its reader")
	}
	return failed
}

func reportFormat(c *cli.Command) (func(*report.Report) ([]byte, error), error) {
	if !c.IsSet("report") {
		return nil, exit.Usage("--report-format needs --report")
	}
	switch format := c.String("report-format"); format {
	case "json", "":
		return (*report.Report).JSON, nil
	case "text":
		return (*report.Report).Text, nil
	default:
		return nil, exit.Usage(fmt.Sprintf("invalid value %q for --report-format: not json or text", format))
	}
}

// stepUsage is the step that fails in a report where the command line is wrong.
const stepUsage = "read the command line"

// failureOf says who failed where mydocker could not run the command.
func failureOf(err error) *report.Failure {
	var status exit.Status
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
	return report.NewFailure(by, step, errno, utils.ErrorLine(err))
}
