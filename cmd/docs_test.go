package cmd_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"testing"
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
	found := 0
	for _, document := range append(documents, "../README.md") {
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
