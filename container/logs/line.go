package logs

import (
	"bytes"
	"unicode/utf8"
)

// MaxRecord is the most bytes of output in one record, as in Docker.
const MaxRecord = 16 << 10

// line is the beginning of a line whose end has not been written yet.
type line struct{ begun []byte }

// take hands on each line that is whole, with its newline, and what is longer than a record in
// pieces. A piece is valid until emit returns.
func (l *line) take(data []byte, emit func(piece []byte)) {
	for len(data) > 0 {
		window := data[:min(len(data), MaxRecord-len(l.begun))]
		if n := bytes.IndexByte(window, '\n') + 1; n > 0 {
			l.emit(window[:n], emit)
			data = data[n:]
			continue
		}
		if len(l.begun)+len(window) < MaxRecord {
			l.begun = append(l.begun, window...)
			return
		}
		data = data[len(window):]
		l.emitFull(window, emit)
	}
}

// emit hands on what was begun, with its end.
func (l *line) emit(end []byte, emit func([]byte)) {
	if len(l.begun) == 0 {
		emit(end)
		return
	}
	l.begun = append(l.begun, end...)
	emit(l.begun)
	l.begun = l.begun[:0]
}

// emitFull hands on a full record that is no whole line. A character at its end that goes on
// behind it stays for the next one.
func (l *line) emitFull(end []byte, emit func([]byte)) {
	piece := end
	if len(l.begun) > 0 {
		l.begun = append(l.begun, end...)
		piece = l.begun
	}
	at := endOfRunes(piece)
	emit(piece[:at])
	l.begun = append(l.begun[:0], piece[at:]...)
}

// rest is what is left without an end. Nothing is left then.
func (l *line) rest() []byte {
	rest := l.begun
	l.begun = nil
	return rest
}

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
