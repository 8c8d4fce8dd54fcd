package logs

import (
	"bytes"
	"iter"
)

// scanner goes through the members of an object of JSON, and makes nothing of them. ok says that
// it is one so far, rest is what is behind it.
type scanner struct {
	rest []byte
	ok   bool
}

// members are the names of an object, without quotes and as they are escaped, and what they
// stand for. A string has its quotes.
func (s *scanner) members() iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		if !s.take('{') || s.takeIf('}') {
			return
		}
		for {
			name := s.string()
			if !s.take(':') {
				return
			}
			value := s.value()
			if !s.ok || !yield(name[1:len(name)-1], value) {
				return
			}
			if !s.takeIf(',') {
				s.take('}')
				return
			}
		}
	}
}

func (s *scanner) skipSpace() {
	for len(s.rest) > 0 && (s.rest[0] == ' ' || s.rest[0] == '\t' || s.rest[0] == '\r') {
		s.rest = s.rest[1:]
	}
}

// takeIf takes a character and what is blank around it, if it is the next one.
func (s *scanner) takeIf(c byte) bool {
	s.skipSpace()
	if len(s.rest) == 0 || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	s.skipSpace()
	return true
}

func (s *scanner) take(c byte) bool {
	s.ok = s.ok && s.takeIf(c)
	return s.ok
}

// string takes a string, with its quotes.
func (s *scanner) string() []byte {
	if len(s.rest) == 0 || s.rest[0] != '"' {
		s.ok = false
		return nil
	}
	for end := 1; ; end++ {
		at := bytes.IndexByte(s.rest[end:], '"')
		if at < 0 {
			s.ok = false
			return nil
		}
		end += at
		if !isEscaped(s.rest[1:end]) {
			text := s.rest[:end+1]
			s.rest = s.rest[end+1:]
			return text
		}
	}
}

// isEscaped reports whether the character behind a text is, by an odd number of backslashes.
func isEscaped(text []byte) bool {
	return (len(text)-len(bytes.TrimRight(text, `\`)))%2 == 1
}

// value takes any value: a string, an object or a list with what is in it, or a word.
func (s *scanner) value() []byte {
	from := s.rest
	depth := 0
	for s.ok {
		switch {
		case len(s.rest) == 0:
			s.ok = false
		case s.rest[0] == '"':
			s.string()
		case s.rest[0] == '{' || s.rest[0] == '[':
			depth++
			s.rest = s.rest[1:]
			continue
		case depth > 0:
			if s.rest[0] == '}' || s.rest[0] == ']' {
				depth--
			}
			s.rest = s.rest[1:]
		default:
			s.word()
		}
		if depth == 0 {
			break
		}
	}
	if !s.ok {
		return nil
	}
	return from[:len(from)-len(s.rest)]
}

// word takes a number, true, false or null.
func (s *scanner) word() {
	n := bytes.IndexAny(s.rest, ",}] \t\r")
	if n <= 0 {
		s.ok = false
		return
	}
	s.rest = s.rest[n:]
}
