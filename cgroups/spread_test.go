package cgroups

import (
	"testing"

	"github.com/mydocker/mydocker/utils"
)

func TestLeastUsed(t *testing.T) {
	tests := []struct {
		pins []utils.CPUList
		want int
	}{
		{nil, 1},
		{[]utils.CPUList{{1}}, 2},
		{[]utils.CPUList{{1}, {2}, {0}}, 1},
		{[]utils.CPUList{{0}}, 1}, // the first has ended
		{[]utils.CPUList{{1}, {1}, {2}}, 0},
		{[]utils.CPUList{{0, 1}, {5}}, 2},
		{[]utils.CPUList{nil}, 2}, // will be 1
		{[]utils.CPUList{nil, {2}, nil}, 1},
	}
	for _, test := range tests {
		if got := leastUsed(utils.CPUList{1, 2, 0}, test.pins); got != test.want {
			t.Errorf("beside those on %v: CPU %d, want %d", test.pins, got, test.want)
		}
	}
}
