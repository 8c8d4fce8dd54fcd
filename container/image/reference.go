package image

import (
	"errors"
	"fmt"
	"strings"

	"github.com/mydocker/mydocker/utils"
)

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

// What Docker makes of a short name.
const (
	defaultDomain = "docker.io"
	oldDomain     = "index.docker.io" // what the default one was called first
	defaultOwner  = "library/"
	defaultTag    = "latest"
)

// The longest parts of a name. Docker knows no limit for a domain, DNS does.
const (
	maxDomain = 255
	maxPath   = 255
	maxTag    = 128
)

// ParseReference reads a name as Docker does: "alpine" is docker.io/library/alpine:latest, and
// what begins with a host (it has a dot, a colon or an upper-case letter in it, or is
// localhost) is on that registry. What is neither is refused in words that say why.
func ParseReference(text string) (Reference, error) {
	r, err := parseReference(text)
	if err != nil {
		return Reference{}, fmt.Errorf("invalid reference format: %q: %w", utils.Shortened(text), err)
	}
	return r, nil
}

func parseReference(text string) (r Reference, err error) {
	switch {
	case text == "":
		return r, errors.New("it names no image")
	case isHex(text) && len(text) == hexLength:
		return r, fmt.Errorf("%d hexadecimal digits are an image's id, not a name", hexLength)
	}
	var rest string
	r.Domain, rest = splitDomain(text)
	rest, digest, hasDigest := strings.Cut(rest, "@")
	path, tag, hasTag := strings.Cut(rest, ":")
	r.Path, r.Tag = path, tag
	if r.Domain == defaultDomain && !strings.Contains(path, "/") {
		r.Path = defaultOwner + path
	}
	if err = checkDomain(r.Domain); err == nil {
		err = checkPath(r.Path)
	}
	if err != nil {
		return r, err
	}
	if hasDigest {
		if r.Digest, err = ParseDigest(digest); err != nil {
			return r, err
		}
	}
	if !hasTag && !hasDigest {
		r.Tag = defaultTag
	}
	if r.Tag != "" || hasTag {
		err = checkTag(r.Tag)
	}
	return r, err
}

// splitDomain takes the registry's host off. A first part that could be a user's name on
// Docker Hub is one.
func splitDomain(text string) (domain, rest string) {
	first, rest, found := strings.Cut(text, "/")
	switch {
	case !found:
		return defaultDomain, text
	case first == oldDomain:
		return defaultDomain, rest
	case first == "localhost" || strings.ContainsAny(first, ".:") || strings.ToLower(first) != first:
		return first, rest
	}
	return defaultDomain, text
}

const (
	digits    = "0123456789"
	lower     = "abcdefghijklmnopqrstuvwxyz" + digits
	letters   = lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	v6Letters = digits + "abcdefABCDEF:"
)

// checkDomain takes host[:port]. Inside brackets a host is an address of IPv6.
func checkDomain(domain string) error {
	if len(domain) > maxDomain {
		return fmt.Errorf("the registry's name is longer than %d characters", maxDomain)
	}
	host, port, hasPort := strings.Cut(domain, ":")
	if address, behind, is := strings.Cut(strings.TrimPrefix(domain, "["), "]"); is && domain[0] == '[' {
		port, hasPort = strings.CutPrefix(behind, ":")
		host = ""
		if address != "" && only(address, v6Letters) && (hasPort || behind == "") {
			host = "v6"
		}
	}
	if !isHost(host) || hasPort && (port == "" || !only(port, digits)) {
		return fmt.Errorf("%q is no registry: it is HOST or HOST:PORT", utils.Shortened(domain))
	}
	return nil
}

// isHost takes the names that DNS may have, and addresses of IPv4.
func isHost(host string) bool {
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || !only(label, letters+"-") || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return true
}

// checkPath takes parts of lower-case letters and digits, which may have one dot, one or two
// underscores, or dashes between them.
func checkPath(path string) error {
	switch {
	case len(path) > maxPath:
		return fmt.Errorf("the repository's name is longer than %d characters", maxPath)
	case strings.ToLower(path) != path:
		return fmt.Errorf("repository name (%s) must be lowercase", utils.OneLine(path))
	}
	for part := range strings.SplitSeq(path, "/") {
		if !isPathPart(part) {
			return fmt.Errorf("%q is no part of a repository's name: it has a-z and 0-9, and between them one of \".\", \"_\", \"__\", \"-\"", part)
		}
	}
	return nil
}

func isPathPart(part string) bool {
	for {
		behind := strings.TrimLeft(part, lower)
		if len(behind) == len(part) { // nothing before a separator
			return false
		}
		part = strings.TrimLeft(behind, "._-")
		switch separator := behind[:len(behind)-len(part)]; {
		case behind == "":
			return true
		case separator != "." && separator != "_" && separator != "__" && (separator == "" || !only(separator, "-")):
			return false
		}
	}
}

func checkTag(tag string) error {
	switch {
	case len(tag) > maxTag:
		return fmt.Errorf("the tag is longer than %d characters", maxTag)
	case tag == "" || !only(tag, letters+"_.-") || tag[0] == '.' || tag[0] == '-':
		return fmt.Errorf("%q is no tag: it has letters, digits, \"_\", \".\" and \"-\", and begins with none of the last two", tag)
	}
	return nil
}

// only reports whether a text has no characters but these.
func only(text, set string) bool { return strings.Trim(text, set) == "" }

// Name is the repository, whole, without a tag or a digest: docker.io/library/alpine.
func (r Reference) Name() string { return r.Domain + "/" + r.Path }

// String is the name, whole.
func (r Reference) String() string { return r.Name() + r.suffix() }

// Familiar is the name as Docker shows it: without docker.io and library.
func (r Reference) Familiar() string { return r.FamiliarName() + r.suffix() }

// FamiliarName is the repository as Docker shows it.
func (r Reference) FamiliarName() string {
	if r.Domain != defaultDomain {
		return r.Name()
	}
	if name, is := strings.CutPrefix(r.Path, defaultOwner); is && !strings.Contains(name, "/") {
		return name
	}
	return r.Path
}

func (r Reference) suffix() (suffix string) {
	if r.Tag != "" {
		suffix = ":" + r.Tag
	}
	if r.Digest != "" {
		suffix += "@" + string(r.Digest)
	}
	return suffix
}
