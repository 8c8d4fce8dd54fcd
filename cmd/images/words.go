package images

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/images/table"
)

// nameWords are the names of images, and the ids of those that have none, for the shell's
// completion. Where the store cannot be read there are none.
func nameWords(c *cli.Command) []command.Word {
	all, _, err := listImages(c)
	if err != nil {
		return nil
	}
	var words []command.Word
	for i := range all {
		meaning := table.Size(all[i].Size)
		if len(all[i].Names) == 0 {
			words = append(words, command.Word{Value: all[i].ID().Short(), Meaning: meaning})
		}
		for _, name := range all[i].Names {
			words = append(words, command.Word{Value: name.Familiar(), Meaning: meaning})
		}
	}
	slices.SortFunc(words, func(a, b command.Word) int { return strings.Compare(a.Value, b.Value) })
	return words
}

// Names are the names of the images in the store, for the completion of a flag's value.
func Names(c *cli.Command) []command.Word { return nameWords(c) }
