package utils

import (
	"strings"
	"testing"
)

func TestDecodeStrictly(t *testing.T) {
	for content, want := range map[string]string{
		`{"name":"a"}`:             "",
		"{\"name\":\"a\"}\n":       "",
		`{"name":"a","more":1}`:    "it cannot be read",
		`{"name":1}`:               "it cannot be read",
		``:                         "it cannot be read",
		`{"name":"a"}{`:            "something is behind its end",
		`{"name":"a"} {"name":""}`: "something is behind its end",
	} {
		var read struct {
			Name string `json:"name"`
		}
		err := DecodeStrictly([]byte(content), &read)
		if want == "" && (err != nil || read.Name != "a") || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %+v, %v, want %q", content, read, err, want)
		}
	}
}
