package unpack

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mydocker/mydocker/utils"
)

const (
	// maxPath is how long a path may be (PATH_MAX): nobody could open a longer one.
	maxPath = 4096
	// maxDepth is how many directories may be in each other. Each that is open is a descriptor.
	maxDepth = 256
)

// The names by which a layer says what it deletes of those below (image-spec, layer.md).
const (
	whiteoutPrefix = ".wh."
	opaqueName     = ".wh..wh..opq"
	aufsPrefix     = ".wh..wh."
)

// split takes a name of an archive apart. It is below the root, whether it begins with a "/"
// or not. The root itself has no parts.
func split(name string) ([]string, error) {
	switch {
	case name == "":
		return nil, errors.New("it has no name")
	case len(name) > maxPath:
		return nil, fmt.Errorf("a path has at most %d bytes", maxPath)
	case strings.ContainsRune(name, 0):
		return nil, errors.New("there is a NUL in its name")
	}
	parts := make([]string, 0, strings.Count(name, "/")+1)
	for part := range strings.SplitSeq(name, "/") {
		switch part {
		case "", ".":
		case "..":
			return nil, errors.New(`".." in a name could lead out of the directory, and no archive needs it`)
		default:
			parts = append(parts, part)
		}
	}
	if len(parts) > maxDepth {
		return nil, errDeep
	}
	return parts, nil
}

const errDeep = utils.Sentinel("more than 256 directories in each other")

// mark is what a name of a layer says about those below.
type mark int

const (
	noMark mark = iota
	whiteout
	opaque
	ignored // what AUFS, which invented these names, kept for itself
)

// markOf takes a name apart. hidden is what a whiteout hides.
func markOf(parts []string) (kind mark, hidden string, err error) {
	for n, part := range parts {
		last := n == len(parts)-1
		switch {
		case !strings.HasPrefix(part, whiteoutPrefix):
		case part == opaqueName && last:
			return opaque, "", nil
		case strings.HasPrefix(part, aufsPrefix):
			return ignored, "", nil
		case !last:
			return noMark, "", fmt.Errorf("%s hides a name, and cannot be a directory", shown(part))
		default:
			hidden = part[len(whiteoutPrefix):]
			if hidden == "" || hidden == "." || hidden == ".." {
				return noMark, "", fmt.Errorf("%q is no name that can be hidden", hidden)
			}
			return whiteout, hidden, nil
		}
	}
	return noMark, "", nil
}
