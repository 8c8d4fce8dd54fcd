//go:build !front

package ocicli

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/utils"
)

func unknownVerb(name string) error {
	if name == "" {
		return usageError("no command is named")
	}
	return usageError("unknown command %q: No help topic for '%s'", utils.Shortened(name), utils.Shortened(name))
}

// help has the help on a verb shown in its place.
func (c *call) help() error {
	c.words = []string{c.verb.name}
	c.verb = &verb{name: helpName, run: (*call).helpOn}
	return nil
}

func (c *call) helpOn() (int, error) {
	verbs := slices.Concat(quickVerbs(), otherVerbs())
	if len(c.words) == 0 {
		return 0, c.print(generalHelp(c.program(), verbs))
	}
	at := slices.IndexFunc(verbs, func(v verb) bool { return v.name == c.words[0] })
	if at < 0 {
		return 0, unknownVerb(c.words[0])
	}
	return 0, c.print(verbHelp(c.program(), &verbs[at]))
}

func generalHelp(program string, verbs []verb) []byte {
	var text bytes.Buffer
	fmt.Fprintf(&text, "NAME:\n   %s - Open Container Initiative runtime\n\n", program)
	fmt.Fprintf(&text, "USAGE:\n   %s [FLAG...] COMMAND [FLAG...] [ARGUMENT...]\n\nCOMMANDS:\n", program)
	rows := make([][]string, 0, len(verbs))
	for _, v := range verbs {
		rows = append(rows, []string{"   " + v.name, v.usage})
	}
	writeColumns(&text, rows, 0, 2)
	fmt.Fprint(&text, "\nFLAGS:\n")
	writeColumns(&text, flagRows(globalFlags()), 0, 2)
	fmt.Fprintf(&text, "\nSee docs/oci.md for how engines are told to use it.\n")
	return text.Bytes()
}

func verbHelp(program string, v *verb) []byte {
	var text bytes.Buffer
	fmt.Fprintf(&text, "NAME:\n   %s %s - %s\n\n", program, v.name, v.usage)
	usage := []string{program, v.name}
	if len(v.flags) > 0 {
		usage = append(usage, "[FLAG...]")
	}
	if v.words != "" {
		usage = append(usage, v.words)
	}
	fmt.Fprintf(&text, "USAGE:\n   %s\n", strings.Join(usage, " "))
	if len(v.flags) > 0 {
		fmt.Fprint(&text, "\nFLAGS:\n")
		writeColumns(&text, flagRows(v.flags), 0, 2)
	}
	return text.Bytes()
}

func flagRows(flags []flag) [][]string {
	rows := make([][]string, 0, len(flags))
	for _, f := range flags {
		name := "   --" + f.name
		if f.short != "" {
			name += ", -" + f.short
		}
		if f.value != "" {
			name += " " + f.value
		}
		rows = append(rows, []string{name, f.usage})
	}
	return rows
}
