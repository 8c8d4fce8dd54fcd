package command

import (
	"strings"

	"github.com/urfave/cli/v3"
)

// Below makes a command one of a group, by the name that it has there: "mydocker images" is
// "mydocker image ls" as well.
func Below(group, name string, c *cli.Command, aliases ...string) *cli.Command {
	c.UsageText = strings.Replace(c.UsageText, "mydocker "+c.Name, "mydocker "+group+" "+name, 1)
	c.Name, c.Aliases, c.Category = name, aliases, ""
	return c
}
