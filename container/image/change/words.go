package change

import (
	"errors"
	"fmt"
	"strings"
)

// pair is a name and its value.
type pair struct{ name, value string }

// pairs reads "NAME=VALUE ..." or, as it was once, "NAME VALUE" with one value that may have
// spaces in it.
func (c *changer) pairs(text string) ([]pair, error) {
	first := strings.Fields(text)[0]
	if !strings.Contains(first, "=") {
		value := strings.TrimSpace(strings.TrimPrefix(text, first))
		if value == "" {
			return nil, fmt.Errorf("%q has no value: NAME=VALUE", first)
		}
		value, err := c.word(value)
		return []pair{{first, value}}, err
	}
	words, err := c.words(text)
	if err != nil {
		return nil, err
	}
	var pairs []pair
	for _, word := range words {
		name, value, found := strings.Cut(word, "=")
		switch {
		case !found:
			return nil, fmt.Errorf("%q has no value: NAME=VALUE", word)
		case name == "":
			return nil, fmt.Errorf("%q has no name before the =", word)
		}
		pairs = append(pairs, pair{name, value})
	}
	return pairs, nil
}

// words splits a text at its spaces, as a shell does: with quotes, backslashes, and the
// variables of the image.
func (c *changer) words(text string) ([]string, error) { return c.lex(text, true) }

// word is a text as one word.
func (c *changer) word(text string) (string, error) {
	words, err := c.lex(text, false)
	return strings.Join(words, ""), err
}

// lexer reads words.
type lexer struct {
	c *changer
	// left is what was not read yet; it only gets shorter.
	left  string
	split bool
	words []string
	word  strings.Builder
	// begun says that there is a word, and be it empty: "".
	begun bool
}

func (c *changer) lex(text string, split bool) ([]string, error) {
	l := &lexer{c: c, left: text, split: split}
	for l.left != "" {
		if err := l.next(); err != nil {
			return nil, err
		}
	}
	l.end()
	return l.words, nil
}

func (l *lexer) end() {
	if l.begun {
		l.words = append(l.words, l.word.String())
	}
	l.word.Reset()
	l.begun = false
}

// take takes the next byte.
func (l *lexer) take() byte {
	taken := l.left[0]
	l.left = l.left[1:]
	return taken
}

func (l *lexer) next() error {
	switch next := l.take(); {
	case l.split && (next == ' ' || next == '\t'):
		l.end()
		return nil
	case next == '\'':
		end := strings.IndexByte(l.left, '\'')
		if end < 0 {
			return errors.New("a ' has no end")
		}
		l.word.WriteString(l.left[:end])
		l.left = l.left[end+1:]
	case next == '"':
		if err := l.quoted(); err != nil {
			return err
		}
	case next == '\\' && l.left != "":
		l.word.WriteByte(l.take())
	default:
		if err := l.add(next); err != nil {
			return err
		}
	}
	l.begun = true
	return nil
}

// add adds a byte to the word, or the value of the variable that begins with it.
func (l *lexer) add(next byte) error {
	if next != '$' {
		return l.word.WriteByte(next)
	}
	value, err := l.variable()
	l.word.WriteString(value)
	return err
}

// quoted reads up to the ".
func (l *lexer) quoted() error {
	for l.left != "" {
		switch next := l.take(); {
		case next == '"':
			return nil
		case next == '\\' && l.left != "" && strings.IndexByte(`"$\`, l.left[0]) >= 0:
			l.word.WriteByte(l.take())
		default:
			if err := l.add(next); err != nil {
				return err
			}
		}
	}
	return errors.New(`a " has no end`)
}

// variable is the value of $NAME, ${NAME}, ${NAME:-WORD} or ${NAME:+WORD}, whose $ was read.
func (l *lexer) variable() (string, error) {
	if !strings.HasPrefix(l.left, "{") {
		name := variableName(l.left)
		if name == "" {
			return "$", nil
		}
		l.left = l.left[len(name):]
		return l.c.getenv(name), nil
	}
	inside, rest, found := strings.Cut(l.left[1:], "}")
	if !found {
		return "", errors.New("a ${ has no }")
	}
	l.left = rest
	name := variableName(inside)
	value, operator := l.c.getenv(name), inside[len(name):]
	switch {
	case name == "" || strings.Contains(operator, "$"):
	case operator == "":
		return value, nil
	case strings.HasPrefix(operator, ":-"):
		if value == "" {
			value = operator[2:]
		}
		return value, nil
	case strings.HasPrefix(operator, ":+"):
		if value != "" {
			value = operator[2:]
		}
		return value, nil
	}
	return "", fmt.Errorf("${%s} is not understood: ${NAME}, ${NAME:-WORD} and ${NAME:+WORD} are", inside)
}

// variableName is the name of a variable with which a text begins.
func variableName(text string) string {
	end := 0
	for end < len(text) && (isLetter(text[end]) || end > 0 && text[end] >= '0' && text[end] <= '9') {
		end++
	}
	return text[:end]
}

func isLetter(b byte) bool { return b == '_' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }

func (c *changer) getenv(name string) string {
	for _, variable := range c.config.Env {
		if key, value, _ := strings.Cut(variable, "="); key == name {
			return value
		}
	}
	return ""
}
