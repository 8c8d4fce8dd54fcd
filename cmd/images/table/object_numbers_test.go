package table

import (
	"strings"
	"testing"
)

// TestObjectsNumbers has a name of the JSON, for which the fields in Go are no help.
func TestObjectsNumbers(t *testing.T) {
	objects := []struct {
		Nano int64 `json:"nano"`
	}{{1500000000}}
	var out strings.Builder
	if err := Objects(&out, "{{.nano}}", objects); err != nil || out.String() != "1500000000\n" {
		t.Errorf("printed %q, %v", out.String(), err)
	}
}

// A key that a map does not have is no error, a field that an object does not have is one.
func TestObjectsMissing(t *testing.T) {
	type object struct{ Labels map[string]string }
	objects := []object{{map[string]string{"a": "1"}}, {nil}}
	var out strings.Builder
	if err := Objects(&out, "{{.Labels.a}}|{{index .Labels \"b\"}}", objects); err != nil || out.String() != "1|\n<no value>|\n" {
		t.Errorf("printed %q, %v", out.String(), err)
	}
	if err := Objects(&out, "{{.NoSuch}}", objects); err == nil {
		t.Error("there is no such field")
	}
}
