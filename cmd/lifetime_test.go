package cmd

import (
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	tests := []struct {
		text string
		want time.Duration // -1 for an error
	}{
		{"5s", 5 * time.Second}, {"1m30s", 90 * time.Second}, {"500ms", 500 * time.Millisecond}, {"1.5h", 90 * time.Minute},
		{"5", 5 * time.Second}, {"2.5", 2500 * time.Millisecond}, {".5", 500 * time.Millisecond}, {"5.", 5 * time.Second},
		{"0", 0}, {"0s", 0}, {"0.0", 0}, {"9000000000", 9000000000 * time.Second},
		{"", -1}, {".", -1}, {"-1", -1}, {"-1s", -1}, {"s", -1}, {"5x", -1}, {"5 s", -1}, {"1e3", -1}, {"inf", -1}, {"NaN", -1}, {"0x10", -1},
		{"1..5", -1}, {"9223372037", -1}, {"99999999999999999999", -1}, {"2562048h", -1}, {"0.0000000001", -1}, {"0.1ns", -1},
	}
	for _, test := range tests {
		got, err := parseDuration(test.text)
		if (err != nil) != (test.want < 0) || err == nil && got != test.want {
			t.Errorf("parseDuration(%q) = %v, %v; want %v", test.text, got, err, test.want)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, text := range []string{"5s", "1m30s", "2.5", "0", "9223372036.9", "1e9", "-1ns"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := parseDuration(text)
		if d < 0 || err != nil && d != 0 {
			t.Fatalf("parseDuration(%q) = %v, %v", text, d, err)
		}
		if err == nil {
			if again, err := parseDuration(d.String()); again != d || err != nil {
				t.Errorf("parseDuration(%q) = %v, but of that %v, %v", text, d, again, err)
			}
		}
	})
}
