package cmd

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// isProgram tells whether a word names a program, by its path or in PATH.
func isProgram(word string) bool {
	if strings.Contains(word, "/") {
		return isExecutable(word)
	}
	return word != "" && slices.ContainsFunc(filepath.SplitList(os.Getenv("PATH")), func(dir string) bool {
		return isExecutable(filepath.Join(dir, word))
	})
}

// isExecutable tells whether path is a program, or leads to one.
func isExecutable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
