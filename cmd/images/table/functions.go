package table

import (
	"fmt"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"
)

// functions are those that Docker gives to templates, beside the ones of Go.
func functions() template.FuncMap {
	return template.FuncMap{
		"json":     toJSON,
		"split":    strings.Split,
		"join":     strings.Join,
		"title":    title,
		"lower":    strings.ToLower,
		"upper":    strings.ToUpper,
		"pad":      pad,
		"truncate": Truncate,
		"println":  fmt.Sprintln,
	}
}

// titleFunctions leave the title of a column as it is.
func titleFunctions() template.FuncMap {
	same := func(text string) string { return text }
	return template.FuncMap{
		"json": same, "title": same, "lower": same, "upper": same,
		"truncate": func(text string, _ int) string { return text },
	}
}

// title writes the first letter of each word as a capital.
func title(text string) string {
	before := ' '
	return strings.Map(func(r rune) rune {
		begins := unicode.IsSpace(before)
		before = r
		if begins {
			return unicode.ToTitle(r)
		}
		return r
	}, text)
}

// pad puts blanks before and behind a text, which may not be empty.
func pad(text string, before, behind int) string {
	if text == "" {
		return text
	}
	const most = 1000
	return strings.Repeat(" ", min(max(before, 0), most)) + text + strings.Repeat(" ", min(max(behind, 0), most))
}

// Truncate is the beginning of a text, of at most so many letters.
func Truncate(text string, length int) string {
	if length < 0 || utf8.RuneCountInString(text) <= length {
		return text
	}
	return string([]rune(text)[:length])
}

// Ellipsis is the same with a sign that something was left out, as Docker has it in tables.
func Ellipsis(text string, length int) string {
	if utf8.RuneCountInString(text) <= length {
		return text
	}
	return Truncate(text, length-1) + "…"
}
