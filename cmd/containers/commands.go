// Package containers has the commands that deal with containers that stay, and with volumes.
package containers

import "github.com/urfave/cli/v3"

// Commands are the commands. Docker has many of them twice: "ps" is "container ls" as well.
func Commands() []*cli.Command {
	return []*cli.Command{
		cpCommand(), topCommand(), statsCommand(),
		psCommand(), inspectCommand(), logsCommand(), commitCommand(), exportCommand(), containerCommand(),
		systemCommand(), volumeCommand(), eventsCommand(), generateCommand(), infoCommand(), portCommand(),
	}
}
