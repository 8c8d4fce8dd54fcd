//go:build !front

package cmd

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
)

// The scripts for the shells. They ask "mydocker complete WORD...", in which the last
// word is the one that is being typed.
var (
	//go:embed completion/mydocker.bash
	bashCompletion string
	//go:embed completion/_mydocker
	zshCompletion string
	//go:embed completion/mydocker.fish
	fishCompletion string
)

func completionShells() []string { return []string{"bash", "zsh", "fish"} }

func completionCommand() *cli.Command {
	return &cli.Command{
		Name: "completion", Usage: "print a completion script: mydocker completion bash|zsh|fish",
		UsageText: "mydocker completion bash|zsh|fish",
		Description: "For this shell alone: source <(mydocker completion bash), the same with zsh, or " +
			"mydocker completion fish | source. make install puts them where each shell looks.",
		Action: func(_ context.Context, c *cli.Command) error {
			shells := strings.Join(completionShells(), ", ")
			if c.NArg() == 0 {
				return exit.Usage("completion: no shell given: " + shells)
			}
			if c.NArg() > 1 {
				return tooMany(c, c.Args().Get(1))
			}
			var script string
			switch c.Args().First() {
			case "bash":
				script = bashCompletion
			case "zsh":
				script = zshCompletion
			case "fish":
				script = fishCompletion
			default:
				return exit.Usage(fmt.Sprintf("completion: unknown shell %q: there are %s", c.Args().First(), shells))
			}
			if isDocker(c.Root()) { // as for "source <(docker completion bash)"
				script = strings.NewReplacer("_mydocker mydocker", "_mydocker docker", "#compdef mydocker", "#compdef docker", "-c mydocker", "-c docker").Replace(script)
			}
			_, err := io.WriteString(c.Root().Writer, script)
			return err
		},
	}
}

// completeCommand answers the scripts: a candidate in each line, with a tab and its
// meaning behind it, or one of the words of candidate.go that ask for the shell's own.
func completeCommand() *cli.Command {
	return &cli.Command{
		Name: "complete", Usage: "what may be typed next (internal)", Hidden: true, SkipFlagParsing: true,
		Action: func(_ context.Context, c *cli.Command) error {
			var text strings.Builder
			for _, candidate := range completions(c.Root(), c.Args().Slice()) {
				text.WriteString(candidate.value)
				if candidate.meaning != "" {
					text.WriteString("\t" + candidate.meaning)
				}
				text.WriteByte('\n')
			}
			_, err := io.WriteString(c.Root().Writer, text.String())
			return err
		},
	}
}
