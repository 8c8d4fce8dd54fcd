package cmd

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// The help of run has every flag, once, and fits a terminal.
func TestRunHelp(t *testing.T) {
	noEnvironment(t)
	text, err := outputOf("help", runName)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(text) {
		if width := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); width > helpWidth {
			t.Errorf("%d columns: %s", width, line)
		}
	}
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
	if withFlag, err := outputOf(runName, "--help"); err != nil || withFlag != text {
		t.Errorf("run --help: %v:\n%s", err, withFlag)
	}
}

func TestHints(t *testing.T) {
	for _, name := range []string{"rm", "d", "detach", "v", "volume", "mount", "p", "publish", "entrypoint", "privileged", "dit", "itd", "td"} {
		if insteadOfFlag(name) == "" {
			t.Errorf("no hint for the flag %s", name)
		}
	}
	for _, name := range []string{"", "it", "ti", "volum", "rm rm", "memory"} {
		if text := insteadOfFlag(name); text != "" {
			t.Errorf("the flag %q: %s", name, text)
		}
	}
	for _, name := range []string{"alpine", "alpine:3", "ubuntu:22.04", "library/x:y"} {
		if insteadOfImage(name) == "" {
			t.Errorf("no hint for the image %s", name)
		}
	}
	for _, name := range []string{"", "sh", "no-such-command", "alpin", "x:"} {
		if text := insteadOfImage(name); text != "" {
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
