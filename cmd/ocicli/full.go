//go:build !front

package ocicli

import (
	"errors"
	"regexp"
)

// otherVerbs are those that the front leaves to the full program.
func otherVerbs() []verb {
	return []verb{
		{name: "list", usage: "list the containers", flags: []flag{
			{name: "format", short: "f", value: "table|json", usage: "how (default: table)"},
			{name: "quiet", short: "q", usage: "show ids alone"},
		}, most: noWords, run: (*call).list},
		{name: "events", usage: "show what a container uses, and when it is out of memory", words: oneID, least: 1, most: 1, flags: []flag{
			{name: "interval", value: "TIME", usage: "time between two lines of figures (default: 5s)"},
			{name: "stats", usage: "show figures once"},
		}, run: (*call).events},
		{name: "spec", usage: "write a config.json to begin with", most: noWords, flags: []flag{
			{name: "bundle", short: "b", value: "DIR", usage: "where to (default: the working directory)"},
			{name: "rootless", usage: "for a user without privileges"},
		}, run: (*call).spec},
		{name: "features", usage: "show what is supported of the specification, as JSON", most: noWords, run: (*call).features},
		{name: "checkpoint", usage: "refused: mydocker has no checkpoint and restore", words: oneID, unread: true, run: (*call).noCheckpoint},
		{name: "restore", usage: "refused, as checkpoint", words: oneID, unread: true, run: (*call).noCheckpoint},
		{name: helpName, usage: "show the help on a verb", words: "[VERB]", most: 1, run: (*call).helpOn},
	}
}

func (c *call) noCheckpoint() (int, error) {
	return 0, errors.New(c.verb.name + " is not supported: mydocker has no checkpoint and restore (CRIU)")
}

// deleteMatching removes all containers whose ids the regular expression matches.
func (c *call) deleteMatching() (int, error) {
	pattern, err := regexp.Compile(c.words[0])
	if err != nil {
		return 0, err
	}
	root, err := c.root()
	if err != nil {
		return 0, err
	}
	containers, err := root.List()
	for _, container := range containers {
		id := container.ID
		err = errors.Join(err, container.Close())
		if pattern.MatchString(id) {
			c.words[0] = id
			_, failed := c.deleteOne()
			err = errors.Join(err, failed)
		}
	}
	return 0, err
}

// needsDBus is no question here.
func (*call) needsDBus(bool) error { return nil }
