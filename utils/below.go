package utils

import "strings"

// IsBelow reports whether a path lies in dir, and is not dir. Both are clean.
func IsBelow(path, dir string) bool {
	return len(path) > len(dir) && strings.HasPrefix(path, dir) && (dir == "/" || path[len(dir)] == '/')
}

// IsAt reports whether a path is dir or lies in it.
func IsAt(path, dir string) bool { return path == dir || IsBelow(path, dir) }
