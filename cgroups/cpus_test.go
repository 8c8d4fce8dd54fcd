package cgroups

import (
	"slices"
	"testing"

	"github.com/mydocker/mydocker/utils"
)

func TestInTurn(t *testing.T) {
	tests := []struct {
		available, own utils.CPUList
		want           utils.CPUList
	}{
		{utils.CPUList{0, 1, 2, 3}, utils.CPUList{0, 1, 2, 3}, utils.CPUList{1, 2, 3, 0}},
		{utils.CPUList{0, 1, 2, 3}, utils.CPUList{0, 2}, utils.CPUList{0, 2}}, // no CPU 1
		{utils.CPUList{0, 1, 2, 3}, utils.CPUList{0, 1, 3}, utils.CPUList{1, 3, 0}},
		{utils.CPUList{0}, utils.CPUList{0, 1}, utils.CPUList{0}},
		{utils.CPUList{2, 3}, utils.CPUList{0, 1}, utils.CPUList{2, 3}}, // mydocker is elsewhere
		{utils.CPUList{0, 1}, nil, utils.CPUList{1, 0}},                 // not known
	}
	for _, test := range tests {
		if got := inTurn(test.available, test.own, 1); !slices.Equal(got, test.want) {
			t.Errorf("inTurn(%v, %v) = %v, want %v", test.available, test.own, got, test.want)
		}
	}
}
