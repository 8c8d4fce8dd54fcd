// Package table prints lists as Docker prints them: in columns, by a Go template (--format),
// or as JSON. A list is a slice of structs; the names of their fields, and of their methods,
// are those that a template can use.
package table

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"text/tabwriter"
	"text/template"

	"github.com/mydocker/mydocker/utils"
)

// List says how a list is printed.
type List[Row any] struct {
	// Format is what the user asks for: "table", "table TEMPLATE", "json" or a template. ""
	// is Default.
	Format string
	// Default is a template, and means a table.
	Default string
	// Header has the title of each column, by the name of its field.
	Header Header
}

// Header has titles by the names of fields. It is what the first line of a table is made of,
// by the same template as all others.
type Header map[string]string

// Label is the title of a column that shows a label.
func (Header) Label(name string) string {
	_, last, found := strings.Cut(name, ".")
	for found {
		name = last
		_, last, found = strings.Cut(name, ".")
	}
	return strings.NewReplacer("-", " ", "_", " ").Replace(name)
}

// The distances of Docker's columns.
const (
	minColumn   = 10
	columnSpace = 3
)

// Print prints the rows.
func (l *List[Row]) Print(w io.Writer, rows []Row) error {
	if strings.TrimSpace(l.Format) == "raw" {
		return errors.New("--format raw is not there: table, table TEMPLATE, json and templates are")
	}
	text, isTable := l.template()
	row, err := parse(text)
	if err != nil {
		return err
	}
	var output bytes.Buffer
	if !isTable {
		if err := executeAll(&output, row, rows); err != nil {
			return err
		}
		_, err = w.Write(output.Bytes())
		return err
	}
	columns := tabwriter.NewWriter(&output, minColumn, 1, columnSpace, ' ', 0)
	title, err := row.Clone()
	if err != nil {
		return err
	}
	if err := execute(columns, title.Funcs(titleFunctions()), l.Header); err != nil {
		return withFields[Row](err)
	}
	if err := executeAll(columns, row, oneLine(rows)); err != nil {
		return err
	}
	if err := columns.Flush(); err != nil {
		return err
	}
	_, err = w.Write(output.Bytes())
	return err
}

// template is the template of a row, and whether it makes a table.
func (l *List[Row]) template() (text string, isTable bool) {
	format := strings.TrimSpace(l.Format)
	switch rest, found := strings.CutPrefix(format, "table"); {
	case format == "", format == "table":
		return l.Default, true
	case format == "json":
		return "{{json .}}", false
	case found && (rest[0] == ' ' || rest[0] == '\t' || strings.HasPrefix(rest, `\t`) || rest[0] == '{'):
		return strings.TrimLeft(rest, " "), true
	}
	return l.Format, false
}

// Parse checks a template and makes it ready. In it \t and \n are a tab and a newline, as
// shells do not make them.
func parse(text string) (*template.Template, error) {
	text = strings.NewReplacer(`\t`, "\t", `\n`, "\n").Replace(text)
	parsed, err := template.New("--format").Funcs(functions()).Parse(text)
	if err != nil {
		return nil, fmt.Errorf("--format: %w", explained(err))
	}
	return parsed, nil
}

func executeAll[Row any](w io.Writer, row *template.Template, rows []Row) error {
	for i := range rows {
		if err := execute(w, row, rows[i]); err != nil {
			return withFields[Row](err)
		}
	}
	return nil
}

func execute(w io.Writer, row *template.Template, data any) error {
	if err := row.Execute(w, data); err != nil {
		return fmt.Errorf("--format: %w", explained(err))
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// withFields says which fields there are, where err is that one is not.
func withFields[Row any](err error) error {
	_, what, is := strings.Cut(err.Error(), "can't evaluate field ")
	if !is {
		_, what, is = strings.Cut(err.Error(), "map has no entry for key ")
	}
	row := reflect.TypeFor[Row]()
	if !is || row.Kind() != reflect.Struct {
		return err
	}
	var fields []string
	for _, field := range reflect.VisibleFields(row) {
		if field.IsExported() {
			fields = append(fields, field.Name)
		}
	}
	name, _, _ := strings.Cut(what, " ")
	return fmt.Errorf("--format: can't evaluate field %s: there are %s", strings.Trim(name, `"`), strings.Join(fields, ", "))
}

// explained leaves out what the package text/template says of itself.
func explained(err error) error {
	text := strings.TrimPrefix(err.Error(), "template: --format:")
	return fmt.Errorf("%s", strings.TrimSpace(text))
}

// oneLine writes what would break a table, such as a newline in a label, as Go does between
// quotes.
func oneLine[Row any](rows []Row) []Row {
	clean := make([]Row, len(rows))
	copy(clean, rows)
	for i := range clean {
		fields := reflect.ValueOf(&clean[i]).Elem()
		if fields.Kind() != reflect.Struct {
			continue
		}
		for n := range fields.NumField() {
			if field := fields.Field(n); field.Kind() == reflect.String && field.CanSet() {
				field.SetString(utils.OneLine(field.String()))
			}
		}
	}
	return clean
}

// JSON is the text of a value as JSON, in one line.
func toJSON(value any) (string, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return strings.TrimSpace(text.String()), err
}
