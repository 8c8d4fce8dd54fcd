package decode

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON (RFC 8259) word by word. It takes nothing that two readers could
// understand differently: the text has to be UTF-8 (see newScanner), and no string holds a NUL
// byte, as no argument, path or name of the kernel's can. Strings are parts of the text.
type scanner struct {
	text string
	at   int
}

func newScanner(text string) (s scanner, err error) {
	s.text = text
	if !utf8.ValidString(text) {
		for at, r := range text {
			if _, size := utf8.DecodeRuneInString(text[at:]); r == utf8.RuneError && size == 1 {
				s.at = at
				break
			}
		}
		err = fmt.Errorf("line %d: a byte that is not UTF-8", s.line())
	}
	return s, err
}

// maxNesting bounds values that are skipped.
const maxNesting = 32

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// peek is the first byte of what comes next, 0 at the end.
func (s *scanner) peek() byte {
	if s.space(); s.at == len(s.text) {
		return 0
	}
	return s.text[s.at]
}

// take reports whether next comes next, and passes it.
func (s *scanner) take(next byte) bool {
	if s.peek() != next {
		return false
	}
	s.at++
	return true
}

// word reports whether a literal comes next, and passes it.
func (s *scanner) word(literal string) bool {
	s.space()
	if !strings.HasPrefix(s.text[s.at:], literal) {
		return false
	}
	s.at += len(literal)
	return true
}

// line is where the scanner is.
func (s *scanner) line() int { return 1 + strings.Count(s.text[:s.at], "\n") }

func (s *scanner) wants(what string) error {
	if s.peek() == 0 && s.at == len(s.text) {
		return fmt.Errorf("line %d: the text ends where %s is missing", s.line(), what)
	}
	rest := s.text[s.at:]
	return fmt.Errorf("line %d: %q where %s has to be", s.line(), rest[:min(len(rest), 20)], what)
}

// members calls member for each member of an object, whose value it has to pass.
func (s *scanner) members(member func(name string) error) error {
	if !s.take('{') {
		return s.wants("an object ({)")
	}
	for first := true; !s.take('}'); first = false {
		if !first && !s.take(',') {
			return s.wants("a comma or }")
		}
		name, err := s.string()
		if err != nil {
			return err
		}
		if !s.take(':') {
			return s.wants("a colon")
		}
		if err := member(name); err != nil {
			return err
		}
	}
	return nil
}

// elements does the same for an array.
func (s *scanner) elements(element func(n int) error) error {
	if !s.take('[') {
		return s.wants("an array ([)")
	}
	for n := 0; !s.take(']'); n++ {
		if n > 0 && !s.take(',') {
			return s.wants("a comma or ]")
		}
		if err := element(n); err != nil {
			return err
		}
	}
	return nil
}

// number is the text of one.
func (s *scanner) number() (string, error) {
	s.space()
	end := s.at
	for end < len(s.text) && strings.IndexByte("+-0123456789.eE", s.text[end]) >= 0 {
		end++
	}
	text := s.text[s.at:end]
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || digits[0] < '0' || digits[0] > '9' || digits[0] == '0' && len(digits) > 1 && digits[1] >= '0' && digits[1] <= '9' {
		return "", s.wants("a number")
	}
	s.at = end
	return text, nil
}

// string reads a string. Most have nothing to be replaced.
func (s *scanner) string() (string, error) {
	if !s.take('"') {
		return "", s.wants("a string")
	}
	for end := s.at; end < len(s.text); end++ {
		switch c := s.text[end]; {
		case c == '"':
			text := s.text[s.at:end]
			s.at = end + 1
			return text, nil
		case c == '\\':
			return s.escaped()
		case c < ' ':
			return "", fmt.Errorf("line %d: the byte %#02x in a string", s.line(), c)
		}
	}
	return "", fmt.Errorf("line %d: a string without an end", s.line())
}

// escaped is string for one that has a backslash.
func (s *scanner) escaped() (string, error) {
	var text []byte
	for s.at < len(s.text) {
		c := s.text[s.at]
		s.at++
		switch {
		case c == '"':
			return string(text), nil
		case c < ' ':
			return "", fmt.Errorf("line %d: the byte %#02x in a string", s.line(), c)
		case c != '\\':
			text = append(text, c)
		default:
			r, err := s.escape()
			if err != nil {
				return "", fmt.Errorf("line %d: %w", s.line(), err)
			}
			text = utf8.AppendRune(text, r)
		}
	}
	return "", fmt.Errorf("line %d: a string without an end", s.line())
}

// escape reads what is behind a backslash.
func (s *scanner) escape() (rune, error) {
	const letters, meant = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if s.at == len(s.text) {
		return 0, errors.New("a string without an end")
	}
	c := s.text[s.at]
	s.at++
	if n := strings.IndexByte(letters, c); n >= 0 {
		return rune(meant[n]), nil
	}
	if c != 'u' {
		return 0, fmt.Errorf("%q in a string", `\`+string(c))
	}
	r, err := s.unit()
	if err == nil && utf16.IsSurrogate(r) {
		var low rune
		if strings.HasPrefix(s.text[s.at:], `\u`) {
			s.at += len(`\u`)
			low, err = s.unit()
		}
		if r = utf16.DecodeRune(r, low); err == nil && r == utf8.RuneError {
			err = errors.New("half a surrogate pair in a string")
		}
	}
	if err == nil && r == 0 {
		err = errors.New("a NUL byte in a string")
	}
	return r, err
}

// unit reads four hexadecimal digits.
func (s *scanner) unit() (rune, error) {
	const digits = 4
	if len(s.text)-s.at < digits {
		return 0, errors.New("a string without an end")
	}
	n, err := strconv.ParseUint(s.text[s.at:s.at+digits], 16, 16)
	if err != nil {
		return 0, errors.New(`\u without four hexadecimal digits in a string`)
	}
	s.at += digits
	return rune(n), nil
}

// skipEmpty passes a value and reports whether it says nothing: null, false, 0, or empty.
func (s *scanner) skipEmpty(depth int) (empty bool, err error) {
	if depth > maxNesting {
		return false, fmt.Errorf("line %d: more than %d values in each other", s.line(), maxNesting)
	}
	switch c := s.peek(); {
	case c == '{':
		empty = true
		err = s.members(func(string) error {
			inner, err := s.skipEmpty(depth + 1)
			empty = empty && inner
			return err
		})
		return empty, err
	case c == '[':
		empty = true
		err = s.elements(func(int) error {
			empty = false
			_, err := s.skipEmpty(depth + 1)
			return err
		})
		return empty, err
	case c == '"':
		text, err := s.string()
		return text == "", err
	case s.word("null"), s.word("false"):
		return true, nil
	case s.word("true"):
		return false, nil
	}
	number, err := s.number()
	return number == "0", err
}
