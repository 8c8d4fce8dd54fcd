package image

import "errors"

// Reference is a name of an image, whole: Docker's short forms are resolved.
type Reference struct {
	// Domain is the registry's host, with its port: docker.io, localhost:5000.
	Domain string
	// Path is the repository: library/alpine.
	Path string
	// Tag and Digest say which image; Tag is "" only where there is a Digest.
	Tag    string
	Digest Digest
}

// ParseReference reads a name as Docker does: "alpine" is docker.io/library/alpine:latest, and
// what begins with a host (it has a dot, a colon or an upper-case letter in it, or is localhost) is on that registry.
// What is neither is refused in words that say why.
func ParseReference(_ string) (Reference, error) { return Reference{}, errors.New("not yet") }

// String is the name, whole.
func (r Reference) String() string { return "" }

// Familiar is the name as Docker shows it: without docker.io and library.
func (r Reference) Familiar() string { return "" }
