package containers

import (
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/container/state"
)

// containerWords are the names of containers, and the ids of those that have none, for the
// shell's completion.
func containerWords(c *cli.Command) []command.Word {
	return wordsOf(c, func(state.Status) bool { return true })
}

// Words are the containers that a command of the front can do something with, behind the arguments
// before the next one. known is whether it is one for containers.
func Words(c *cli.Command, before []string) (words []command.Word, known bool) {
	does, known := doesWith()[c.Name]
	if !known || does.one && len(before) > 0 {
		return nil, known
	}
	words = wordsOf(c, does.with)
	return slices.DeleteFunc(words, func(word command.Word) bool { return slices.Contains(before, word.Value) }), true
}

// doing says with which containers a command does something, and whether with one alone.
type doing struct {
	with func(state.Status) bool
	one  bool
}

func doesWith() map[string]doing {
	all := func(state.Status) bool { return true }
	ended := func(s state.Status) bool { return !isUp(s) }
	paused := func(s state.Status) bool { return s == state.StatusPaused }
	running := func(s state.Status) bool { return s == state.StatusRunning }
	return map[string]doing{
		"attach": {running, true}, "exec": {running, true}, "rename": {all, true},
		"start": {ended, false}, "stop": {isUp, false}, "restart": {all, false}, "kill": {isUp, false}, "wait": {isUp, false},
		"rm": {all, false}, "pause": {running, false}, "unpause": {paused, false}, "update": {all, false},
	}
}

// wordsOf are the containers that are as wanted.
func wordsOf(c *cli.Command, wanted func(state.Status) bool) (words []command.Word) {
	dir, err := command.StateDirectory(c)
	if err != nil {
		return nil
	}
	all, _ := list(dir) //nolint:errcheck // a completion has nowhere to say what is damaged
	boot, now := bootID(), time.Now()
	for i := range all {
		if !wanted(all[i].Now()) {
			continue
		}
		value := all[i].Name
		if value == "" {
			value = all[i].ID
		}
		words = append(words, command.Word{Value: value, Meaning: imageOf(&all[i]) + ", " + statusOf(&all[i], boot, now)})
	}
	return words
}
