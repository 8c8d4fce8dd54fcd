package seccomp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// reader reads a JSON text from its beginning to its end, and knows the line. It refuses
// what nobody asked for by name, which encoding/json's own decoding into values can only
// do without a line.
type reader struct {
	text    []byte
	decoder *json.Decoder
}

func newReader(text []byte) *reader {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return &reader{text, decoder}
}

// line is the line of an offset.
func (r *reader) line(offset int64) int { return 1 + bytes.Count(r.text[:offset], []byte("\n")) }

// errorf is an error at what was read last.
func (r *reader) errorf(format string, args ...any) error {
	return fmt.Errorf("line %d: %s", r.line(r.decoder.InputOffset()), shown(fmt.Sprintf(format, args...)))
}

// maxShown is how much of a profile an error or a note shows, in bytes.
const maxShown = 300

// shown is text for a terminal, which holds what somebody has written into a profile.
func shown(text string) string {
	if len(text) > maxShown {
		text = text[:maxShown] + "..."
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}

// token is the next delimiter, string, number, truth value or null.
func (r *reader) token() (json.Token, error) {
	token, err := r.decoder.Token()
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("line %d: not JSON: %w", r.line(min(syntax.Offset, int64(len(r.text)))), syntax)
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("line %d: the text ends too early", r.line(int64(len(r.text))))
	}
	return token, err
}

// enter reads the delimiter of an object or array, and reports whether it is there. null
// stands for an empty one, as in Docker.
func (r *reader) enter(what string, delimiter json.Delim) (bool, error) {
	token, err := r.token()
	switch {
	case err != nil:
		return false, err
	case token == nil:
		return false, nil
	case token != delimiter:
		return false, r.errorf("%s: %v instead of %v", what, token, delimiter)
	}
	return true, nil
}

// object reads an object. For each of its keys it calls value, which reads the value.
func (r *reader) object(what string, value func(key string) error) error {
	entered, err := r.enter(what, '{')
	if err != nil || !entered {
		return err
	}
	var keys []string
	for r.decoder.More() {
		token, err := r.token()
		if err != nil {
			return err
		}
		key, isString := token.(string)
		if !isString {
			return r.errorf("%s: the key %v is no string", what, token)
		}
		if slices.Contains(keys, key) {
			return r.errorf("%s has %q twice", what, key)
		}
		keys = append(keys, key)
		if err := value(key); err != nil {
			return err
		}
	}
	_, err = r.token()
	return err
}

// unknown is the error for a key that the profile's format does not have.
func (r *reader) unknown(what, key string) error {
	return r.errorf("unknown field %q of %s", key, what)
}

// array reads an array. For each of its elements it calls element, which reads it.
func (r *reader) array(what string, element func() error) error {
	entered, err := r.enter(what, '[')
	if err != nil || !entered {
		return err
	}
	for r.decoder.More() {
		if err := element(); err != nil {
			return err
		}
	}
	_, err = r.token()
	return err
}

// string reads a string. null is the empty one.
func (r *reader) string(what string) (string, error) {
	token, err := r.token()
	if err != nil || token == nil {
		return "", err
	}
	s, isString := token.(string)
	if !isString {
		return "", r.errorf("%s: %v is no string", what, token)
	}
	return s, nil
}

func (r *reader) strings(what string) (list []string, err error) {
	err = r.array(what, func() error {
		s, err := r.string(what)
		list = append(list, s)
		return err
	})
	return list, err
}

// number reads a number from 0 to limit. null is none.
func (r *reader) number(what string, limit uint64) (n uint64, isThere bool, err error) {
	token, err := r.token()
	if err != nil || token == nil {
		return 0, false, err
	}
	number, isNumber := token.(json.Number)
	if !isNumber {
		return 0, false, r.errorf("%s: %v is no number", what, token)
	}
	n, err = strconv.ParseUint(number.String(), 10, 64)
	if err != nil || n > limit {
		return 0, false, r.errorf("%s: %v is not a whole number from 0 to %d", what, number, limit)
	}
	return n, true, nil
}

// end refuses a text that goes on.
func (r *reader) end() error {
	if token, err := r.decoder.Token(); !errors.Is(err, io.EOF) {
		if err != nil {
			return r.errorf("text behind the profile's end: %v", err)
		}
		return r.errorf("%v behind the profile's end", token)
	}
	return nil
}
