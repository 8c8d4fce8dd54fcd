package containers

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/volume"
)

func volumePruneCommand() *cli.Command {
	return &cli.Command{
		Name: "prune", Usage: "remove the volumes without a name that no container has",
		UsageText:   "mydocker volume prune [options]",
		Description: "Filters: label=KEY[=VALUE], label!=KEY[=VALUE], all=true, which is --all.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "also those that were named"},
			&cli.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "do not ask"},
			&cli.StringSliceFlag{Name: "filter", Usage: "remove those alone for which `KEY=VALUE` holds"},
		},
		Metadata: command.Takes(0, nil),
		Action:   volumePruneAction,
	}
}

func volumePruneAction(_ context.Context, c *cli.Command) error {
	if c.NArg() > 0 {
		return command.TooMany(c, 0)
	}
	wanted, err := command.ParseFilters(c.StringSlice("filter"), "all", "label", "label!")
	if err != nil {
		return err
	}
	all, which := c.Bool("all"), "anonymous"
	for _, text := range wanted["all"] {
		switch text {
		case "true", "1":
			all = true
		case "false", "0":
		default:
			return command.BadFilter("all", text, "neither true nor false")
		}
	}
	if all {
		which = "all"
	}
	if err := command.Confirm(c, "WARNING! This will remove "+which+" local volumes not used by at least one container."); err != nil {
		return err
	}
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	return exit.Failed(pruneVolumes(command.Output(c), dir, all, wanted), volume.ClearLeftovers(dir, command.RemoveTree))
}

// pruneVolumes removes the volumes that no container has, and says how much that gives back.
func pruneVolumes(w io.Writer, dir string, all bool, wanted command.Filters) error {
	list, damaged := volume.List(dir)
	failed := []error{damaged}
	text, freed := "Deleted Volumes:\n", int64(0)
	for i := range list {
		v := &list[i]
		if v.Used || !all && !v.Anonymous || !wanted.Labels(v.Labels) {
			continue
		}
		size := sizeOf(v.Data())
		err := container.RemoveVolume(dir, v.Name, command.RemoveTree)
		if container.IsVolumeUsed(err) || errors.As(err, new(*volume.NotFoundError)) {
			continue
		}
		if err == nil {
			freed += size
			_, err = fmt.Fprintln(w, text+v.Name)
			text = ""
		}
		failed = append(failed, err)
	}
	if text == "" {
		text = "\n"
	} else {
		text = ""
	}
	_, err := fmt.Fprintf(w, "%sTotal reclaimed space: %s\n", text, table.Size(freed))
	return errors.Join(append(failed, err)...)
}
