package cmd_test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// experiment is a command of a document to learn from, what it is said to print, and
// where it can be tried: "" for everywhere, else words of which each is a condition: a
// layout's, or "swap" for a machine that has it.
type experiment struct {
	example
	where string
}

// TestHowAContainerWorks tries every experiment of the document, in order: some
// make what the next ones look at.
func TestHowAContainerWorks(t *testing.T) { tryExperiments(t, "how-a-container-works.md", 40) }

// TestFromTheArticles tries those of the articles.
func TestFromTheArticles(t *testing.T) { tryExperiments(t, "from-the-articles.md", 15) }

func tryExperiments(t *testing.T, name string, least int) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: PID, mount, network, IPC and UTS namespaces, and cgroups")
	}
	document, err := os.ReadFile("../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	experiments := experimentsOf(string(document))
	if len(experiments) < least {
		t.Fatalf("found only %d experiments: has the document's form changed?", len(experiments))
	}
	if translated := translatedExperiments(t, name); !slices.Equal(translated, experiments) {
		t.Errorf("docs/zh/%s has other experiments: %s", name, firstDifference(translated, experiments))
	}
	host, err := findHierarchies(controllers...)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", buildBinary(t)+":"+os.Getenv("PATH"))
	t.Setenv("MYDOCKER_STATE", t.TempDir()) // and not the machine's
	tried := 0
	for _, e := range experiments {
		if !canTry(t, host, e.where) {
			continue
		}
		tried++
		t.Run(e.command, func(t *testing.T) {
			if strings.Contains(e.where, "swap") {
				if err := swapOn(t); err != nil {
					t.Logf("not tried, this machine cannot have swap: %v", err)
					return
				}
			}
			output, err := exec.Command("sh", "-c", e.command).CombinedOutput()
			if _, exited := err.(*exec.ExitError); err != nil && !exited {
				t.Fatal(err)
			}
			got := trimLines(strings.ReplaceAll(string(output), "\r", ""))
			if !patternOf(e.output).MatchString(got) {
				t.Errorf("printed:\n%s\nthe document says:\n%s", got, e.output)
			}
		})
	}
	if tried < len(experiments)/2 {
		t.Errorf("only %d of %d experiments could be tried", tried, len(experiments))
	}
}

// translatedExperiments are those of the Chinese document of that name. They have to be
// the English one's, which are tried.
func translatedExperiments(t *testing.T, name string) []experiment {
	t.Helper()
	document, err := os.ReadFile("../docs/zh/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return experimentsOf(string(document))
}

func firstDifference(got, want []experiment) string {
	for n := range want {
		if n >= len(got) || got[n] != want[n] {
			return fmt.Sprintf("it lacks %+v", want[n])
		}
	}
	return fmt.Sprintf("it has %d more", len(got)-len(want))
}

// canTry tells whether the host is what the experiment is for, such as "v1:memory" or
// "v2:memory".
func canTry(t *testing.T, host layout, where string) bool {
	for condition := range strings.FieldsSeq(where) {
		version, controller, isLayout := strings.Cut(condition, ":")
		if !isLayout {
			continue
		}
		isV1, err := host.condition("v1:" + controller)
		if err != nil {
			t.Fatalf("%q: %v", where, err)
		}
		if isV1 != (version == "v1") {
			return false
		}
	}
	return true
}

// experimentsOf takes the "console" blocks apart. What stands behind the word is
// where they can be tried.
func experimentsOf(document string) []experiment {
	var experiments []experiment
	for block := range strings.SplitSeq(document, "\n```console") {
		where, rest, _ := strings.Cut(block, "\n")
		if strings.HasPrefix(block, "#") { // what stands before the first
			continue
		}
		for _, e := range examplesOf("```console\n" + rest) {
			experiments = append(experiments, experiment{e, strings.TrimSpace(where)})
		}
	}
	return experiments
}

// patternOf matches what the document prints: "..." is any text, in a line of its
// own any lines, and numbers of five digits and more are different each time.
func patternOf(output string) *regexp.Regexp {
	pattern := regexp.QuoteMeta(output)
	pattern = strings.ReplaceAll(pattern, "\n"+regexp.QuoteMeta("...")+"\n", "\n(?:.*\n)+?")
	pattern = strings.ReplaceAll(pattern, regexp.QuoteMeta("..."), ".+")
	pattern = regexp.MustCompile(`\\\[[0-9]+\\\]`).ReplaceAllString(pattern, `\[[0-9]+\]`)
	return regexp.MustCompile("^" + pattern + "$")
}

func TestPatternOf(t *testing.T) {
	tests := []struct {
		document, printed string
		want              bool
	}{
		{"a\n", "a\n", true},
		{"a\n", "a\nb\n", false},
		{"a.c\n", "abc\n", false},
		{"", "", true},
		{"", "x\n", false},
		{"pid=...\n", "pid=12\n", true},
		{"pid=...\n", "pid=\n", false},
		{"pid=...\n", "pid=1\n2\n", false},
		{"1\n...\n", "1\n33\n", true},
		{"a\n...\nz\n", "a\nb\nc\nz\n", true},
		{"a\n...\nz\n", "a\nz\n", false},
		{"uts:[4026531838]\n", "uts:[4026532177]\n", true},
		{"uts:[4026531838]\n", "net:[4026532177]\n", false},
		{"33554432\n", "33554433\n", false},
	}
	for _, test := range tests {
		if got := patternOf(test.document).MatchString(test.printed); got != test.want {
			t.Errorf("%q is taken for %q: %t", test.printed, test.document, got)
		}
	}
}
