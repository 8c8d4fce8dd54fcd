package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/stdio"
)

const createName = "create"

// createCommand makes a container that start starts. It has the flags of run.
func createCommand() *cli.Command {
	c := runCommand()
	c.Name, c.Usage, c.UsageText = createName, "make a container that start starts", "mydocker create [options] [--] COMMAND [ARG...]"
	c.Description = "The container stays until rm removes it, whatever becomes of its command."
	c.Action = func(_ context.Context, c *cli.Command) error {
		defaults, err := applyDefaults(c)
		if err != nil {
			return err
		}
		return defaults.blame(createAction(c))
	}
	return c
}

// detachFlags are those of a container that a supervisor looks after.
func detachFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "detach", Aliases: []string{"d"}, Usage: "run it in the background, and print its id; it stays until rm"},
	}
}

// dockersStopTimeout is the time between the stop signal and SIGKILL of a container that stays.
const dockersStopTimeout = 10 * time.Second

// made is a container that was made of the command line.
type made struct {
	*state.Container
	config *container.Config
	state  string
	log    *logger
}

// makeStaying makes a container that stays.
func makeStaying(c *cli.Command) (m *made, err error) {
	if err := checkStaying(c); err != nil {
		return nil, err
	}
	config, log, err := awaitConfig(c)
	if err != nil {
		return nil, err
	}
	m = &made{config: config, log: log}
	if m.state, err = stateDirectory(c); err == nil {
		err = m.create(c)
	}
	if err != nil {
		return nil, log.Close(errors.Join(err, config.Image.Close()))
	}
	return m, nil
}

func (m *made) create(c *cli.Command) error {
	isAttached := c.Name == runName && !c.Bool("detach")
	if isAttached && m.config.TTY && m.config.Interactive && !stdio.IsTerminal(os.Stdin) && !stdio.IsTerminal(os.Stdout) {
		m.log.Warn("-t: neither stdin nor stdout is a terminal; the command gets plain streams")
		m.config.TTY = false
	}
	settings, err := parseStaying(c, m.config)
	if err != nil {
		return err
	}
	o := &detached.Made{State: m.state, Config: m.config, Settings: settings, ReportFormat: c.String("report-format"), LogLevel: m.log.GetLevel().String(), Log: m.log.Logger, CommandLine: commandLine(c)}
	if o.Report, err = parseReportOfStaying(c); err != nil {
		return err
	}
	if m.Container, err = detached.Create(o); err != nil {
		return err
	}
	if err := container.WriteIDFile(m.config.IDFile, m.ID); err != nil {
		return errors.Join(err, m.Remove(container.RemoveTree), m.Close(), container.RemoveAnonymous(m.state, m.Volumes, container.RemoveTree))
	}
	events.Write(m.state, events.OfContainer(events.Create, m.ID, m.Name, m.Image, m.Config.Labels))
	return nil
}

// parseStaying reads the flags of a container that stays.
func parseStaying(c *cli.Command, config *container.Config) (settings state.Settings, err error) {
	if settings, err = parseLife(c, &config.Says); err != nil {
		return settings, err
	}
	if settings.Log, err = parseLog(c); err != nil {
		return settings, err
	}
	if !c.IsSet("stop-timeout") {
		config.Lifetime.StopTimeout = dockersStopTimeout
	}
	streams, err := parseAttach(c)
	if err != nil {
		return settings, err
	}
	settings.TTY, settings.OpenStdin, settings.AutoRemove = config.TTY, config.Interactive, leavesNothing(c)
	settings.StdinOnce = config.Interactive && streams.Stdin
	settings.Attach = state.Attach{Stdin: streams.Stdin, Stdout: streams.Stdout, Stderr: streams.Stderr}
	return settings, nil
}

// parseReportOfStaying is the file that a report goes to: nobody waits for one on a stream.
func parseReportOfStaying(c *cli.Command) (string, error) {
	name := c.String("report")
	if c.Bool("summary") {
		return "", exit.Usage("--summary: nobody waits for the end of a container that stays; mydocker inspect tells what it used, and --report FILE writes it to a file")
	}
	switch {
	case !c.IsSet("report") && c.IsSet("report-format"):
		return "", exit.Usage("--report-format needs --report")
	case !c.IsSet("report"):
		return "", nil
	case name == "" || name == "-" || len(name) > 3 && name[:3] == "fd:":
		return "", exit.Usage(fmt.Sprintf("invalid value %q for --report: the report of a container that stays goes to a file", name))
	}
	if c.IsSet("report-format") {
		if _, err := reportFormat(c); err != nil {
			return "", err
		}
	}
	return filepath.Abs(name)
}

func createAction(c *cli.Command) error {
	if c.Bool("detach") {
		return exit.Usage("create: there is no --detach: start starts the container in the background")
	}
	m, err := makeStaying(c)
	if err != nil {
		return err
	}
	err = errors.Join(m.Close(), m.config.Image.Close())
	if err == nil {
		_, err = fmt.Fprintln(c.Root().Writer, m.ID)
	}
	return m.log.Close(err)
}

// detachAction runs a container in the background.
func detachAction(c *cli.Command) error {
	m, err := makeStaying(c)
	if err != nil {
		return err
	}
	_, err = detached.Launch(m.state, m.Container, nil)
	err = errors.Join(err, m.config.Image.Close())
	if err != nil {
		return m.log.Close(errors.Join(err, m.discard()))
	}
	_, err = fmt.Fprintln(c.Root().Writer, m.ID)
	return m.log.Close(err)
}

// discard removes a container that could not be started: nothing is left of such a run.
func (m *made) discard() error {
	err := detached.Remove(m.state, m.ID, &detached.RemoveOptions{Force: true, Volumes: true})
	return errors.Join(err, container.RemoveIDFile(m.config.IDFile, m.ID))
}

// stateDirectory is where the containers of the caller are.
func stateDirectory(c *cli.Command) (string, error) {
	dir, err := stateFor(c)
	if err == nil && dir == "" {
		return "", errors.New("there is no directory for containers: HOME is not set; " + state.Variable + " names one")
	}
	return dir, err
}

// stateFor is the same, "" where there is none.
func stateFor(c *cli.Command) (string, error) {
	getenv, err := environmentWithState(c)
	if err != nil {
		return "", err
	}
	return state.Directory(os.Geteuid(), getenv("HOME"), getenv), nil
}

// commandLine are the words of the caller from the command on.
func commandLine(c *cli.Command) []string {
	at := slices.Index(os.Args, c.Name)
	if at < 0 {
		return nil
	}
	words := slices.Clone(os.Args[at:])
	if isDocker(c.Root()) {
		words = append([]string{dockerName}, words...)
	}
	return words
}
