package cmd_test

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What documents say of this program in numbers and names is held here against what is
// there.

const buildTags = "urfave_cli_no_template"

func goTool(t *testing.T, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no Go here")
	}
	output, err := exec.Command("go", args...).Output()
	if err != nil {
		t.Fatalf("go %s: %v", strings.Join(args, " "), err)
	}
	return string(output)
}

func document(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// section is what stands in text between the line that begins with heading and the
// first line that begins with one of the ends.
func section(t *testing.T, text, heading string, ends ...string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, "\n"+heading)
	if !found {
		t.Fatalf("there is no %q", heading)
	}
	for _, end := range ends {
		rest, _, _ = strings.Cut(rest, "\n"+end)
	}
	return rest
}

// linkedPackages are the packages that a program links: the full one, or with the tag the front.
func linkedPackages(t *testing.T, tags ...string) map[string]bool {
	t.Helper()
	// Where the full program would be is any file: nothing is built.
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{"full/mydocker": "../go.mod"}})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "overlay.json")
	if err := os.WriteFile(name, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	linked := map[string]bool{}
	for name := range strings.Lines(goTool(t, "list", "-deps", "-overlay", name, "-tags", strings.Join(append(tags, buildTags), ","), "..")) {
		linked[strings.TrimSpace(name)] = true
	}
	return linked
}

// links tells whether a package of a module is among those.
func links(packages map[string]bool, module string) bool {
	for name := range packages {
		if name == module || strings.HasPrefix(name, module+"/") {
			return true
		}
	}
	return false
}

// docs/dependencies.md names all modules, and of the programs that it says link one or not it
// is true.
func TestNativeDependencies(t *testing.T) {
	text := document(t, "docs/dependencies.md")
	front, whole := linkedPackages(t, "front"), linkedPackages(t)
	table := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\S+\.\S+) \|.*\|([^|]*)\|$`).FindAllStringSubmatch(text, -1) {
		module, cost := row[1], row[2]
		table[module] = true
		inFull := !strings.Contains(cost, "not linked")
		inFront := inFull && !strings.Contains(cost, "full program only")
		if links(front, module) != inFront || links(whole, module) != inFull {
			t.Errorf("%s: linked into the front: %t, into the full program: %t; the table says %q", module, links(front, module), links(whole, module), cost)
		}
	}
	module := struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}{}
	if err := json.Unmarshal([]byte(goTool(t, "mod", "edit", "-json", "../go.mod")), &module); err != nil {
		t.Fatal(err)
	}
	for _, required := range module.Require {
		if !required.Indirect && !table[required.Path] {
			t.Errorf("%s is required, and not in the table", required.Path)
		}
	}
	for heading, want := range map[string]bool{"Of the standard library, linked into": true, "Weighed and not linked into": false} {
		list := section(t, text, heading, "`go-units`", "Weighed")
		items := regexp.MustCompile("(?m)^- (.*?)(:| for| to|, which)").FindAllStringSubmatch(list, -1)
		if len(items) < 3 {
			t.Errorf("%s: only %d packages found", heading, len(items))
		}
		for _, item := range items {
			for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(item[1], -1) {
				if front[name[1]] != want {
					t.Errorf("%s: linked into the front: %t, the document has it below %q", name[1], front[name[1]], heading)
				}
			}
		}
	}
}

// frontPackages is the list of all that the front links but this module's own packages and
// those inside the standard library: each of these was weighed.
const frontPackages = "testdata/front_packages.txt"

// The front links what it did, and nothing else: with MYDOCKER_UPDATE=1 the list is written
// anew, for what is new to be weighed.
func TestNativeFrontPackages(t *testing.T) {
	var got []string
	for name := range linkedPackages(t, "front") {
		if !strings.HasPrefix(name, "internal/") && !strings.Contains(name, "/internal/") && !strings.HasPrefix(name, "vendor/") && !strings.HasPrefix(name, "github.com/mydocker/") {
			got = append(got, name)
		}
	}
	slices.Sort(got)
	if os.Getenv("MYDOCKER_UPDATE") == "1" {
		if err := os.WriteFile(frontPackages, []byte(strings.Join(got, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	content, err := os.ReadFile(frontPackages)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(string(content))
	for _, name := range got {
		if !slices.Contains(want, name) {
			t.Errorf("the front links %s, which every start pays for", name)
		}
	}
	for _, name := range want {
		if !slices.Contains(got, name) {
			t.Errorf("the front does not link %s any more", name)
		}
	}
}

// The binary needs nothing but a kernel, and is as large as the documents say.
func TestNativeBinary(t *testing.T) {
	binary := filepath.Join(buildBinary(t), "mydocker")
	file, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, program := range file.Progs {
		if program.Type == elf.PT_INTERP || program.Type == elf.PT_DYNAMIC {
			t.Errorf("it is not static: it has a segment %v", program.Type)
		}
	}
	info, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	said := number(t, document(t, "docs/comparison.md"), `one static binary \| yes R, (\S+) MB`)
	if megabytes := float64(info.Size()) / 1e6; math.Abs(megabytes-said) > said/10 {
		t.Errorf("it has %.1f MB, docs/comparison.md says %v", megabytes, said)
	}
}

// number is what stands in the pattern's group, with commas or without.
func number(t *testing.T, text, pattern string) float64 {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("there is no %s", pattern)
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(m[1], ",", ""), 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The README says how much there is to read.
func TestNativeReadingTime(t *testing.T) {
	text := strings.ReplaceAll(document(t, "README.md"), "\n", " ")
	lines := func(pattern ...string) (n int) {
		for _, p := range pattern {
			names, err := filepath.Glob(filepath.Join("..", p))
			if err != nil || len(names) == 0 {
				t.Fatalf("%s: %v, %v", p, names, err)
			}
			for _, name := range names {
				if !strings.HasSuffix(name, "_test.go") {
					content, err := os.ReadFile(name)
					if err != nil {
						t.Fatal(err)
					}
					n += bytes.Count(content, []byte("\n"))
				}
			}
		}
		return n
	}
	all := lines("*.go", "*/*.go", "*/*/*.go", "*/*/*/*.go")
	// What docs/architecture.md walks through, but for the flags that few runs use.
	way := lines("main.go", "cmd/main.go", "cmd/app.go", "cmd/run.go", "cmd/limits.go", "container/container.go", "container/initproc/*.go",
		"container/stdio/streams.go", "container/entry/entry.go", "container/wire/wire.go", "cgroups/mountinfo.go", "cgroups/create.go", "cgroups/manager.go", "cgroups/enable.go",
		"container/child/bare/init.go", "container/child/bare/config.go", "container/child/bare/clone.go", "container/child/bare/setup.go", "container/child/bare/lookup.go",
		"cgroups/subsystems/memory.go", "cgroups/subsystems/cpu.go", "cgroups/subsystems/cpuset.go", "cgroups/subsystems/subsystem.go", "cgroups/subsystems/setting.go", "cgroups/subsystems/resources.go")
	for pattern, n := range map[string]int{`some (\S+) lines of Go`: all, `is about (\S+) of\s+them`: way} {
		if said := number(t, text, pattern); math.Abs(said-float64(n)) > said/6 {
			t.Errorf("there are %d lines, the README says %v (%s)", n, said, pattern)
		}
	}
}

// benchResults is what "make bench" has left.
type benchResults struct {
	Tools map[string]struct {
		BinaryBytes float64 `json:"binary_bytes"`
		PeakRSS     float64 `json:"peak_rss_kib"`
	}
	Modes map[string]map[string]struct {
		Median float64 `json:"median_ms"`
	}
}

// What documents say of start times is what was measured, in one run.
func TestNativeFigures(t *testing.T) {
	var results benchResults
	if err := json.Unmarshal([]byte(document(t, "docs/bench/results.json")), &results); err != nil {
		t.Fatal(err)
	}
	performance, comparison := document(t, "docs/performance.md"), document(t, "docs/comparison.md")
	for tool, row := range map[string]string{"mydocker": "mydocker, three limits", "runc": "runc, three limits", "crun": "crun, three limits", "bubblewrap": "bubblewrap, no limits", "unshare": "unshare(1), no limits"} {
		want := fmt.Sprintf("| %s | %.1f | %.1f | %.0f | %.0f | %.1f MB |", row, results.Modes["one_shot"][tool].Median, results.Modes["back_to_back"][tool].Median,
			results.Modes["parallel"][tool].Median, results.Modes["sequence"][tool].Median, results.Tools[tool].PeakRSS/1000)
		if !strings.Contains(performance, want) {
			t.Errorf("docs/performance.md lacks: %s", want)
		}
	}
	for mode, name := range map[string]string{"one_shot": "one-shot", "back_to_back": "back to back"} {
		for _, tool := range []string{"runc", "crun", "bubblewrap"} {
			said := number(t, performance, `(?m)^\| `+name+`, of `+tool+` \| \S+ \| (\S+) \|$`)
			if got := results.Modes[mode]["mydocker"].Median / results.Modes[mode][tool].Median; math.Abs(got-said) > 0.0051 {
				t.Errorf("docs/performance.md says %v of %s's %s, measured was %.3f", said, tool, name, got)
			}
		}
	}
	start := regexp.MustCompile(`(?m)^\| start, one-shot, in ms \|.*$`).FindString(comparison)
	for _, tool := range []string{"mydocker", "runc", "crun", "bubblewrap"} {
		if want := fmt.Sprintf("| %.1f", results.Modes["one_shot"][tool].Median); !strings.Contains(start, want) {
			t.Errorf("docs/comparison.md has %q, not %s of %s", start, want, tool)
		}
	}
	if want := fmt.Sprintf("The binary has %.1f MB.", results.Tools["mydocker"].BinaryBytes/1e6); !strings.Contains(performance, want) {
		t.Errorf("docs/performance.md lacks: %s", want)
	}
}
