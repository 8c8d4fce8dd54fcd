package cmd

import (
	"context"

	"github.com/urfave/cli/v3"
)

func manCommand() *cli.Command {
	return &cli.Command{Name: "man", Hidden: true, Action: func(context.Context, *cli.Command) error { return nil }}
}
