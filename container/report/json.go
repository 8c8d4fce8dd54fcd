package report

import (
	"bytes"
	"encoding/json"
)

// JSON is the report as one line, a JSON object. The package that writes it is
// in the program anyway, for the log.
func (r *Report) JSON() ([]byte, error) {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false) // arguments are read by people, too
	err := encoder.Encode(r)
	return line.Bytes(), err
}
