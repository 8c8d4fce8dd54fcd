package utils

import "testing"

func TestNewID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		id, err := NewID()
		if err != nil {
			t.Fatal(err)
		}
		if !IsID(id) {
			t.Fatalf("NewID() = %q, which IsID denies", id)
		}
		if seen[id] {
			t.Fatalf("NewID() gave %q twice", id)
		}
		seen[id] = true
	}
}

func TestIsID(t *testing.T) {
	tests := map[string]bool{
		"0123456789ab":  true,
		"ffffffffffff":  true,
		"000000000000":  true,
		"":              false,
		"0123456789a":   false,
		"0123456789abc": false,
		"0123456789AB":  false,
		"0123456789ag":  false,
		"g123456789ab":  false,
		"01234/6789ab":  false,
		"01234.6789ab":  false,
		"01234\n6789ab": false,
		"éééééé":        false,
		"system.slice":  false,
	}
	for id, want := range tests {
		if got := IsID(id); got != want {
			t.Errorf("IsID(%q) = %v", id, got)
		}
	}
}
