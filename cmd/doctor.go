//go:build !front

package cmd

import (
	"context"
	"encoding/json"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/doctor"
)

// statusUnwell is the exit status of a doctor that found that run does not work.
const statusUnwell = exit.Status(1)

func doctorCommand() *cli.Command {
	return &cli.Command{
		Name:      "doctor",
		Usage:     "examine this host: will run work, and what is missing",
		UsageText: "mydocker doctor [options]",
		Description: "It starts a container for trial and looks at all that a run needs, as the user " +
			"who calls it. Exit status: 0 run works here, 1 it does not.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object"},
			&cli.StringFlag{Name: "cgroup-parent", Usage: "cgroup below which the container on trial is made, as for run"},
		},
		Action: doctorAction,
	}
}

func doctorAction(_ context.Context, c *cli.Command) error {
	if c.NArg() > 0 {
		return tooMany(c, c.Args().First())
	}
	var parent string
	if c.IsSet("cgroup-parent") {
		var err error
		if parent, err = parseCgroupParent(c.String("cgroup-parent")); err != nil {
			return err
		}
	}
	host, err := doctor.NewHost(parent)
	if err != nil {
		return err
	}
	report := doctor.Examine(host)
	if c.Bool("json") {
		encoder := json.NewEncoder(c.Root().Writer)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		err = encoder.Encode(report)
	} else {
		err = report.WriteText(c.Root().Writer, doctor.WantsColour(os.Stdout))
	}
	if err == nil && !report.RunWorks {
		err = statusUnwell
	}
	return err
}
