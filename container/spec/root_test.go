package spec

import (
	"strings"
	"testing"
)

func TestRootIsClosed(t *testing.T) {
	for _, test := range []struct {
		root Root
		want bool
	}{
		{Root{}, false},
		{Root{ReadOnly: true}, false},                                 // a view of the host's, with a layer that is thrown away
		{Root{ReadOnly: true, Overlay: true}, false},                  // the same
		{Root{ReadOnly: true, Overlay: true, Changes: "/kept"}, true}, // the layer is kept
		{Root{Overlay: true, Changes: "/kept"}, false},
		{Root{ReadOnly: true, Dir: "/root"}, true},
		{Root{ReadOnly: true, Dir: "/root", Overlay: true}, false},
		{Root{Dir: "/root"}, false},
		{Root{ReadOnly: true, Image: "alpine"}, false},
	} {
		if got := test.root.IsClosed(); got != test.want {
			t.Errorf("%+v: %v", test.root, got)
		}
	}
}

func TestRootValidate(t *testing.T) {
	for want, root := range map[string]Root{
		"":                                        {Overlay: true, Changes: "/kept", Hide: []string{"/a"}, ReadOnly: true},
		`"kept" is not an absolute path`:          {Overlay: true, Changes: "kept"},
		`"root" is not an absolute path`:          {Dir: "root"},
		"a directory for changes needs":           {Changes: "/kept"},
		"--overlay=DIR keeps the changes of the":  {Dir: "/root", Overlay: true, Changes: "/kept"},
		"--image is a root file system":           {Dir: "/root", Image: "alpine"},
		"--overlay is the host's root file":       {Overlay: true, Image: "alpine"},
		"--hide hides what is the host's, and":    {Image: "alpine", Hide: []string{"/a"}},
		"--hide needs --overlay":                  {Dir: "/root", HideNoDefaults: true},
		`--hide: "/a/.." is the root itself`:      {ReadOnly: true, Hide: []string{"/a/.."}},
		`--hide: "a\x00" is not an absolute path`: {ReadOnly: true, Hide: []string{"a\x00"}},
	} {
		err := root.validate()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%+v: %v, want %q", root, err, want)
		}
	}
}
