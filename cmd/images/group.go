package images

import (
	"strings"

	"github.com/urfave/cli/v3"
)

// category is the heading below which the help shows the commands.
const category = "IMAGES"

// below makes a command one of a group, by the name that it has there: "mydocker images" is
// "mydocker image ls" as well.
func below(group, name string, c *cli.Command, aliases ...string) *cli.Command {
	c.UsageText = strings.Replace(c.UsageText, "mydocker "+c.Name, "mydocker "+group+" "+name, 1)
	c.Name, c.Aliases, c.Category = name, aliases, ""
	return c
}
