package cmd_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// A file that a document names in backquotes, with or without its folder.
var namedFile = regexp.MustCompile("`((?:[a-z-]+/)*[a-z_0-9]+\\.go)`")

// The Go files that the documents name exist. The changelog tells of what was.
func TestNativeDocsNameFiles(t *testing.T) {
	known := map[string]bool{}
	err := filepath.Walk("..", func(name string, info os.FileInfo, err error) error {
		if err == nil && filepath.Ext(name) == ".go" {
			for tail := name[len("../"):]; tail != "."; {
				known[tail] = true
				_, rest := splitFirst(tail)
				tail = rest
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	documents, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	translated, err := filepath.Glob("../docs/zh/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, document := range slices.Concat(documents, translated, []string{"../README.md"}) {
		if path.Base(document) == "changelog.md" || path.Base(document) == "from-the-articles.md" {
			continue
		}
		content, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range namedFile.FindAllStringSubmatch(string(content), -1) {
			if found++; !known[m[1]] {
				t.Errorf("%s names %s, which does not exist", document, m[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("only %d files are named", found)
	}
}

// splitFirst splits the first folder off; the rest of a bare name is ".".
func splitFirst(name string) (first, rest string) {
	for i := range name {
		if name[i] == '/' {
			return name[:i], name[i+1:]
		}
	}
	return name, "."
}

// What docs/from-the-articles.md says is ours, is: the second column of its tables of
// files and names.
func TestNativeArticlesNames(t *testing.T) {
	text := document(t, "docs/from-the-articles.md")
	var sources strings.Builder
	err := filepath.Walk("..", func(name string, info os.FileInfo, err error) error {
		if err != nil || filepath.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") {
			return err
		}
		content, err := os.ReadFile(name)
		sources.WriteString(name + "\n" + string(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, heading := range []string{"## Files", "## Names"} {
		for row := range strings.Lines(section(t, text, heading, "## ")) {
			columns := strings.Split(row, " | ")
			if len(columns) < 3 {
				continue
			}
			for _, m := range regexp.MustCompile("`([A-Za-z_./]+)[^`]*`").FindAllStringSubmatch(columns[1], -1) {
				name := m[1][strings.LastIndex(m[1], "/")+1:]
				if !strings.HasSuffix(name, ".go") {
					name = name[strings.LastIndex(name, ".")+1:] // of a package
				}
				if found++; !strings.Contains(sources.String(), name) {
					t.Errorf("%s: nothing here is called %s", heading, m[1])
				}
			}
		}
	}
	if found < 25 {
		t.Errorf("only %d names are found", found)
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// Where a document leads to, there is something: the file, and the heading in it.
func TestNativeDocsLinks(t *testing.T) {
	var documents []string
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../docs/zh/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, %v", pattern, found, err)
		}
		documents = append(documents, found...)
	}
	for _, document := range documents {
		content, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(content), -1) {
			file, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(m[1], "://") {
				continue
			}
			target := document
			if file != "" {
				target = filepath.Join(filepath.Dir(document), file)
			}
			there, err := os.ReadFile(target)
			if info, statErr := os.Stat(target); statErr == nil && info.IsDir() {
				continue
			}
			if err != nil || anchor != "" && !slices.Contains(anchorsOf(string(there)), anchor) {
				t.Errorf("%s leads to %s, where nothing is (%v)", document, m[1], err)
			}
		}
	}
}

// anchorsOf are the headings as the pages' makers name them: in small letters, without
// punctuation, with hyphens for blanks.
func anchorsOf(document string) []string {
	var anchors []string
	for _, m := range heading.FindAllStringSubmatch(document, -1) {
		anchors = append(anchors, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[1]))
	}
	return anchors
}
