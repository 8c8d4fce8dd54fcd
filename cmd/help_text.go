//go:build !front

package cmd

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/urfave/cli/v3"
)

// A row's text begins in this column, or on a line of its own where the terminal is
// narrower than that leaves room for.
const (
	textColumn  = 26
	narrowWidth = 60
	narrowText  = 6
)

// helpText is written as wide as a terminal is.
type helpText struct {
	strings.Builder
	width int
}

func (t *helpText) line(text string) { t.WriteString(strings.TrimRight(text, " ") + "\n") }

func (t *helpText) title(text string) {
	t.line("")
	t.line(text)
}

// paragraph writes text in lines that begin in column indent.
func (t *helpText) paragraph(indent int, text string) {
	for _, line := range wrapped(text, t.width-indent) {
		t.line(strings.Repeat(" ", indent) + line)
	}
}

// row writes a name and what it means, side by side if there is room.
func (t *helpText) row(name, text string) {
	column := textColumn
	if t.width < narrowWidth {
		column = narrowText
	}
	head := "  " + name
	lines := wrapped(text, t.width-column)
	if utf8.RuneCountInString(head)+2 <= column && len(lines) > 0 {
		t.line(fmt.Sprintf("%-*s%s", column, head, lines[0]))
		lines = lines[1:]
	} else {
		t.paragraph(2, name)
	}
	for _, line := range lines {
		t.line(strings.Repeat(" ", column) + line)
	}
}

func (t *helpText) flags(title string, flags []cli.Flag) {
	t.title(title)
	for _, flag := range flags {
		t.row(namesAndUsage(flag))
	}
}

func (t *helpText) examples(list []exampleOf) {
	t.title("EXAMPLES")
	for _, e := range list {
		t.paragraph(2, e.command)
		t.paragraph(6, e.meaning)
	}
}

// wrapped breaks text into lines of at most width columns. A word that is longer has
// a line of its own.
func wrapped(text string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// namesAndUsage are a flag's names, the shortest first, with what stands for its value,
// and its meaning with its default.
func namesAndUsage(flag cli.Flag) (names, usage string) {
	all := slices.Clone(flag.Names())
	slices.SortStableFunc(all, func(a, b string) int { return min(len(a), 2) - min(len(b), 2) })
	for i, name := range all {
		all[i] = dashed(name)
	}
	names = strings.Join(all, ", ")
	documented, ok := flag.(cli.DocGenerationFlag)
	if !ok {
		return names, ""
	}
	usage = documented.GetUsage()
	if !documented.TakesValue() || isOptional(flag) {
		return names, usage
	}
	if placeholder, found := between(usage, "`"); found {
		names += " " + placeholder
	} else {
		names += " VALUE"
	}
	usage = strings.ReplaceAll(usage, "`", "")
	if value := documented.GetValue(); value != "" && value != "[]" {
		usage += fmt.Sprintf(" (default: %s)", value)
	}
	for _, name := range documented.GetEnvVars() {
		usage += " [$" + name + "]"
	}
	return names, usage
}

// isOptional reports whether a flag's value is, behind "=".
func isOptional(flag cli.Flag) bool {
	_, is := flag.(*cli.GenericFlag)
	return is
}

func between(s, quote string) (inner string, found bool) {
	_, rest, _ := strings.Cut(s, quote)
	inner, _, found = strings.Cut(rest, quote)
	return inner, found
}
