package cmd

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/session"
)

const detachKeysName = "detach-keys"

// attachFlags say which of the command's streams the caller has, and how it lets go of them.
func attachFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "attach", Aliases: []string{"a"}, Usage: "attach to STDIN, STDOUT or STDERR alone; may be repeated"},
		detachKeysFlag(),
	}
}

func detachKeysFlag() cli.Flag {
	return &cli.StringFlag{Name: detachKeysName, Value: defaultDetachKeys, Usage: "keys that detach from the container, as in ctrl-a,q; letters, and ctrl- with one"}
}

// parseAttach reads --attach as Docker does: without it the caller has the command's output, and
// with --interactive always its input.
func parseAttach(c *cli.Command) (streams session.Attach, err error) {
	given := listOf(c, "attach")
	if len(given) > 0 && c.Bool("detach") {
		return streams, exit.Usage("conflicting options: cannot specify both --attach and --detach")
	}
	for _, name := range given {
		switch strings.ToLower(name) {
		case "stdin":
			streams.Stdin = true
		case "stdout":
			streams.Stdout = true
		case "stderr":
			streams.Stderr = true
		default:
			return streams, fmt.Errorf("invalid value %q for --attach: valid streams are STDIN, STDOUT and STDERR", name)
		}
	}
	if len(given) == 0 && !c.Bool("detach") {
		streams.Stdout, streams.Stderr = true, true
	}
	streams.Stdin = streams.Stdin || c.Bool("interactive") && !c.Bool("detach")
	return streams, nil
}

const defaultDetachKeys = "ctrl-p,ctrl-q"

// parseDetachKeys returns the bytes that a terminal sends for keys such as ctrl-p,ctrl-q. "" is
// the default, as in Docker.
func parseDetachKeys(s string) (keys []byte, err error) {
	if s == "" {
		s = defaultDetachKeys
	}
	for _, name := range strings.Split(s, ",") {
		key, known := parseKey(name)
		if !known {
			return nil, fmt.Errorf("invalid value %q for --%s: unknown key %q: a key is a character, or ctrl- and one of a-z @ [ \\ ] ^ _", s, detachKeysName, name)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// parseKey reads an ASCII character, ctrl- with one, or DEL.
func parseKey(name string) (key byte, known bool) {
	letter, control := strings.CutPrefix(name, "ctrl-")
	switch {
	case name == "DEL":
		return 127, true
	case len(letter) != 1 || letter[0] >= 128:
		return 0, false
	case !control:
		return letter[0], true
	case letter[0] >= 'a' && letter[0] <= 'z':
		return letter[0] - 'a' + 1, true
	case strings.Contains(`@[\]^_`, letter):
		return letter[0] - '@', true
	}
	return 0, false
}
