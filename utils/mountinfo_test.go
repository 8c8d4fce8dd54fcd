package utils

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseMount(t *testing.T) {
	tests := map[string]Mount{
		"22 1 8:1 / / rw,noatime shared:1 master:2 - ext4 /dev/sda1 rw,errors=continue\n": {
			ID: "22", Parent: "1", Device: "8:1", Root: "/", Point: "/", Options: "rw,noatime", Super: "rw,errors=continue", Propagation: []string{"shared:1", "master:2"}, FSType: "ext4",
		},
		`1 2 0:1 /x\134y /a\040b\011c\012d rw - cgroup cgroup rw,memory`: {
			ID: "1", Parent: "2", Device: "0:1", Root: `/x\y`, Point: "/a b\tc\nd", Options: "rw", Super: "rw,memory", Propagation: []string{}, FSType: "cgroup",
		},
		"1 2 0:4 net:[4026531840] /run/netns/a rw - nsfs nsfs rw": { // its root is no path
			ID: "1", Parent: "2", Device: "0:4", Root: "net:[4026531840]", Point: "/run/netns/a", Options: "rw", Super: "rw", Propagation: []string{}, FSType: "nsfs",
		},
		"1 2 0:1 / /nameless rw - tmpfs  rw": {ID: "1", Parent: "2", Device: "0:1", Root: "/", Point: "/nameless", Options: "rw", Super: "rw", Propagation: []string{}, FSType: "tmpfs"},
	}
	for line, want := range tests {
		if got, ok := ParseMount(line); !ok || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v", line, got, ok)
		}
	}
	for _, line := range []string{"", "\n", " - ", "1 2 3 4", "1 2 0:1 / /a rw cgroup cgroup rw", "1 2 0:1 / /a rw - cgroup", "1 2 0:1 / a rw - tmpfs tmpfs rw"} {
		if got, ok := ParseMount(line); ok {
			t.Errorf("%q: %+v", line, got)
		}
	}
}

func FuzzParseMount(f *testing.F) {
	f.Add("22 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw\n")
	f.Add("1 2 0:1 / /a\\040b rw - cgroup cgroup rw,memory")
	f.Fuzz(func(t *testing.T, line string) {
		m, ok := ParseMount(line)
		if ok && !strings.HasPrefix(m.Point, "/") {
			t.Errorf("%+v of %q", m, line)
		}
	})
}
