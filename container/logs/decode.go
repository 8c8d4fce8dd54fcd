package logs

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// Record is a record that was read: a line with its newline, or a part of one. It is valid until
// the next one is read.
type Record struct {
	Stream Stream
	Data   []byte
	// Lost is not 0 where the record is no output, but says that so many bytes of it are missing;
	// -1 where nobody knows how many.
	Lost int64

	time, attrs []byte // as they are in the file
}

// Attribute is what a record says of its container: a label, a variable or the tag.
type Attribute struct{ Name, Value string }

// Time is when the record was written, the zero time if that is not known.
func (r *Record) Time() time.Time {
	at, err := time.Parse(time.RFC3339Nano, string(r.time))
	if err != nil {
		return time.Time{}
	}
	return at
}

// Attributes are those of the record, by name.
func (r *Record) Attributes() (attrs []Attribute) {
	s := scanner{rest: r.attrs, ok: true}
	for name, value := range s.members() {
		if len(value) > 0 && value[0] == '"' {
			attrs = append(attrs, Attribute{string(unescape(nil, name)), string(unescape(nil, value[1:len(value)-1]))})
		}
	}
	slices.SortFunc(attrs, func(a, b Attribute) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	return attrs
}

// decoder reads lines of a log.
type decoder struct {
	record Record
	data   []byte
}

// decode reads a line, without its newline. What is none of a log, such as one whose writer was
// killed, is nil. What it does not know in a line it ignores.
func (d *decoder) decode(line []byte) *Record {
	var f fields
	s := scanner{rest: line, ok: true}
	for name, value := range s.members() {
		f.set(name, value)
	}
	if !s.ok || len(s.rest) > 0 || f.log == nil {
		return nil
	}
	d.record = Record{Lost: f.lost, time: f.time, attrs: f.attrs}
	if string(f.stream) == "stderr" {
		d.record.Stream = Stderr
	}
	if f.raw == nil {
		d.record.Data = d.unescape(f.log)
		return &d.record
	}
	var err error
	d.data, err = base64.StdEncoding.AppendDecode(d.data[:0], f.raw)
	d.record.Data = d.data
	if err != nil {
		return nil
	}
	return &d.record
}

// fields are the members of a line that it is read for, strings without their quotes.
type fields struct {
	log, raw, stream, time, attrs []byte
	lost                          int64
}

func (f *fields) set(name, value []byte) {
	isText := value[0] == '"'
	text := value[1:max(1, len(value)-1)]
	switch {
	case string(name) == "log" && isText:
		f.log = text
	case string(name) == "raw" && isText:
		f.raw = text
	case string(name) == "stream" && isText:
		f.stream = text
	case string(name) == "time" && isText:
		f.time = text
	case string(name) == "attrs":
		f.attrs = value
	case string(name) == "lost":
		lost, err := strconv.ParseInt(string(value), 10, 64)
		if err != nil {
			lost = -1
		}
		f.lost = lost
	}
}

func (d *decoder) unescape(text []byte) []byte {
	if bytes.IndexByte(text, '\\') < 0 {
		return text
	}
	d.data = unescape(d.data[:0], text)
	return d.data
}

// unescape appends what the inside of a string of JSON stands for.
func unescape(to, text []byte) []byte {
	for {
		at := bytes.IndexByte(text, '\\')
		if at < 0 || at+1 == len(text) {
			return append(to, text...)
		}
		to = append(to, text[:at]...)
		c := text[at+1]
		text = text[at+2:]
		switch c {
		case 'n':
			to = append(to, '\n')
		case 't':
			to = append(to, '\t')
		case 'r':
			to = append(to, '\r')
		case 'b':
			to = append(to, '\b')
		case 'f':
			to = append(to, '\f')
		case 'u':
			to, text = unescapeUnicode(to, text)
		default:
			to = append(to, c)
		}
	}
}

// unescapeUnicode appends the character of the four digits behind \u, and of a second such, where
// it takes both.
func unescapeUnicode(to, text []byte) (appended, rest []byte) {
	first := hexRune(text)
	if first < 0 {
		return utf8.AppendRune(to, utf8.RuneError), text
	}
	text = text[4:]
	if utf16.IsSurrogate(first) {
		second := rune(-1)
		if bytes.HasPrefix(text, []byte(`\u`)) {
			second = hexRune(text[2:])
		}
		if first = utf16.DecodeRune(first, second); first != utf8.RuneError {
			text = text[6:]
		}
	}
	return utf8.AppendRune(to, first), text
}

// hexRune is the number of the first four digits, -1 for none.
func hexRune(text []byte) rune {
	if len(text) < 4 {
		return -1
	}
	value, err := strconv.ParseUint(string(text[:4]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(value)
}
