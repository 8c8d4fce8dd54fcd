package command

import (
	"context"

	"github.com/urfave/cli/v3"
)

// Prune completes a command that removes what nobody uses: it takes no argument, and filters by these
// keys, which do gets.
func Prune(c *cli.Command, keys []string, do func(context.Context, *cli.Command, Filters) error) *cli.Command {
	c.Name = "prune"
	c.Flags = append(c.Flags,
		&cli.BoolFlag{Name: "force", Aliases: []string{"f"}, Usage: "do not ask"},
		&cli.StringSliceFlag{Name: "filter", Usage: "remove those alone for which `KEY=VALUE` holds"},
	)
	c.Metadata = Takes(0, nil)
	c.DisableSliceFlagSeparator = true // a comma is part of a label
	c.Action = func(ctx context.Context, c *cli.Command) error {
		if c.NArg() > 0 {
			return TooMany(c, 0)
		}
		wanted, err := ParseFilters(c.StringSlice("filter"), keys...)
		if err != nil {
			return err
		}
		return do(ctx, c, wanted)
	}
	return c
}
