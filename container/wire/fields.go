package wire

import "bytes"

// A message is a list of fields "key=value", each ended by a NUL byte, in the
// manner of execve's environment, and the empty field "end=" behind them, so
// that a message cut short is never taken for a whole one. A value is any
// bytes but NUL, which no argument and no path can hold either: so everything
// passes unquoted, byte for byte, at any length, and init can hand the values
// to execve where they lie. JSON would replace bytes that are not UTF-8.

const endKey = "end"

// IsForged reports whether a message has more fields than it was made of: a value holds a NUL
// byte, and what is behind that would be a field of its own.
func IsForged(message []byte, fields int) bool { return bytes.Count(message, []byte{0}) != fields }

// NextField splits the first field of a message off. It is not ok if the
// message is cut short. A field without "=" is all key and has no value, not even
// an empty one. The last field's key is "end". It neither allocates nor copies (see package bare).
func NextField(message []byte) (key, value, rest []byte, ok bool) {
	end := bytes.IndexByte(message, 0)
	if end < 0 {
		return nil, nil, message, false
	}
	field, rest := message[:end], message[end+1:]
	if equals := bytes.IndexByte(field, '='); equals >= 0 {
		return field[:equals], field[equals+1:], rest, true
	}
	return field, nil, rest, true
}

// IsEnd reports whether key is that of a message's last field.
func IsEnd(key []byte) bool { return string(key) == endKey }

// encoder writes fields into a buffer that is large enough. It does not
// allocate (see package bare).
type encoder struct {
	buffer []byte
	used   int
}

func (e *encoder) field(key, value string) {
	e.put(key)
	e.put("=")
	e.put(value)
	e.put("\x00")
}

func (e *encoder) end() { e.field(endKey, "") }

func (e *encoder) put(s string) { e.used += copy(e.buffer[e.used:], s) }

// sizeOf is how many bytes a field takes.
func sizeOf(key, value string) int { return len(key) + len("=") + len(value) + len("\x00") }
