package containers

import (
	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/volume"
)

// volumeCommand is the group of all that deals with volumes.
func volumeCommand() *cli.Command {
	return &cli.Command{
		Name: "volume", Usage: "the commands for volumes, as a group", Category: containersCategory,
		UsageText: "mydocker volume COMMAND",
		Commands: []*cli.Command{
			volumeCreateCommand(), volumeListCommand(), volumeInspectCommand(), volumeRemoveCommand(), volumePruneCommand(),
		},
	}
}

// The driver of all volumes, and where they are.
const (
	localDriver = container.VolumeDriver
	localScope  = "local"
)

// noVolume refuses a command without an argument.
func noVolume(c *cli.Command) error { return exit.Usage(command.Name(c) + ": no volume given") }

// volumeWords are the names of volumes, for the shell's completion.
func volumeWords(c *cli.Command) (words []command.Word) {
	dir, err := command.StateDirectory(c)
	if err != nil {
		return nil
	}
	all, _ := volume.List(dir) //nolint:errcheck // a completion has nowhere to say what is damaged
	for i := range all {
		words = append(words, command.Word{Value: all[i].Name, Meaning: localDriver})
	}
	return words
}
