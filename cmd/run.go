package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/report"
	"github.com/mydocker/mydocker/container/spec"
)

const runName = "run"

func runCommand() *cli.Command {
	firstArgument := 1
	return &cli.Command{
		Name:      runName,
		Usage:     "run a command in a new container",
		UsageText: "mydocker run [options] [--] COMMAND [ARG...]",
		Description: "The command becomes PID 1 in new UTS, IPC, PID, mount and network namespaces. " +
			"A limit that you ask for, by flag, environment or file, holds, or the command does " +
			"not start; a default that the host cannot give is left out with a warning.",
		Flags:                     commonFlags(),
		StopOnNthArg:              &firstArgument,
		UseShortOptionHandling:    true,
		DisableSliceFlagSeparator: true, // a comma is part of a value
		OnUsageError:              usageError,
		Action: func(_ context.Context, c *cli.Command) error {
			defaults, err := applyDefaults(c)
			if err != nil {
				return err
			}
			switch {
			case c.Bool("detach"):
				return defaults.blame(detachAction(c))
			case staysAttached(c):
				return defaults.blame(attachedAction(c))
			}
			return reported(c, func(r *report.Report, wait *container.FinalWait) error {
				return defaults.blame(runAction(c, r, wait))
			})
		},
	}
}

// commonFlags are those that every run pays for: the ones that most runs use.
func commonFlags() []cli.Flag { return slices.Concat(streamFlags(), limitFlags()) }

// rareFlags are all others, a function for each group.
func rareFlags() []cli.Flag {
	return slices.Concat(
		environmentFlags(),
		imageFlags(),
		rootFlags(),
		mountFlags(),
		securityFlags(),
		namespaceFlags(),
		explainFlags(),
		resourceFlags(),
		processFlags(),
		lifetimeFlags(),
		reportFlags(),
		quietFlags(),
		lifecycleFlags(),
		lifeFlags(),
		logDriverFlags(),
		notifyFlags(),
		detachFlags(),
		attachFlags(),
	)
}

func streamFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "interactive", Aliases: []string{"i"}, Usage: "pass stdin on; without it stdin is empty"},
		&cli.BoolFlag{Name: "tty", Aliases: []string{"t"}, Usage: "give the command a pseudo-terminal of its own"},
	}
}

func limitFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{
			Name: "memory", Aliases: []string{"m"}, Value: defaultMemory, Sources: fromEnv("MYDOCKER_MEMORY"),
			Usage: fmt.Sprintf("most memory, in bytes or with b, k, m, g; at least %dm, 0 for no limit", subsystems.MinMemory>>20),
		},
		&cli.StringFlag{
			Name: "cpuset-cpus", Aliases: []string{"cpuset"}, Value: defaultCPUs, Sources: fromEnv("MYDOCKER_CPUSET"),
			Usage: "CPUs to run on, as in 0-2,4, or all; by default each further container has the CPU that the fewest live ones have",
		},
		&cli.StringFlag{
			Name: "cpu-shares", Aliases: []string{"c", "cpushare"}, Value: defaultCPUShares, Sources: fromEnv("MYDOCKER_CPU_SHARES"),
			Usage: fmt.Sprintf("weight among busy containers, %d to %d, 0 for the kernel's default of 1024", subsystems.MinCPUShares, subsystems.MaxCPUShares),
		},
		&cli.StringFlag{
			Name:  "cgroup-parent",
			Usage: "cgroup that holds the container's (default: " + cgroups.DefaultParent + " below mydocker's own)",
		},
	}
}

func runAction(c *cli.Command, r *report.Report, wait *container.FinalWait) error {
	labels, err := checkForeground(c)
	if err != nil {
		return err
	}
	config, log, err := awaitConfig(c)
	if err != nil {
		return err
	}
	config.Report, config.FinalWait, config.Messages = r, wait, messagesOf(c)
	config.Defaults = defaultsOf(c).files()
	if len(labels) > 0 {
		config.Says.Labels = merged(config.Says.Labels, labels)
	}
	if parseDryRun(c).on {
		return log.Close(errors.Join(dryRun(c, config, log.Logger), config.Image.Close()))
	}
	streams, done, err := foregroundStreams(c)
	if err != nil {
		return log.Close(errors.Join(err, config.Image.Close()))
	}
	code, err := container.Run(config, streams, log.Logger)
	if err := log.Close(errors.Join(err, done(), config.Image.Close())); err != nil {
		return withHint(err, config)
	}
	if code != 0 {
		return exit.Status(code)
	}
	return nil
}

// withHint adds to an error what may have been meant where it means that the command
// does not exist.
func withHint(err error, config *container.Config) error {
	if !container.NoSuchCommand(err) || config.Root.Image != "" {
		return err
	}
	text := ""
	if !config.Root.Own() {
		text = insteadOfImage(config.Command[0], isImage)
	}
	if root := &config.Root; text == "" && root.Overlay && root.Dir == "" && root.Changes == "" && len(config.Command) > 1 && isProgram(config.Command[1]) {
		text = "a directory that keeps the changes is named by --overlay=DIR, in one word"
	}
	if text == "" {
		return err
	}
	return fmt.Errorf("%w; %s", err, text)
}

// awaitConfig reads the command line and opens the log. A file that it names may be
// a pipe, at which mydocker waits until a signal ends that.
func awaitConfig(c *cli.Command) (config *container.Config, log *logger, err error) {
	read := func() (err error) {
		if config, err = runConfig(c); err == nil {
			log, err = newLogger(c)
		}
		return err
	}
	if len(listOf(c, "env-file")) > 0 || c.String("log") != "" {
		err = interruptible("wait for the --env-file or --log", read)
	} else {
		err = read()
	}
	if err != nil {
		return nil, nil, err
	}
	return config, log, nil
}

// runConfig turns the flags of run into a validated value.
func runConfig(c *cli.Command) (*container.Config, error) {
	if c.NArg() == 0 && !c.IsSet(imageName) {
		return nil, exit.Usage(c.Name + ": no command given")
	}
	resources, err := parseLimits(c)
	if err != nil {
		return nil, err
	}
	parent, err := parseCgroupParent(c.String("cgroup-parent"))
	if err != nil {
		return nil, err
	}
	config := &container.Config{Spec: spec.Spec{
		Command:      c.Args().Slice(),
		Env:          callersEnvironment(c.Bool("tty")),
		TTY:          c.Bool("tty"),
		Interactive:  c.Bool("interactive"),
		Resources:    resources,
		CgroupParent: parent,
		Lifetime:     defaultLifetime(),
	}}
	if config.State, err = stateFor(c); err != nil {
		return nil, err
	}
	asked, err := parseRareFlags(c, config)
	if err != nil {
		return nil, err
	}
	if config.Root.Image == "" {
		return config, config.Validate()
	}
	if err := config.ValidateAsked(); err != nil { // before anything is pulled
		return nil, err
	}
	if err := useImage(c, config, &asked); err != nil {
		return nil, err
	}
	if err := config.Validate(); err != nil {
		return nil, errors.Join(err, config.Image.Close())
	}
	return config, nil
}

// parseRareFlags sets what is asked for by rareFlags. Where the app has none of them,
// what config has already are their defaults.
func parseRareFlags(c *cli.Command, config *container.Config) (asked imageAsked, err error) {
	if !isComplete(c.Root()) {
		return asked, nil
	}
	if err = parseResources(c, config.Resources); err != nil {
		return asked, err
	}
	if config.Namespaces, err = parseNamespaces(c); err != nil {
		return asked, err
	}
	if asked, err = parseImage(c); err != nil {
		return asked, err
	}
	if config.Root, err = parseRoot(c); err != nil {
		return asked, err
	}
	if config.World, err = parseWorld(c); err != nil {
		return asked, err
	}
	if asked.variables, err = parseEnvironment(c); err != nil {
		return asked, err
	}
	base, named := baseEnvironment(c, &config.Root, config.Env)
	config.World.NameInEnv = named
	config.Env = withVariables(base, asked.variables)
	return asked, parseRootFlags(c, config)
}

// parseRootFlags reads the flags that depend on whether the container has a root of its own,
// and those of its life.
func parseRootFlags(c *cli.Command, config *container.Config) (err error) {
	if config.Mounts, err = parseMounts(c, &config.Root); err != nil {
		return err
	}
	if config.ShmSize, err = parseShm(c, &config.Root); err != nil {
		return err
	}
	if config.Security, err = parseSecurity(c, &config.Root); err != nil {
		return err
	}
	if config.Root.Own() {
		config.Resources.UseContainerDefaults()
	}
	if config.Lifetime, err = parseLifetime(c); err != nil {
		return err
	}
	config.Explain = parseExplain(c)
	config.KeepSignals = keepsSignals(c)
	if config.Notify, err = parseNotify(c); err != nil {
		return err
	}
	return parseLifecycle(c, config)
}
