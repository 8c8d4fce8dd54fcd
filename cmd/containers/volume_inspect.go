package containers

import (
	"context"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/volume"
)

func volumeInspectCommand() *cli.Command {
	return &cli.Command{
		Name: "inspect", Usage: "show all that is known of volumes, as JSON",
		UsageText:   "mydocker volume inspect [options] VOLUME...",
		Description: "A format is a Go template such as {{.Mountpoint}}. What is not there is an error behind what is.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "format", Aliases: []string{"f"}, Usage: "json or a `TEMPLATE`"},
		},
		Metadata: command.Takes(-1, volumeWords),
		Action:   volumeInspectAction,
	}
}

func volumeInspectAction(_ context.Context, c *cli.Command) error {
	if c.NArg() == 0 {
		return noVolume(c)
	}
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	objects := []inspectedVolume{}
	var failed []error
	for _, name := range c.Args().Slice() {
		found, err := volume.Find(dir, name)
		if err == nil {
			objects = append(objects, newInspectedVolume(&found))
		}
		failed = append(failed, err)
	}
	if err := table.Objects(command.Output(c), c.String("format"), objects); err != nil {
		return err
	}
	return exit.Failed(failed...)
}

// inspectedVolume is a volume in the words of Docker's API.
type inspectedVolume struct {
	CreatedAt  string
	Driver     string
	Labels     map[string]string
	Mountpoint string
	Name       string
	Options    map[string]string
	Scope      string
}

func newInspectedVolume(v *volume.Listed) inspectedVolume {
	return inspectedVolume{
		CreatedAt: v.Created.Local().Format(time.RFC3339), Driver: localDriver, Labels: v.Labels, Mountpoint: v.Data(),
		Name: v.Name, Options: v.Options, Scope: localScope,
	}
}
