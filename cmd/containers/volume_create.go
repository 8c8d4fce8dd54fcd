package containers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/volume"
	"github.com/mydocker/mydocker/utils"
)

func volumeCreateCommand() *cli.Command {
	return &cli.Command{
		Name: "create", Usage: "make a volume, unless there is one of that name",
		UsageText: "mydocker volume create [options] [VOLUME]",
		Description: "Without a name it gets one of 64 hexadecimal digits. Options are those of Docker's driver local: -o type=tmpfs -o " +
			"device=tmpfs -o o=size=64m is an empty directory in memory for each container; -o type=none -o o=bind -o device=DIR is a " +
			"directory of the host.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "driver", Aliases: []string{"d"}, Value: localDriver, Usage: "the driver: local is the only one"},
			&cli.StringSliceFlag{Name: "label", Usage: "a label, `KEY=VALUE`"},
			&cli.StringSliceFlag{Name: "opt", Aliases: []string{"o"}, Usage: "an option of the driver, `KEY=VALUE`: type, device, o"},
			&cli.StringFlag{Name: "name", Usage: "the name, as older clients give it", Hidden: true},
		},
		Metadata:                  command.Takes(1, nil),
		DisableSliceFlagSeparator: true, // a comma is part of a value
		Action:                    volumeCreateAction,
	}
}

func volumeCreateAction(_ context.Context, c *cli.Command) error {
	name := c.Args().First()
	switch {
	case c.NArg() > 1:
		return command.TooMany(c, 1)
	case c.IsSet("name") && name != "":
		return exit.Usage("create: conflicting options: cannot specify a volume-name through both --name and as a positional arg")
	case name == "":
		name = c.String("name")
	}
	if driver := c.String("driver"); driver != localDriver && driver != "" {
		return exit.Failed(fmt.Errorf("create %s: error looking up volume plugin %s: plugin %q not found (%s is the only driver)", utils.Shortened(name), driver, driver, localDriver))
	}
	for _, label := range c.StringSlice("label") {
		if label == "" || label[0] == '=' {
			return exit.Usage(fmt.Sprintf("invalid value %q for --label: there is no name before the =", label))
		}
	}
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	wanted := &volume.Record{
		Name: name, Created: time.Now().UTC().Truncate(time.Second),
		Labels: pairsOf(c.StringSlice("label")), Options: pairsOf(c.StringSlice("opt")),
	}
	if name == "" {
		wanted.Anonymous = true
		if wanted.Name, err = volume.NewName(); err != nil {
			return err
		}
	}
	made, isNew, err := volume.Create(dir, wanted)
	if err != nil {
		return exit.Failed(err)
	}
	if isNew {
		events.Write(dir, events.Of(events.TypeVolume, events.Create, made.Name, "", "driver", localDriver))
	}
	_, err = fmt.Fprintln(command.Output(c), made.Name)
	return errors.Join(err, made.Close(), volume.ClearLeftovers(dir, container.RemoveTree))
}

// pairsOf are KEY=VALUE as a map, nil for none. A key alone has the value "".
func pairsOf(texts []string) map[string]string {
	if len(texts) == 0 {
		return nil
	}
	pairs := map[string]string{}
	for _, text := range texts {
		key, value, _ := strings.Cut(text, "=")
		pairs[key] = value
	}
	return pairs
}
