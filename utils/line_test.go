package utils

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestOneLine(t *testing.T) {
	for s, want := range map[string]string{
		"":                     "",
		"a plain 'word' \"\\n": "a plain 'word' \"\\n",
		"größer 大":             "größer 大",
		"a\nb\tc\r":            `a\nb\tc\r`,
		"\x1b[2J":              `\x1b[2J`,
		"\xff\xfe":             `\xff\xfe`,
		"\u009b31m\u202e":      `\u009b31m\u202e`,
		"\u2028":               `\u2028`,
	} {
		if line := OneLine(s); line != want {
			t.Errorf("OneLine(%q) = %q, want %q", s, line, want)
		}
	}
}

func TestErrorLine(t *testing.T) {
	one, other := errors.New("one\nname"), errors.New("other")
	both := errors.Join(one, nil, other)
	for _, test := range []struct {
		err  error
		want string
	}{
		{one, "one\nname"},
		{errors.Join(one), "one\nname"},
		{both, "one\nname; other"},
		{fmt.Errorf("clean up: %w (again)", both), "clean up: one\nname; other (again)"},
		{errors.Join(fmt.Errorf("a: %w", both), other), "a: one\nname; other; other"},
		{fmt.Errorf("%w and %w", both, other), "one\nname; other and other"},
		{fmt.Errorf("%v", both), "one\nname\nother"},
	} {
		if line := ErrorLine(test.err); line != test.want {
			t.Errorf("%q, want %q", line, test.want)
		}
	}
}

func FuzzOneLine(f *testing.F) {
	f.Add("a\nb\xff")
	f.Fuzz(func(t *testing.T, s string) {
		line := OneLine(s)
		if !utf8.ValidString(line) || strings.ContainsFunc(line, unicode.IsControl) || OneLine(line) != line {
			t.Errorf("OneLine(%q) = %q", s, line)
		}
	})
}
