// Package command has what the commands of the full program have in common.
package command

import (
	"slices"

	"github.com/urfave/cli/v3"
)

// Word is something that can be typed, and what it means.
type Word struct{ Value, Meaning string }

// arguments says what the arguments of a command are, for the shell's completion.
type arguments struct {
	// most is how many there may be, -1 for any number.
	most int
	// words are the candidates.
	words func(c *cli.Command) []Word
}

const argumentsKey = "arguments"

// Takes is the metadata of a command that takes so many arguments of a kind, -1 for any number.
func Takes(most int, words func(c *cli.Command) []Word) map[string]any {
	return map[string]any{argumentsKey: arguments{most, words}}
}

// Words are the candidates for the next argument of a command, behind those before it.
// known is whether the command is one that says what its arguments are.
func Words(c *cli.Command, before []string) (words []Word, known bool) {
	a, known := c.Metadata[argumentsKey].(arguments)
	if !known || a.words == nil || a.most >= 0 && len(before) >= a.most {
		return nil, known
	}
	return slices.DeleteFunc(a.words(c), func(word Word) bool { return slices.Contains(before, word.Value) }), true
}
