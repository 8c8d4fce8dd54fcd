package cmd

import (
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container"
)

func lifecycleFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "name", Usage: "a name that no other live container below the same cgroup parent has"},
		&cli.StringFlag{Name: "cidfile", Usage: "write the container's id to `FILE`, which must not exist; it stays if the command ran"},
		&cli.StringFlag{Name: "pidfile", Usage: "write the host's pid of the container's PID 1 to `FILE`, for as long as it lives"},
		&cli.BoolFlag{Name: "rm", Usage: "the container is removed at its end, as by default; with --rm=false it stays until rm"},
		&cli.BoolFlag{Name: "init", Usage: "run the command below a PID 1 that reaps orphans and forwards signals"},
	}
}

// parseLifecycle sets what is asked for about the container's identity and end.
func parseLifecycle(c *cli.Command, config *container.Config) (err error) {
	if config.Name, err = parseName(c.String("name")); err != nil {
		return fmt.Errorf("invalid value %q for --name: %w", c.String("name"), err)
	}
	config.Keep = c.IsSet("rm") && !c.Bool("rm")
	if c.Bool("detach") || c.Name == createName || staysAttached(c) {
		config.Keep = false // there is more that stays
	}
	if config.Keep && config.Root.Image == "" {
		return exit.Usage("invalid value \"false\" for --rm: without --image a container is always removed at its end")
	}
	config.IDFile, config.PIDFile, config.Init = c.String("cidfile"), c.String("pidfile"), c.Bool("init")
	return nil
}

const (
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	inside  = letters + "_.-"
)

// parseName checks a name as Docker does: [a-zA-Z0-9][a-zA-Z0-9_.-]+, behind a
// slash that does not count. "" is no name.
func parseName(s string) (string, error) {
	name := strings.TrimPrefix(s, "/")
	if s == "" {
		return "", nil
	}
	if len(name) < 2 || strings.Trim(name[:1], letters) != "" || strings.Trim(name, inside) != "" {
		return "", errors.New("not two or more letters, digits and _ . - of which the first is a letter or digit")
	}
	return name, nil
}
