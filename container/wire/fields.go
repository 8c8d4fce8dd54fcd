package wire

import (
	"errors"
	"fmt"
	"strings"
)

// A message is a list of fields "key=value", each ended by a NUL byte, in the
// manner of execve's environment, and the empty field "end=" behind them, so
// that a message cut short is never taken for a whole one. A value is any
// bytes but NUL, which no argument and no path can hold either: so everything
// passes unquoted, byte for byte, at any length. JSON would replace bytes that
// are not UTF-8, and costs the child the initialisation of encoding/json and
// reflect at every start.

const endKey = "end"

// ErrTruncated says that a message ended before its last field.
var ErrTruncated = errors.New("message is cut short")

func appendField(message []byte, key, value string) []byte {
	message = append(message, key...)
	message = append(message, '=')
	message = append(message, value...)
	return append(message, 0)
}

func appendEnd(message []byte) []byte { return appendField(message, endKey, "") }

// parseFields calls field for each field of the first message in data and
// returns what follows the message. The values are parts of data: to copy each
// would cost the child an allocation for every variable of the environment.
func parseFields(data string, field func(key, value string) error) (rest string, err error) {
	for {
		line, after, found := strings.Cut(data, "\x00")
		if !found {
			return "", ErrTruncated
		}
		key, value, found := strings.Cut(line, "=")
		if !found {
			return "", fmt.Errorf("field %q has no value", line)
		}
		if key == endKey {
			return after, nil
		}
		if err := field(key, value); err != nil {
			return "", err
		}
		data = after
	}
}
