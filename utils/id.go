package utils

import (
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

const idLength = 12

// NewID returns a random container id: 12 hexadecimal digits, the length
// that Docker shows.
//
// The bytes come straight from getrandom(2): crypto/rand would initialise
// fourteen more packages at every start, and an id is no secret.
func NewID() (string, error) {
	id := make([]byte, idLength/2)
	if _, err := Retry(func() (int, error) { return unix.Getrandom(id, 0) }); err != nil {
		return "", fmt.Errorf("getrandom: %w", err)
	}
	return hex.EncodeToString(id), nil
}

// IsID reports whether s has the form of a container id.
func IsID(s string) bool {
	return len(s) == idLength && strings.Trim(s, "0123456789abcdef") == ""
}
