package logs

import (
	"encoding/base64"
	"strconv"
	"time"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendRecord appends a record as a line of JSON. attrs is what attributes returns, at the time
// as JSON has it.
func appendRecord(to []byte, stream Stream, attrs string, at, data []byte) []byte {
	to = append(to, `{"log":"`...)
	isText := utf8.Valid(data)
	if isText {
		to = appendEscaped(to, data)
	} else {
		to = appendInvalid(to, data)
	}
	to = append(to, `","stream":"`...)
	to = append(to, stream.String()...)
	to = append(to, '"')
	to = append(to, attrs...)
	if !isText {
		to = append(to, `,"raw":"`...)
		to = base64.StdEncoding.AppendEncode(to, data)
		to = append(to, '"')
	}
	return appendTime(to, at)
}

func appendTime(to, at []byte) []byte {
	to = append(to, `,"time":"`...)
	to = append(to, at...)
	return append(to, "\"}\n"...)
}

// appendLoss appends the record that says how many bytes are missing before it.
func appendLoss(to []byte, lost int64, why error, attrs string, at []byte) []byte {
	to = append(to, `{"log":"`...)
	to = appendEscaped(to, []byte("mydocker: "+strconv.FormatInt(lost, 10)+" bytes of the output could not be written to the log: "+why.Error()+"\n"))
	to = append(to, `","stream":"stderr"`...)
	to = append(to, attrs...)
	to = append(to, `,"lost":`...)
	to = strconv.AppendInt(to, lost, 10)
	return appendTime(to, at)
}

func formatTime(to []byte, at time.Time) []byte { return at.UTC().AppendFormat(to, time.RFC3339Nano) }

// appendEscaped appends valid UTF-8 as the inside of a string of JSON.
func appendEscaped(to, text []byte) []byte {
	from := 0
	for i, c := range text {
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		to = append(to, text[from:i]...)
		to = appendEscape(to, c)
		from = i + 1
	}
	return append(to, text[from:]...)
}

func appendEscape(to []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(to, '\\', c)
	case '\n':
		return append(to, `\n`...)
	case '\r':
		return append(to, `\r`...)
	case '\t':
		return append(to, `\t`...)
	}
	return append(to, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// appendInvalid is appendEscaped for what is not all UTF-8: each byte that is not becomes U+FFFD.
func appendInvalid(to, text []byte) []byte {
	from := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' {
			i++
			continue
		}
		r, size := rune(c), 1
		if c >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(text[i:])
		}
		if size > 1 {
			i += size
			continue
		}
		to = append(to, text[from:i]...)
		if r == utf8.RuneError {
			to = append(to, "\ufffd"...)
		} else {
			to = appendEscape(to, c)
		}
		i++
		from = i
	}
	return append(to, text[from:]...)
}
