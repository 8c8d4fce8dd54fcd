package cmd

import (
	"regexp"
	"testing"
)

func TestParseName(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "ab": "ab", "0-": "0-", "A_.-z9": "A_.-z9", "/web": "web",
	} {
		if got, err := parseName(s); got != want || err != nil {
			t.Errorf("parseName(%q) = %q, %v", s, got, err)
		}
	}
	for _, s := range []string{"a", "/", "/a", "//ab", "_a", ".a", "-a", "a b", "a/b", "ab\n", "aé", "a\x00", " ab"} {
		if got, err := parseName(s); err == nil {
			t.Errorf("parseName(%q) = %q, want an error", s, got)
		}
	}
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{"", "web", "/web", "a", "_a", "a b", "é1"} {
		f.Add(s)
	}
	pattern := regexp.MustCompile(`^/?[a-zA-Z0-9][a-zA-Z0-9_.-]+\z`)
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := parseName(s); (err == nil) != (s == "" || pattern.MatchString(s)) {
			t.Fatalf("parseName(%q): %v", s, err)
		}
	})
}
