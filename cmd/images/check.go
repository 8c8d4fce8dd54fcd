package images

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/ingest"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/utils"
)

// CheckCommand is "system check".
func CheckCommand() *cli.Command {
	return &cli.Command{
		Name: "check", Usage: "verify all that is in the store of images",
		UsageText: "mydocker system check [--repair]",
		Description: "Each blob is read and held against its digest, and each record, name and layer against the others. Exit status: " +
			"0 the store is whole, or is so again; 1 something is damaged.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "repair", Usage: "make again what can be made again, and remove what cannot: then pull or load that image again"},
		},
		Metadata: command.Takes(0, nil),
		Action:   checkAction,
	}
}

func checkAction(ctx context.Context, c *cli.Command) error {
	if c.NArg() > 0 {
		return command.TooMany(c, 0)
	}
	var repair *store.Repair
	return WithStore(c, func(s *store.Store, _ string) error {
		if c.Bool("repair") {
			repair = &store.Repair{Unpack: func(ctx context.Context, record *image.Record, variant image.Variant) error {
				return unpackAgain(ctx, s, record, variant)
			}}
		}
		problems, err := s.Check(ctx, repair)
		damaged := 0
		for _, problem := range problems {
			if _, err := fmt.Fprintln(command.Output(c), utils.OneLine(problem.String())); err != nil {
				return err
			}
			if !problem.Leftover && !problem.Repaired {
				damaged++
			}
		}
		if err != nil {
			return err
		}
		return verdict(c, len(problems), damaged)
	})
}

// verdict prints the last line, and says by the status whether something is damaged.
func verdict(c *cli.Command, problems, damaged int) error {
	text := "the store is whole"
	switch {
	case damaged > 0 && !c.Bool("repair"):
		text = plural(damaged, "problem", "problems") + "; --repair puts the store in order"
	case damaged > 0:
		text = plural(damaged, "problem", "problems") + " could not be repaired"
	case problems > 0:
		text += ", but for what is said above"
		if c.Bool("repair") {
			text = "the store is whole again"
		}
	}
	if _, err := fmt.Fprintln(command.Output(c), text); err != nil {
		return err
	}
	if damaged > 0 {
		return exit.Status(1)
	}
	return nil
}

// unpackAgain unpacks the layers of an image once more.
func unpackAgain(ctx context.Context, s *store.Store, record *image.Record, variant image.Variant) error {
	own, err := callersVariant()
	if err != nil {
		return err
	}
	if variant != own {
		return errors.New("they are for another user namespace: the next run that needs them unpacks them")
	}
	options, err := TakeOptions(nil)
	if err != nil {
		return err
	}
	_, err = ingest.Unpack(ctx, s, record, options)
	return err
}
