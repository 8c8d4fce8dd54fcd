package table

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Objects prints what "inspect" shows: a JSON array, or for each object a line that the
// template makes of it. A template can use the names in JSON as well as those in Go.
func Objects[Object any](w io.Writer, format string, objects []Object) error {
	if format == "" || format == "json" {
		return printArray(w, format == "", objects)
	}
	row, err := parse(format)
	if err != nil {
		return err
	}
	var output bytes.Buffer
	for i := range objects {
		var line bytes.Buffer
		if err := execute(&line, row, objects[i]); err != nil {
			plain, plainErr := asMap(objects[i])
			if plainErr != nil {
				return plainErr
			}
			line.Reset()
			// As Docker has it: a label that is not there has no value, a field that is not there is an error.
			row.Option("missingkey=error")
			if execute(&line, row, plain) != nil {
				return err
			}
			row.Option("missingkey=default")
		}
		output.Write(line.Bytes())
	}
	_, err = w.Write(output.Bytes())
	return err
}

func printArray[Object any](w io.Writer, indent bool, objects []Object) error {
	if objects == nil {
		objects = []Object{}
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if indent {
		encoder.SetIndent("", "    ")
	}
	return encoder.Encode(objects)
}

// asMap is an object as a reader of its JSON sees it.
func asMap(object any) (map[string]any, error) {
	text, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	var fields map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // 1500000000 is not 1.5e+09
	if err := decoder.Decode(&fields); err != nil {
		return nil, fmt.Errorf("--format: %w", err)
	}
	return fields, nil
}
