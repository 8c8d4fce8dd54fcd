package cmd

import (
	"context"
	"errors"
	"strings"

	"github.com/urfave/cli/v3"
)

// helpAll asks for all flags, as in "run --help all" and "help all".
const helpAll = "all"

// helpValue is the value of --help, which needs none.
type helpValue struct{ wanted string }

// Set implements cli.Value.
func (v *helpValue) Set(s string) error {
	switch s {
	case "true", "false", helpAll: // the first is what the parser says for no value
		v.wanted = strings.TrimPrefix(s, "false")
		return nil
	}
	return errors.New("it is alone, or " + helpAll)
}

// Get implements cli.Value.
func (v *helpValue) Get() any { return v.wanted }

// String implements cli.Value.
func (v *helpValue) String() string { return "" }

// IsBoolFlag tells the parser that the value is optional.
func (v *helpValue) IsBoolFlag() bool { return true }

// helpFlag is ours because the library's takes the next word for a command.
func helpFlag(usage string, aliases ...string) cli.Flag {
	return &cli.GenericFlag{Name: "help", Aliases: aliases, Value: new(helpValue), Local: true, Usage: usage}
}

const (
	helpOfFlags = "show the help, in short; --help all for every flag"
	helpOfOne   = "show this"
)

// withHelp lets a command show its help instead of what it does.
func withHelp(c *cli.Command, flag cli.Flag) {
	c.Flags = append(c.Flags, flag)
	action := c.Action
	c.Action = func(ctx context.Context, c *cli.Command) error {
		all := c.Args().First() == helpAll
		for _, asked := range []*cli.Command{c, c.Root()} {
			if wanted, is := asked.Value("help").(string); is && wanted != "" {
				return showHelp(c, all || wanted == helpAll)
			}
		}
		return action(ctx, c)
	}
}
