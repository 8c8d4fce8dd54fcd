package images

import (
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/images/table"
)

// nameWords are the names of images, and the ids of those that have none, for the shell's
// completion. Where the store cannot be read there are none.
func nameWords(c *cli.Command) []Word {
	all, _, err := listImages(c)
	if err != nil {
		return nil
	}
	var words []Word
	for i := range all {
		meaning := table.Size(all[i].Size)
		if len(all[i].Names) == 0 {
			words = append(words, Word{all[i].ID().Short(), meaning})
		}
		for _, name := range all[i].Names {
			words = append(words, Word{name.Familiar(), meaning})
		}
	}
	slices.SortFunc(words, func(a, b Word) int { return strings.Compare(a.Value, b.Value) })
	return words
}

// Names are the names of the images in the store, for the completion of a flag's value.
func Names(c *cli.Command) []Word { return nameWords(c) }

// fieldsOf lists the names that a format can use.
func fieldsOf(header table.Header) string {
	return strings.Join(slices.Sorted(maps.Keys(header)), ", ")
}
