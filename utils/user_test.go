package utils

import (
	"reflect"
	"testing"
)

func TestUserName(t *testing.T) {
	const passwd = "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000\nshort:x\nann2:x:1000:5::/:\n"
	for uid, want := range map[int]string{0: "root", 1000: "ann", 7: ""} {
		if got := UserName(passwd, uid); got != want {
			t.Errorf("UserName(%d) = %q, want %q", uid, got, want)
		}
	}
}

const subuid = `ann:100000:65536
bob:165536:65536
1000:300000:10
# a comment
ann:1:0
ann:4294967295:1
ann:x:1
ann:1
:7:7
bob:4000000000:1000`

const passwd = "ann:x:1000:1000\nbob:x:1001:1001\n"

func TestSubordinates(t *testing.T) {
	tests := []struct {
		passwd string
		uid    int
		want   []IDRange
	}{
		{passwd, 1000, []IDRange{{100000, 65536}, {300000, 10}}},
		{passwd, 1001, []IDRange{{165536, 65536}, {4000000000, 1000}}},
		{passwd, 1002, nil},
		{"", 1000, []IDRange{{300000, 10}}},
	}
	for _, test := range tests {
		if got := Subordinates(subuid, test.passwd, test.uid); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%d: %v, want %v", test.uid, got, test.want)
		}
	}
}

func FuzzSubordinates(f *testing.F) {
	f.Add(subuid, passwd, 1000)
	f.Fuzz(func(t *testing.T, content, passwd string, uid int) {
		for _, r := range Subordinates(content, passwd, uid) {
			if r.Count == 0 || uint64(r.First)+uint64(r.Count) > MaxIDs {
				t.Errorf("%q for %d: %v", content, uid, r)
			}
		}
	})
}
