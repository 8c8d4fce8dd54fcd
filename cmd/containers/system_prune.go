package containers

import (
	"context"
	"errors"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/cmd/images"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/utils"
)

func systemPruneCommand() *cli.Command {
	return command.Prune(&cli.Command{
		Usage:       "remove the containers that do not run, and the images that nobody needs",
		UsageText:   "mydocker system prune [options]",
		Description: "Filters: until=TIME|DURATION, label=KEY[=VALUE], label!=KEY[=VALUE].",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "all images that no container needs, also those with a name, and pulls that could go on"},
			&cli.BoolFlag{Name: "volumes", Usage: "also the volumes without a name that no container has"},
		},
	}, []string{"until", "label", "label!"}, systemPruneAction)
}

func systemPruneAction(ctx context.Context, c *cli.Command, wanted command.Filters) error {
	if c.Bool("volumes") && len(wanted["until"]) > 0 {
		return exit.Usage("prune: nobody knows since when a volume is not used: the filter until and --volumes exclude each other")
	}
	if err := command.Confirm(c, systemPruneQuestion(c)); err != nil {
		return err
	}
	return images.WithStore(c, func(s *store.Store, dir string) error {
		p := &images.Pruner{All: c.Bool("all"), Output: command.Output(c)}
		p.Filter(wanted)
		err := pruneContainers(p, dir, wanted)
		if err == nil && c.Bool("volumes") {
			var freed int64
			freed, err = removeVolumes(p.Output, dir, false, wanted)
			p.Bytes += freed
		}
		if err == nil {
			err = p.Prune(ctx, s, dir)
		}
		return errors.Join(err, p.Total())
	})
}

// systemPruneQuestion says what goes.
func systemPruneQuestion(c *cli.Command) string {
	text := "WARNING! This will remove:\n  - all stopped containers\n"
	if c.Bool("volumes") {
		text += "  - all anonymous volumes not used by at least one container\n"
	}
	if c.Bool("all") {
		text += "  - all images without at least one container associated to them\n"
	} else {
		text += "  - all dangling images\n"
	}
	if filters := c.StringSlice("filter"); len(filters) > 0 {
		text += "\n  Items to be pruned will be filtered with:\n"
		for _, filter := range filters {
			text += "  - " + utils.OneLine(filter) + "\n"
		}
	}
	return text
}
