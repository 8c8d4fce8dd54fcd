package utils

import "testing"

func TestIsBelow(t *testing.T) {
	for _, test := range []struct {
		path, dir string
		at, below bool
	}{
		{"/a/b", "/a", true, true}, {"/a", "/a", true, false}, {"/ab", "/a", false, false}, {"/a", "/a/b", false, false},
		{"/a", "/", true, true}, {"/", "/", true, false}, {"a/b", "a", true, true}, {"a", ".", false, false},
	} {
		if at, below := IsAt(test.path, test.dir), IsBelow(test.path, test.dir); at != test.at || below != test.below {
			t.Errorf("%s in %s: at %v, below %v", test.path, test.dir, at, below)
		}
	}
}
