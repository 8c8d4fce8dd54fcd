package cp

import (
	"path"
	"strings"
)

// Split takes an argument of the command apart, as Docker does: CONTAINER:PATH, or a path of the
// host, which is absolute or begins with a dot where there is a colon in it. "-" is neither.
func Split(argument string) (container, file string) {
	if argument == "-" || path.IsAbs(argument) {
		return "", argument
	}
	container, file, found := strings.Cut(argument, ":")
	if !found || strings.HasPrefix(container, ".") {
		return "", argument
	}
	return container, file
}

// Clean makes a path absolute, below dir where it is relative, as it is written: ".." takes the
// name before it away. What its end says stays: "/" and "/." are about a directory, and "/." about
// what is in it.
func Clean(dir, file string) string {
	clean := path.Clean(file)
	if !path.IsAbs(file) {
		clean = path.Join(dir, file)
	}
	switch {
	case path.Base(file) == "." && path.Base(clean) != ".":
		return strings.TrimSuffix(clean, "/") + "/."
	case strings.HasSuffix(file, "/") && clean != "/":
		return clean + "/"
	}
	return clean
}

// nameOf is the name in an archive of what a path leads to: "." for what is in a directory.
func nameOf(file string) string {
	if name := path.Base(file); name != "/" {
		return name
	}
	return "."
}

// isDirectory reports whether a path says that it is about a directory.
func isDirectory(file string) bool { return strings.HasSuffix(file, "/") || path.Base(file) == "." }
