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
