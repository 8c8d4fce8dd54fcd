package wire

import (
	"bytes"
	"errors"
	"fmt"
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
// returns what follows the message.
func parseFields(data []byte, field func(key, value string) error) (rest []byte, err error) {
	for {
		line, after, found := bytes.Cut(data, []byte{0})
		if !found {
			return nil, ErrTruncated
		}
		key, value, found := bytes.Cut(line, []byte{'='})
		if !found {
			return nil, fmt.Errorf("field %q has no value", line)
		}
		if string(key) == endKey {
			return after, nil
		}
		if err := field(string(key), string(value)); err != nil {
			return nil, err
		}
		data = after
	}
}
