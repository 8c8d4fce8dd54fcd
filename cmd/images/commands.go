// Package images has the commands that deal with images. They link the libraries of formats
// and registries, which the program that starts containers does not: see docs/dependencies.md.
package images

import (
	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
)

// category is the heading below which the help shows the commands.
const category = "IMAGES"

// Commands are the commands. Docker has many of them twice: "images" is "image ls" as well.
func Commands() []*cli.Command {
	return []*cli.Command{
		pullCommand(), pushCommand(), loadCommand(), saveCommand(), importCommand(),
		imagesCommand(), rmiCommand(), tagCommand(), historyCommand(), imageCommand(),
		loginCommand(), logoutCommand(), unpackLayerCommand(), unpackCommand(), fillCommand(),
	}
}

// imageCommand is the group of all that deals with images.
func imageCommand() *cli.Command {
	return &cli.Command{
		Name: "image", Usage: "the commands for images, as a group", Category: category,
		UsageText: "mydocker image COMMAND",
		Commands: []*cli.Command{
			command.Below("image", "ls", imagesCommand(), "list"),
			command.Below("image", "pull", pullCommand()),
			command.Below("image", "push", pushCommand()),
			command.Below("image", "load", loadCommand()),
			command.Below("image", "save", saveCommand()),
			command.Below("image", "import", importCommand()),
			inspectCommand(),
			treeCommand(),
			command.Below("image", "history", historyCommand()),
			command.Below("image", "tag", tagCommand()),
			command.Below("image", "rm", rmiCommand(), "remove"),
			pruneCommand(),
			mountCommand(),
			unmountCommand(),
		},
	}
}
