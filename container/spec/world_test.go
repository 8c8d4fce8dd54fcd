package spec

import (
	"strings"
	"testing"
)

func TestWorldValidate(t *testing.T) {
	number := func(n int) *int { return &n }
	mask := func(n uint32) *uint32 { return &n }
	private := PrivateNamespaces{UTS: true, IPC: true, Network: true}
	tests := []struct {
		world   World
		private PrivateNamespaces
		want    string // a part of the error, "" for none
	}{
		{World{}, PrivateNamespaces{}, ""},
		{World{Hostname: strings.Repeat("x", 64), Domainname: "a b", Dir: "/a/../b", User: "x", Groups: []string{"y"}}, private, ""},
		{World{OOMScoreAdj: number(-1000), Umask: mask(0o777)}, private, ""},
		{World{OOMScoreAdj: number(1000), Umask: mask(0)}, private, ""},
		{World{Rlimits: []Rlimit{{"nofile", 7, 1, Unlimited}, {"core", 4, 0, 0}}}, private, ""},
		{World{Hostname: strings.Repeat("x", 65)}, private, "at most 64 bytes"},
		{World{Domainname: "a\x00"}, private, "at most 64 bytes"},
		{World{Hostname: "box"}, PrivateNamespaces{}, "shares the host's"},
		{World{Dir: "tmp"}, private, `"tmp" is not an absolute path`},
		{World{Dir: "/a\x00"}, private, "is not an absolute path"},
		{World{OOMScoreAdj: number(1001)}, private, "out of range: -1000 to 1000"},
		{World{OOMScoreAdj: number(-1001)}, private, "out of range: -1000 to 1000"},
		{World{Umask: mask(0o1000)}, private, "out of range: 0 to 0777"},
		{World{Rlimits: []Rlimit{{"nofile", 7, Unlimited, 1}}}, private, "nofile=unlimited:1: the soft limit is above the hard one"},
		{World{Sysctls: []Sysctl{{"kernel/panic", "1"}}}, private, "is not allowed"},
	}
	for _, test := range tests {
		err := test.world.validate(test.private)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("validate(%+v) = %v, want %q", test.world, err, test.want)
		}
	}
}
