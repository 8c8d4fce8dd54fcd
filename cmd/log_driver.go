package cmd

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/logs"
	"github.com/mydocker/mydocker/container/state"
)

// logDriverFlags say where the output of a container that stays goes. --log is another one: it is
// mydocker's own log.
func logDriverFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: logDriverName, Usage: "where the output is kept: json-file, local, journald or none"},
		&cli.StringSliceFlag{Name: logOptName, Usage: "an option of that, `KEY=VALUE`: max-size, max-file, compress, labels, env or tag"},
	}
}

const (
	logDriverName = "log-driver"
	logOptName    = "log-opt"
)

// parseLog reads logDriverFlags. Of an option that is given twice the last one counts.
func parseLog(c *cli.Command) (state.LogConfig, error) {
	config := state.LogConfig{Driver: c.String(logDriverName)}
	for _, text := range listOf(c, logOptName) {
		key, value, _ := strings.Cut(text, "=")
		if config.Options == nil {
			config.Options = make(map[string]string)
		}
		config.Options[key] = value
	}
	if err := logs.Check(logs.Config{Driver: config.Driver, Options: config.Options}); err != nil {
		return state.LogConfig{}, exit.Usage(fmt.Sprintf("--%s, --%s: %v", logDriverName, logOptName, err))
	}
	return config, nil
}
