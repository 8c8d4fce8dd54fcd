package cmd

import (
	"errors"
	"io"
	"os"
	"strconv"

	"github.com/sirupsen/logrus"
	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/explain"
)

// explainFlag is of the commands that tell what they do.
func explainFlag() cli.Flag {
	return &cli.GenericFlag{
		Name: "explain", Value: new(explainValue),
		Usage: "tell on stderr what is done, and why; =json for tools",
	}
}

func explainFlags() []cli.Flag {
	return []cli.Flag{
		explainFlag(),
		&cli.GenericFlag{
			Name: "dry-run", Value: new(dryRunValue),
			Usage: "run nothing; print a shell script that makes the same container (=strict: all of it)",
		},
	}
}

// explainValue is the value of --explain, which needs none.
type explainValue struct{ format explain.Format }

// Set implements cli.Value.
func (v *explainValue) Set(s string) error {
	switch s {
	case "true", "text": // the first is what the parser says for no value
		v.format = explain.Colour
		if os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
			v.format = explain.Text
		}
	case "json":
		v.format = explain.JSON
	case "false":
		v.format = explain.Off
	default:
		return errors.New("neither text nor json")
	}
	return nil
}

// Get implements cli.Value.
func (v *explainValue) Get() any { return v.format }

// String implements cli.Value.
func (v *explainValue) String() string { return "" }

// IsBoolFlag tells the parser that the value is optional.
func (v *explainValue) IsBoolFlag() bool { return true }

func parseExplain(c *cli.Command) explain.Format {
	if format, ok := c.Value("explain").(explain.Format); ok {
		return format
	}
	return explain.Off
}

// dryRunValue is the value of --dry-run, which needs none.
type dryRunValue struct{ on, strict bool }

// Set implements cli.Value.
func (v *dryRunValue) Set(s string) error {
	if s == "strict" {
		*v = dryRunValue{true, true}
		return nil
	}
	on, err := strconv.ParseBool(s)
	if err != nil {
		return errors.New("neither true nor false nor strict")
	}
	*v = dryRunValue{on, false}
	return nil
}

// Get implements cli.Value.
func (v *dryRunValue) Get() any { return *v }

// String implements cli.Value.
func (v *dryRunValue) String() string { return "" }

// IsBoolFlag tells the parser that the value is optional.
func (v *dryRunValue) IsBoolFlag() bool { return true }

func parseDryRun(c *cli.Command) dryRunValue {
	value, is := c.Value("dry-run").(dryRunValue)
	if !is {
		return dryRunValue{}
	}
	return value
}

// dryRun prints what would be run.
func dryRun(c *cli.Command, config *container.Config, log *logrus.Logger) error {
	if config.Explain != explain.Off {
		return exit.Usage("--dry-run does nothing that --explain could tell of")
	}
	script, err := container.Script(config, parseDryRun(c).strict, os.Args, os.Environ(), log)
	if err != nil {
		return err
	}
	_, err = io.WriteString(c.Root().Writer, script)
	return err
}
