package utils

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// OneLine writes what a terminal would not print as it stands, such as a newline in
// the name of a file, as Go does between quotes: no name makes a line of its own, or
// a terminal do something.
func OneLine(s string) string {
	if strings.IndexFunc(s, notPrinted) < 0 {
		return s
	}
	var line strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		if notPrinted(r) {
			quoted := strconv.Quote(s[:size])
			line.WriteString(quoted[1 : len(quoted)-1])
		} else {
			line.WriteString(s[:size])
		}
		s = s[size:]
	}
	return line.String()
}

// notPrinted takes RuneError for a byte that is not UTF-8; to quote the rune itself
// does no harm.
func notPrinted(r rune) bool { return r == utf8.RuneError || !strconv.IsPrint(r) }

// Shortened is a text of anybody's for a line of an error.
func Shortened(text string) string {
	const most = 300
	if len(text) > most {
		text = text[:most] + "..."
	}
	return OneLine(text)
}

// ErrorLine is the text of err with semicolons between errors that were joined, where
// errors.Join has newlines.
func ErrorLine(err error) string {
	text := err.Error()
	var inner []error
	switch e := err.(type) { //nolint:errorlint // each error of the tree is looked at
	case interface{ Unwrap() []error }:
		inner = e.Unwrap()
	case interface{ Unwrap() error }:
		if wrapped := e.Unwrap(); wrapped != nil {
			inner = []error{wrapped}
		}
	}
	var texts, lines []string
	for _, e := range inner {
		texts, lines = append(texts, e.Error()), append(lines, ErrorLine(e))
	}
	if len(inner) > 1 && text == strings.Join(texts, "\n") {
		return strings.Join(lines, "; ")
	}
	for n := range texts {
		text = strings.Replace(text, texts[n], lines[n], 1)
	}
	return text
}
