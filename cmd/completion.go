package cmd

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"
)

// completionFlag is what a completion script appends to the line so far.
const completionFlag = "--generate-shell-completion"

// bashCompletion is ours because the library's evaluates the line so far: a press
// of Tab behind "run cat > file" would empty the file, and run what is in $(...).
// Here words are words. It needs nothing but bash.
const bashCompletion = `_mydocker() {
    local words=("${COMP_WORDS[@]:1:COMP_CWORD-1}") current=${COMP_WORDS[COMP_CWORD]} IFS=$'\n'
    [[ $current != -* ]] || words+=("$current")
    local known=($("$1" "${words[@]}" ` + completionFlag + ` </dev/null 2>/dev/null))
    COMPREPLY=($(compgen -W "${known[*]%%:*}" -- "$current"))
}
complete -o bashdefault -o default -F _mydocker mydocker
`

// configureCompletion shows the command that prints completion scripts.
func configureCompletion(c *cli.Command) {
	c.Hidden = false
	c.Usage = "print a completion script: mydocker completion bash|zsh|fish"
	for _, shell := range c.Commands {
		if shell.Name == "bash" {
			shell.Action = printBashCompletion
		}
	}
}

func printBashCompletion(_ context.Context, c *cli.Command) error {
	_, err := fmt.Fprint(c.Root().Writer, bashCompletion)
	return err
}
