package spec

import (
	"testing"

	"github.com/mydocker/mydocker/utils"
)

func TestIDMapValidate(t *testing.T) {
	for _, good := range []IDMap{{0, 0, 1}, {0, 100000, 65536}, {0, 0, utils.MaxIDs}, {utils.MaxIDs - 1, 0, 1}} {
		if err := good.Validate(); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []IDMap{{0, 0, 0}, {1, 0, utils.MaxIDs}, {0, 1, utils.MaxIDs}, {utils.MaxIDs, 0, 1}} {
		if err := bad.Validate(); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}
