package lifecycle

import (
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

func TestNamed(t *testing.T) {
	for _, test := range []struct {
		version string
		limit   int64
		kept    bool
	}{
		{"1.0.2-dev", 0, false}, {"1.2.1", 0, false}, {"1.0.0", 5, true}, {"1.0.0", -1, true}, {"1.3.0", 0, true}, {"1.10.0", 0, true},
	} {
		r := &specs.LinuxResources{Pids: &specs.LinuxPids{Limit: &test.limit}}
		if got := named(test.version, r); (got.Pids != nil) != test.kept || r.Pids == nil {
			t.Errorf("%+v: %+v", test, got)
		}
	}
	if named("1.0.0", nil) != nil {
		t.Error("nothing names something")
	}
}
