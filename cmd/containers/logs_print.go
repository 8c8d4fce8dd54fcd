package containers

import (
	"bytes"
	"io"
	"net/url"

	"github.com/mydocker/mydocker/container/logs"
)

// logPrinter writes records as docker logs does. What goes to one stream is written before what
// comes behind it on the other one: both may be the same file.
type logPrinter struct {
	// out are stdout and stderr.
	out                 [2]io.Writer
	timestamps, details bool
	// red has lines of stderr be red.
	red bool

	buffer []byte
	stream logs.Stream
	// inside says of each stream that its last record was no whole line.
	inside [2]bool
}

// printedAtOnce is how much is gathered before it is written.
const printedAtOnce = 64 << 10

// timeLayout has all digits, as Docker has it: lines stand below each other.
const timeLayout = "2006-01-02T15:04:05.000000000Z07:00"

// Take implements logs.Sink.
func (p *logPrinter) Take(r *logs.Record) error {
	if r.Stream != p.stream || len(p.buffer) >= printedAtOnce {
		if err := p.Flush(); err != nil {
			return err
		}
	}
	p.stream = r.Stream
	if !p.inside[r.Stream] {
		p.begin(r)
	}
	text, newline := bytes.CutSuffix(r.Data, []byte("\n"))
	p.inside[r.Stream] = !newline
	isRed := p.red && r.Stream == logs.Stderr && len(text) > 0
	if isRed {
		p.buffer = append(p.buffer, "\x1b[31m"...)
	}
	p.buffer = append(p.buffer, text...)
	if isRed {
		p.buffer = append(p.buffer, "\x1b[0m"...)
	}
	if newline {
		p.buffer = append(p.buffer, '\n')
	}
	return nil
}

// begin begins a line.
func (p *logPrinter) begin(r *logs.Record) {
	if p.timestamps {
		p.buffer = r.Time().UTC().AppendFormat(p.buffer, timeLayout)
		p.buffer = append(p.buffer, ' ')
	}
	if !p.details {
		return
	}
	for i, attribute := range r.Attributes() {
		if i > 0 {
			p.buffer = append(p.buffer, ',')
		}
		p.buffer = append(p.buffer, url.QueryEscape(attribute.Name)+"="+url.QueryEscape(attribute.Value)...)
	}
	p.buffer = append(p.buffer, ' ')
}

// Flush implements logs.Sink.
func (p *logPrinter) Flush() error {
	if len(p.buffer) == 0 {
		return nil
	}
	_, err := p.out[p.stream].Write(p.buffer)
	p.buffer = p.buffer[:0]
	return err
}
