// Package decode reads JSON into Go's types, strictly: what it does not know it refuses by its path.
//
//	decode.go   values, by the types that they are read into
//	scan.go     words of JSON
package decode

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mydocker/mydocker/utils"
)

// decoder reads JSON by the types that it is read into. encoding/json would take fields that it
// does not know, and the last of two members with one name: what such a configuration asks for would
// be lost. And it prepares to write all the types, too, which takes a quarter of a millisecond in each
// process.
type decoder struct {
	scanner
	types map[reflect.Type][]field
	part  Part
}

// Part says of a pointer what is to become of the text of what it points to: where it is kept, nil for
// nowhere, and whether that is all, and it is not read.
type Part func(pointer any) (keep *string, only bool)

// field is one of a struct.
type field struct {
	name  string
	index []int
	// other is the platform that it belongs to if that is not Linux.
	other string
}

// fieldError is an error in a field, whose path grows on the way out.
type fieldError struct {
	path string
	err  error
}

func (e *fieldError) Error() string { return e.path + ": " + e.err.Error() }
func (e *fieldError) Unwrap() error { return e.err }

// In adds the field that an error is in: a name, or an index in brackets.
func In(field string, err error) error {
	if err == nil {
		return nil
	}
	field = utils.Shortened(field)
	inner, is := err.(*fieldError) //nolint:errorlint // nothing is between two of them
	switch {
	case !is:
		return &fieldError{field, err}
	case strings.HasPrefix(inner.path, "["):
		return &fieldError{field + inner.path, inner.err}
	}
	return &fieldError{field + "." + inner.path, inner.err}
}

// Text reads a text into a value, which is a pointer, and refuses what it does not know by its path.
func Text(text string, into any) error {
	return Parts(text, into, func(any) (*string, bool) { return nil, false })
}

// Parts is Text, and keeps the text of parts.
func Parts(text string, into any, part Part) (err error) {
	d := decoder{types: map[reflect.Type][]field{}, part: part}
	if d.scanner, err = newScanner(text); err != nil {
		return err
	}
	err = d.value(reflect.ValueOf(into).Elem())
	if d.space(); err == nil && d.at < len(d.text) {
		err = d.wants("the end")
	}
	return err
}

// value reads what comes next. null is nothing, as in encoding/json.
func (d *decoder) value(v reflect.Value) error {
	if d.word("null") {
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return d.pointed(v)
	case reflect.Struct:
		if point, is := v.Addr().Interface().(*time.Time); is {
			return d.time(point)
		}
		return d.object(v)
	case reflect.Slice:
		return d.slice(v)
	case reflect.Map:
		return d.table(v)
	case reflect.String:
		text, err := d.string()
		v.SetString(text)
		return err
	case reflect.Bool:
		return d.bool(v)
	default:
		return d.integer(v)
	}
}

// pointed reads what a pointer points to.
func (d *decoder) pointed(v reflect.Value) (err error) {
	d.space()
	start := d.at
	keep, only := d.part(v.Interface())
	if only {
		_, err = d.skipEmpty(0)
	} else {
		err = d.value(v.Elem())
	}
	if keep != nil {
		*keep = d.text[start:d.at]
	}
	return err
}

// time reads a point in time (RFC 3339).
func (d *decoder) time(into *time.Time) error {
	text, err := d.string()
	if err == nil {
		*into, err = time.Parse(time.RFC3339Nano, text)
	}
	return err
}

// raw keeps a value as it is written.
func (d *decoder) raw(into *json.RawMessage) error {
	d.space()
	start := d.at
	_, err := d.skipEmpty(0)
	*into = json.RawMessage(d.text[start:d.at])
	return err
}

func (d *decoder) bool(v reflect.Value) error {
	switch {
	case d.word("true"):
		v.SetBool(true)
	case !d.word("false"):
		return d.wants("true or false")
	}
	return nil
}

func (d *decoder) integer(v reflect.Value) error {
	number, err := d.number()
	if err != nil {
		return err
	}
	bits := v.Type().Bits()
	if v.CanInt() {
		var n int64
		if n, err = strconv.ParseInt(number, 10, bits); err == nil {
			v.SetInt(n)
			return nil
		}
		return fmt.Errorf("%s is not a whole number of %d bits", utils.Shortened(number), bits)
	}
	n, err := strconv.ParseUint(number, 10, bits)
	if err != nil {
		return fmt.Errorf("%s is not a whole number of %d bits without a sign", utils.Shortened(number), bits)
	}
	v.SetUint(n)
	return nil
}

func (d *decoder) slice(v reflect.Value) error {
	switch list := v.Addr().Interface().(type) {
	case *[]string:
		return d.strings(list)
	case *json.RawMessage:
		return d.raw(list)
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	return d.elements(func(n int) error {
		v.Grow(1)
		v.SetLen(n + 1)
		return InElement(n, d.value(v.Index(n)))
	})
}

// strings is slice for most of a configuration.
func (d *decoder) strings(list *[]string) error {
	*list = []string{}
	return d.elements(func(n int) error {
		var text string
		var err error
		if !d.word("null") {
			text, err = d.string()
		}
		*list = append(*list, text)
		return InElement(n, err)
	})
}

// InElement adds the index of the element that an error is in.
func InElement(n int, err error) error {
	if err == nil {
		return nil
	}
	return In("["+strconv.Itoa(n)+"]", err)
}

// table reads a map, whose keys are strings.
func (d *decoder) table(v reflect.Value) error {
	table := reflect.MakeMap(v.Type())
	err := d.members(func(name string) error {
		key := reflect.ValueOf(name).Convert(v.Type().Key())
		if table.MapIndex(key).IsValid() {
			return In(name, errTwice)
		}
		element := reflect.New(v.Type().Elem()).Elem()
		err := d.value(element)
		table.SetMapIndex(key, element)
		return In(name, err)
	})
	v.Set(table)
	return err
}

const (
	errTwice   = utils.Sentinel("it is there twice")
	errUnknown = utils.Sentinel("unknown field: what it asks for would be missing")
)

func (d *decoder) object(v reflect.Value) error {
	fields := d.fields(v.Type())
	var seen, folded uint64 // no type has more fields
	var starts [64]int      // where their values are
	return d.members(func(name string) error {
		these := &seen
		n := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
		if n < 0 {
			these = &folded
			n = slices.IndexFunc(fields, func(f field) bool { return strings.EqualFold(f.name, name) })
		}
		if n < 0 {
			return In(name, errUnknown)
		}
		if *these>>n&1 != 0 {
			return In(name, errTwice)
		}
		*these |= 1 << n
		f := &fields[n]
		if f.other != "" {
			empty, err := d.skipEmpty(0)
			if err == nil && !empty {
				err = fmt.Errorf("it is for %s, and this is Linux", f.other)
			}
			return In(name, err)
		}
		if seen&folded>>n&1 != 0 {
			return In(name, d.more(v.FieldByIndex(f.index), starts[n]))
		}
		starts[n] = d.at
		return In(name, d.value(v.FieldByIndex(f.index)))
	})
}

// more reads what comes with the name of an earlier value in another case. encoding/json, by which
// the engines read, has both objects in one, and of what both say the last: that is refused.
func (d *decoder) more(v reflect.Value, earlier int) error {
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Type().Elem().Kind() != reflect.Struct || d.word("null") {
		return errTwice
	}
	if keep, only := d.part(v.Interface()); keep != nil || only {
		return errTwice
	}
	said, err := d.names(earlier)
	if err != nil {
		return err
	}
	again, err := d.names(d.at)
	if err != nil {
		return err
	}
	for _, name := range again {
		if slices.ContainsFunc(said, func(other string) bool { return strings.EqualFold(other, name) }) {
			return errTwice
		}
	}
	return d.object(v.Elem())
}

// names lists those of the members of an object elsewhere in the text.
func (d *decoder) names(start int) (names []string, err error) {
	at := d.at
	d.at = start
	err = d.members(func(name string) error {
		names = append(names, name)
		_, err := d.skipEmpty(0)
		return err
	})
	d.at = at
	return names, err
}

// fields lists the fields of a struct, those of embedded ones among them.
func (d *decoder) fields(t reflect.Type) []field {
	if list, known := d.types[t]; known {
		return list
	}
	list := make([]field, 0, t.NumField())
	for n := range t.NumField() {
		f := t.Field(n)
		if f.Anonymous {
			for _, inner := range d.fields(f.Type) {
				inner.index = append([]int{n}, inner.index...)
				list = append(list, inner)
			}
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = f.Name
		}
		next := field{name: name, index: f.Index}
		if platforms := f.Tag.Get("platform"); platforms != "" && !slices.Contains(strings.Split(platforms, ","), "linux") {
			next.other = platforms
		}
		list = append(list, next)
	}
	d.types[t] = list
	return list
}
