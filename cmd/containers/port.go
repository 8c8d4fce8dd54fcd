package containers

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/utils"
)

func portCommand() *cli.Command {
	return &cli.Command{
		Name: "port", Usage: "list the ports of a container that the host forwards, of which there are none yet", Category: containersCategory,
		UsageText:   "mydocker port CONTAINER [PORT[/PROTOCOL]]",
		Description: "A container has a loopback device alone, or with --network host the host's own ports.",
		Metadata:    command.Takes(1, containerWords),
		Action:      portAction,
	}
}

func portAction(_ context.Context, c *cli.Command) error {
	switch {
	case c.NArg() == 0:
		return command.NoContainer(c)
	case c.NArg() > 2:
		return command.TooMany(c, 2)
	}
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	name := c.Args().First()
	if _, err := find(dir, name); err != nil {
		return exit.Failed(err)
	}
	if c.NArg() == 1 {
		return nil
	}
	port, protocol, has := strings.Cut(c.Args().Get(1), "/")
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return exit.Failed(fmt.Errorf("%s is not a port such as 80 or 80/udp", strconv.Quote(utils.Shortened(c.Args().Get(1)))))
	}
	if !has {
		protocol = "tcp"
	}
	return exit.Failed(fmt.Errorf("no public port '%s/%s' published for %s", port, protocol, utils.Shortened(name)))
}
