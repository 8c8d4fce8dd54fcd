package logs

import (
	"bytes"
	"unicode/utf8"
)

// MaxRecord is the most bytes of output in one record, as in Docker.
const MaxRecord = 16 << 10

// line is the beginning of a line whose end has not been written yet.
type line struct {
	begun []byte
	// taken are those bytes of begun that next has returned.
	taken int
}

// next takes the first record out of what was begun and data: a line with its newline, or of a
// longer one as much as fits. It is valid until the next call. nil is none: then all of data is
// begun.
func (l *line) next(data []byte) (piece, rest []byte) {
	l.begun = l.begun[:copy(l.begun, l.begun[l.taken:])]
	l.taken = 0
	window := data[:min(len(data), MaxRecord-len(l.begun))]
	n := bytes.IndexByte(window, '\n') + 1
	if n == 0 && len(l.begun)+len(window) < MaxRecord {
		l.begun = append(l.begun, window...)
		return nil, nil
	}
	if n == 0 {
		return l.full(window, data)
	}
	if len(l.begun) == 0 {
		return window[:n], data[n:]
	}
	l.begun = append(l.begun, window[:n]...)
	l.taken = len(l.begun)
	return l.begun, data[n:]
}

// full is a record that is no whole line. A character at its end that goes on behind it stays
// for the next one.
func (l *line) full(window, data []byte) (piece, rest []byte) {
	if len(l.begun) == 0 {
		n := endOfRunes(window)
		return window[:n], data[n:]
	}
	l.begun = append(l.begun, window...)
	l.taken = endOfRunes(l.begun)
	return l.begun[:l.taken], data[len(window):]
}

// rest is what is left without an end. Nothing is left then.
func (l *line) rest() []byte {
	rest := l.unfinished()
	l.begun, l.taken = nil, 0
	return rest
}

// unfinished is that without taking it.
func (l *line) unfinished() []byte { return l.begun[l.taken:] }

// endOfRunes is where the last character ends that is whole.
func endOfRunes(text []byte) int {
	for at := len(text) - 1; at >= 0 && at > len(text)-utf8.UTFMax; at-- {
		if !utf8.RuneStart(text[at]) {
			continue
		}
		if !utf8.FullRune(text[at:]) {
			return at
		}
		break
	}
	return len(text)
}
