package cmd_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// example is a command of the README's tour and what it is said to print.
type example struct{ command, output string }

// TestReadmeTour runs every "console" block of the README as printed.
func TestReadmeTour(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: PID, mount, network, IPC and UTS namespaces, and cgroups")
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := examplesOf(string(readme))
	if len(examples) < 10 {
		t.Fatalf("found only %d examples: has the README's form changed?", len(examples))
	}
	// The Chinese one has the first part alone.
	translated, all := translatedExperiments(t, "README.md"), experimentsOf(string(readme))
	if first := all[:min(len(translated), len(all))]; len(translated) < 15 || !slices.Equal(translated, first) {
		t.Errorf("docs/zh/README.md has other examples: %s", firstDifference(translated, first))
	}
	t.Setenv("PATH", buildBinary(t)+":"+os.Getenv("PATH"))
	t.Setenv("MYDOCKER_STATE", t.TempDir()) // and not the machine's
	for _, e := range examples {
		t.Run(e.command, func(t *testing.T) {
			// The status is part of what the examples print.
			output, err := exec.Command("sh", "-c", e.command).CombinedOutput()
			if _, exited := err.(*exec.ExitError); err != nil && !exited {
				t.Fatal(err)
			}
			if got := trimLines(string(output)); got != e.output {
				t.Errorf("printed:\n%s\nthe README says:\n%s", got, e.output)
			}
		})
	}
}

func examplesOf(readme string) []example {
	var examples []example
	inBlock := false
	for line := range strings.Lines(readme) {
		line = strings.TrimRight(line, " \n")
		switch command, isCommand := strings.CutPrefix(line, "$ "); {
		case strings.HasPrefix(line, "```"):
			inBlock = line == "```console"
		case inBlock && isCommand:
			examples = append(examples, example{command: command})
		case inBlock && len(examples) > 0:
			examples[len(examples)-1].output += line + "\n"
		}
	}
	return examples
}

// trimLines drops blanks at the ends of lines, which a page does not show.
func trimLines(s string) string {
	var trimmed strings.Builder
	for line := range strings.Lines(s) {
		trimmed.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return trimmed.String()
}
