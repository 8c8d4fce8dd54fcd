package containers

import (
	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
)

// containersCategory is the heading below which the help shows the commands for containers.
const containersCategory = "CONTAINERS"

// containerCommand is the group of all that deals with containers that are kept. Package cmd adds
// what is in the front program.
func containerCommand() *cli.Command {
	return &cli.Command{
		Name: "container", Usage: "the commands for containers, as a group", Category: containersCategory,
		UsageText: "mydocker container COMMAND",
		Commands: []*cli.Command{
			command.Below("container", "ls", psCommand(), "list", "ps"),
			command.Below("container", "logs", logsCommand()),
			containerInspectCommand(),
			containerPruneCommand(),
			command.Below("container", "port", portCommand()),
			command.Below("container", "cp", cpCommand()), command.Below("container", "top", topCommand()),
			command.Below("container", "stats", statsCommand()),
			command.Below("container", "commit", commitCommand()),
			command.Below("container", "export", exportCommand()),
			diffCommand(),
		},
	}
}
