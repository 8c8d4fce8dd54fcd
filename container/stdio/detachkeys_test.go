package stdio

import "testing"

func TestDetachKeys(t *testing.T) {
	for _, c := range []struct {
		keys  string
		typed []string
		on    string
		ends  bool
	}{
		{"", []string{"\x10\x11"}, "\x10\x11", false},
		{"\x10\x11", []string{"ab\x10\x11cd"}, "ab", true},
		{"\x10\x11", []string{"ab\x10", "\x11"}, "ab", true},
		{"\x10\x11", []string{"ab\x10", "x", "\x11"}, "ab\x10x\x11", false},
		{"\x10\x11", []string{"\x10\x10\x11"}, "\x10", true},
		{"\x10\x11", []string{"\x10", "\x10", "\x10"}, "\x10\x10", false}, // the last is held back
		{"aab", []string{"a", "a", "a", "b"}, "a", true},
		{"abac", []string{"abab", "ac"}, "ab", true},
		{"q", []string{"", "xy", "q"}, "xy", true},
	} {
		d := DetachKeys{Keys: []byte(c.keys)}
		on, ended := "", false
		for _, text := range c.typed {
			part, ends := d.Pass([]byte(text))
			on, ended = on+string(part), ended || ends
		}
		if on != c.on || ended != c.ends {
			t.Errorf("keys %q, typed %q: %q, %t instead of %q, %t", c.keys, c.typed, on, ended, c.on, c.ends)
		}
	}
}
