package containers

import (
	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/images"
)

// systemCommand is the group of what deals with all that mydocker stores.
func systemCommand() *cli.Command {
	return &cli.Command{
		Name: "system", Usage: "what is stored: how much it takes, whether it is whole", Category: containersCategory,
		UsageText: "mydocker system COMMAND",
		Commands:  []*cli.Command{dfCommand(), systemPruneCommand(), images.CheckCommand(), command.Below("system", "events", eventsCommand()), command.Below("system", "info", infoCommand())},
	}
}
