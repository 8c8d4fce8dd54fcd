package cmd

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/urfave/cli/v3"
)

// allHelp is the help of run with every flag, as wide as that.
func allHelp(width int) string {
	app := quietApp(nil)
	return helpOf(app.Command(runName), true, width)
}

// The whole help of run has every flag, once; the short one has some, and no text is
// wider than the terminal but where a word is.
func TestRunHelp(t *testing.T) {
	noEnvironment(t)
	text := allHelp(plainHelpWidth)
	var shown []string
	for _, group := range flagGroups() {
		for _, flag := range group.flags {
			names, _ := namesAndUsage(flag)
			if strings.Count(text, "\n  "+names) != 1 {
				t.Errorf("%q is not there once", names)
			}
			shown = append(shown, flag.Names()[0])
		}
	}
	wanted := []string{"help"}
	for _, flag := range slices.Concat(commonFlags(), rareFlags()) {
		wanted = append(wanted, flag.Names()[0])
	}
	slices.Sort(shown)
	slices.Sort(wanted)
	if !slices.Equal(shown, wanted) {
		t.Errorf("shown are %q, there are %q", shown, wanted)
	}
	for _, name := range everydayFlags() {
		if !slices.Contains(wanted, name) {
			t.Errorf("there is no flag %q to show every day", name)
		}
	}
	if withFlag, err := outputOf(runName, "--help", helpAll); err != nil || withFlag != text {
		t.Errorf("run --help all: %v:\n%s", err, withFlag)
	}
}

// No list of values is separated by commas, which may be part of a label or a path.
func TestNoCommaSeparates(t *testing.T) {
	var check func(path string, c *cli.Command)
	check = func(path string, c *cli.Command) {
		for _, flag := range c.Flags {
			if _, is := flag.(*cli.StringSliceFlag); is && !c.Hidden && !c.DisableSliceFlagSeparator {
				t.Errorf("%s: --%s", path, flag.Names()[0])
			}
		}
		for _, below := range c.Commands {
			check(path+" "+below.Name, below)
		}
	}
	check("mydocker", quietApp(nil))
}

func TestHelpFitsTheTerminal(t *testing.T) {
	app := quietApp(nil)
	for _, width := range []int{minHelpWidth, narrowWidth - 1, plainHelpWidth, maxHelpWidth} {
		texts := []string{helpOf(app, true, width)}
		for _, c := range app.Commands {
			texts = append(texts, helpOf(c, true, width), helpOf(c, false, width))
		}
		for _, text := range texts {
			for line := range strings.Lines(text) {
				line = strings.TrimSuffix(line, "\n")
				if utf8.RuneCountInString(line) > width && strings.Contains(strings.TrimSpace(line), " ") {
					t.Errorf("wider than %d columns: %s", width, line)
				}
			}
		}
	}
	short, all := helpOf(app.Command(runName), false, plainHelpWidth), allHelp(plainHelpWidth)
	if strings.Count(short, "\n") > 70 || strings.Count(all, "\n") < 2*strings.Count(short, "\n") {
		t.Errorf("the short help has %d lines, the whole one %d", strings.Count(short, "\n"), strings.Count(all, "\n"))
	}
}
func TestHints(t *testing.T) {
	none := func(string) bool { return false }
	if text := insteadOfImage("app", func(string) bool { return true }); !strings.Contains(text, "mydocker run --image app runs it") {
		t.Errorf("an image in the store: %s", text)
	}
	for _, name := range []string{"", "it", "ti", "volum", "rm rm", "memory"} {
		if text := insteadOfFlag(name); text != "" {
			t.Errorf("the flag %q: %s", name, text)
		}
	}
	for _, name := range []string{"alpine", "alpine:3", "ubuntu:22.04", "library/x:y"} {
		if insteadOfImage(name, none) == "" {
			t.Errorf("no hint for the image %s", name)
		}
	}
	for _, name := range []string{"", "sh", "no-such-command", "alpin", "x:"} {
		if text := insteadOfImage(name, none); text != "" {
			t.Errorf("the command %q: %s", name, text)
		}
	}
	// What there is needs none.
	for _, flag := range append(commonFlags(), rareFlags()...) {
		for _, name := range flag.Names() {
			if text := insteadOfFlag(name); text != "" {
				t.Errorf("there is a flag %s: %s", name, text)
			}
		}
	}
}
