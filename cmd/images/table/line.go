package table

import (
	"bytes"
	"io"
	"text/template"
)

// Line prints one object after the other, a line each, by a template or as JSON.
type Line struct{ row *template.Template }

// NewLine reads the format: "json" or a template.
func NewLine(format string) (*Line, error) {
	if format == "json" {
		format = "{{json .}}"
	}
	row, err := parse(format)
	if err != nil {
		return nil, err
	}
	return &Line{row.Option("missingkey=default")}, nil // what one object has another may not have
}

// Print prints an object.
func (l *Line) Print(w io.Writer, object any) error {
	var line bytes.Buffer
	if err := execute(&line, l.row, object); err != nil {
		return err
	}
	_, err := w.Write(line.Bytes())
	return err
}
