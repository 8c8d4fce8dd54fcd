package image

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// Digest names content by its SHA-256: "sha256:" and 64 lower-case hexadecimal digits. A
// Digest that ParseDigest has returned is a safe part of a path.
type Digest string

const (
	algorithm = "sha256"
	hexLength = 64
)

// ParseDigest checks text strictly: what is no digest never becomes part of a path
// (CVE-2024-3727). Other algorithms are refused by name.
func ParseDigest(text string) (Digest, error) {
	name, digits, found := strings.Cut(text, ":")
	switch {
	case !found:
		return "", fmt.Errorf("%q is no digest: it is %s:HEX", text, algorithm)
	case name != algorithm:
		return "", fmt.Errorf("digest %q: %q is not known, only %s is", text, name, algorithm)
	case !isHex(digits) || len(digits) != hexLength:
		return "", fmt.Errorf("digest %q: not %d hexadecimal digits", text, hexLength)
	}
	return Digest(text), nil
}

// NewDigest is the digest with that sum.
func NewDigest(sum []byte) Digest { return Digest(algorithm + ":" + hex.EncodeToString(sum)) }

// Hex is the digest without its algorithm.
func (d Digest) Hex() string { return strings.TrimPrefix(string(d), algorithm+":") }

// Short is how people name it: the first 12 digits.
func (d Digest) Short() string {
	if digits := d.Hex(); len(digits) > 12 {
		return digits[:12]
	}
	return d.Hex()
}

func isHex(text string) bool {
	return text != "" && strings.Trim(text, "0123456789abcdef") == ""
}
