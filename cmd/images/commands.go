// Package images has the commands that deal with images. They link the libraries of formats
// and registries, which the program that starts containers does not: see docs/dependencies.md.
package images

import "github.com/urfave/cli/v3"

// Commands are the commands. Docker has many of them twice: "images" is "image ls" as well.
func Commands() []*cli.Command {
	return []*cli.Command{
		pullCommand(), pushCommand(), loadCommand(), saveCommand(), importCommand(),
		imagesCommand(), rmiCommand(), tagCommand(), historyCommand(), inspectAnyCommand(), imageCommand(),
		psCommand(), rmCommand(), commitCommand(), exportCommand(), containerCommand(),
		loginCommand(), logoutCommand(), systemCommand(), unpackLayerCommand(), unpackCommand(),
	}
}

// imageCommand is the group of all that deals with images.
func imageCommand() *cli.Command {
	return &cli.Command{
		Name: "image", Usage: "the commands for images, as a group", Category: category,
		UsageText: "mydocker image COMMAND",
		Commands: []*cli.Command{
			below("image", "ls", imagesCommand(), "list"),
			below("image", "pull", pullCommand()),
			below("image", "push", pushCommand()),
			below("image", "load", loadCommand()),
			below("image", "save", saveCommand()),
			below("image", "import", importCommand()),
			inspectCommand(),
			treeCommand(),
			below("image", "history", historyCommand()),
			below("image", "tag", tagCommand()),
			below("image", "rm", rmiCommand(), "remove"),
			pruneCommand(),
			mountCommand(),
			unmountCommand(),
		},
	}
}
