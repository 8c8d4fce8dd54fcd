package cmd

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// docs/flags.md has every flag, and every other name of it that is longer than
// one letter.
func TestFlagsAreDocumented(t *testing.T) {
	content, err := os.ReadFile("../docs/flags.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range slices.Concat(commonFlags(), rareFlags()) {
		for _, name := range flag.Names() {
			dashes := "--"
			if len(name) == 1 {
				dashes = "-"
			}
			if !strings.Contains(string(content), "`"+dashes+name+"`") {
				t.Errorf("docs/flags.md lacks %s%s", dashes, name)
			}
		}
	}
}
