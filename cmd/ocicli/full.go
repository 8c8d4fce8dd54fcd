//go:build !front

package ocicli

import (
	"errors"
)

// otherVerbs are those that the front leaves to the full program.
func otherVerbs() []verb {
	return []verb{
		{name: "list", usage: "list the containers", flags: []flag{
			{name: "format", short: "f", value: "table|json", usage: "how (default: table)"},
			{name: "quiet", short: "q", usage: "show ids alone"},
		}, most: noWords, run: (*call).list},
		{name: "checkpoint", usage: "refused: mydocker has no checkpoint and restore", words: oneID, command: 1, run: (*call).noCheckpoint},
		{name: "restore", usage: "refused, as checkpoint", words: oneID, command: 1, run: (*call).noCheckpoint},
		{name: helpName, usage: "show the help on a verb", words: "[VERB]", most: 1, run: (*call).helpOn},
		{name: "version", usage: "show the versions of mydocker and of the specification", most: noWords, run: (*call).version},
	}
}

func (c *call) noCheckpoint() (int, error) {
	return 0, errors.New(c.verb.name + " is not supported: mydocker has no checkpoint and restore (CRIU)")
}

// needsDBus is no question here.
func (*call) needsDBus(bool) error { return nil }
