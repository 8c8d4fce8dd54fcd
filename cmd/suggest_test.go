package cmd

import "testing"

func TestIsNear(t *testing.T) {
	tests := []struct {
		given, known string
		want         bool
	}{
		{"memry", "memory", true},
		{"memroy", "memory", true},
		{"rum", "run", true},
		{"rnu", "run", true},
		{"cpu", "cpuset-cpus", true},
		{"run", "run", false},
		{"rm", "name", false},
		{"ps", "completion", false},
		{"tmpfs", "t", false},
		{"x", "t", false},
		{"info", "init", false},
		{"anything", "", false},
		{"", "run", false},
	}
	for _, test := range tests {
		if got := isNear(test.given, test.known); got != test.want {
			t.Errorf("isNear(%q, %q) = %v", test.given, test.known, got)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"rnu", "run", 1}, {"ca", "abc", 3}, {"same", "same", 0}} {
		if got := distance(test.a, test.b); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
