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
	return command.Prune(&cli.Command{
		Usage:       "remove the volumes without a name that no container has",
		UsageText:   "mydocker volume prune [options]",
		Description: "Filters: label=KEY[=VALUE], label!=KEY[=VALUE], all=true, which is --all.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "also those that were named"},
		},
	}, []string{"all", "label", "label!"}, volumePruneAction)
}

func volumePruneAction(_ context.Context, c *cli.Command, wanted command.Filters) error {
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
	return exit.Failed(pruneVolumes(command.Output(c), dir, all, wanted), volume.ClearLeftovers(dir, container.RemoveTree))
}

// pruneVolumes removes the volumes that no container has, and says how much that gives back.
func pruneVolumes(w io.Writer, dir string, all bool, wanted command.Filters) error {
	freed, failed := removeVolumes(w, dir, all, wanted)
	_, err := fmt.Fprintf(w, "Total reclaimed space: %s\n", table.Size(freed))
	return errors.Join(failed, err)
}

// removeVolumes removes the volumes that no container has, and returns how many bytes they had.
func removeVolumes(w io.Writer, dir string, all bool, wanted command.Filters) (freed int64, err error) {
	list, damaged := volume.List(dir)
	failed := []error{damaged}
	text := "Deleted Volumes:\n"
	for i := range list {
		v := &list[i]
		if v.Used || !all && !v.Anonymous || !wanted.Labels(v.Labels) {
			continue
		}
		size := sizeOf(v.Data())
		err := container.RemoveVolume(dir, v.Name, container.RemoveTree)
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
		_, err = io.WriteString(w, "\n")
	}
	return freed, errors.Join(append(failed, err)...)
}
