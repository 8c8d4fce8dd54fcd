package cmd

import (
	"errors"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

// explainEach tells of each container that is named what is going to be done with it.
func explainEach(c *cli.Command, tell func(format explain.Format, l *state.Listed) error) error {
	format := parseExplain(c)
	if format == explain.Off {
		return nil
	}
	dir, err := stateDirectory(c)
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range c.Args().Slice() {
		errs = append(errs, container.ExplainEach(dir, name, func(l *state.Listed) error { return tell(format, l) }))
	}
	return errors.Join(errs...)
}

func explainStart(c *cli.Command) error { return explainEach(c, container.ExplainStart) }

func explainStop(c *cli.Command, o *detached.StopOptions) error {
	return explainEach(c, func(format explain.Format, l *state.Listed) error {
		spec, err := detached.LoadSpec(l.Path)
		if err != nil {
			return err
		}
		sig, timeout := spec.Lifetime.StopSignal, spec.Lifetime.StopTimeout
		if o.Signal != 0 {
			sig = o.Signal
		}
		if o.Timeout != nil {
			timeout = *o.Timeout
		}
		text := timeout.String()
		if timeout < 0 {
			text = "never"
		}
		return container.ExplainStop(format, l, utils.SignalName(sig), text)
	})
}
