package users

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
)

const testPasswd = `root:x:0:0:root:/root:/bin/sh
# a comment:x:7:7::/:
+nis::::::
+:x:0:0:::
-minus:x:0:0::/:
broken:x:zero:0::/:
huge:x:4294967296:0::/:
negative:x:-1:0::/:
short:x:0
:x:8:8::/:

alice:x:1000:1000:Alice,,,:/home/alice:/bin/bash
homeless:x:1001:100:::
1000:x:2000:2000::/wrong:
twin:x:1000:3000::/twin:
bob:x:1002:100::/home/bob`

const testGroup = `root:x:0:
users:x:100:bob,alice
wheel:x:10:root,alice
wheel:x:11:mallory
broken:x:ten:alice
+:::
alice:x:1000:alice
10:x:12:
audio:x:29`

func TestLookUpUser(t *testing.T) {
	tests := []struct {
		spec     string
		uid, gid uint32
		groups   []uint32
		home     string
	}{
		{"alice", 1000, 1000, []uint32{1000, 100, 10}, "/home/alice"},
		{"1000", 1000, 1000, []uint32{1000, 100, 10}, "/home/alice"}, // the first of that number, never the name
		{"alice:", 1000, 1000, []uint32{1000, 100, 10}, "/home/alice"},
		{"twin", 1000, 3000, []uint32{3000}, "/twin"},
		{"alice:wheel", 1000, 10, []uint32{10}, "/home/alice"},
		{"alice:10", 1000, 10, []uint32{10}, "/home/alice"},
		{"alice:77", 1000, 77, []uint32{77}, "/home/alice"},
		{"bob:audio", 1002, 29, []uint32{29}, "/home/bob"},
		{"bob", 1002, 100, []uint32{100}, "/home/bob"},
		{"homeless", 1001, 100, []uint32{100}, "/"},
		{"4711", 4711, 0, []uint32{0}, "/"},
		{"4711:100", 4711, 100, []uint32{100}, "/"},
		{"2147483647:2147483647", 1<<31 - 1, 1<<31 - 1, []uint32{1<<31 - 1}, "/"},
		{"root", 0, 0, []uint32{0, 10}, "/root"},
		{"0", 0, 0, []uint32{0, 10}, "/root"},
		{":100", 0, 100, []uint32{100}, "/root"},
		{"00:0", 0, 0, []uint32{0}, "/root"},
	}
	for _, test := range tests {
		u, err := lookUpUser(test.spec, parsePasswd(testPasswd), parseGroup(testGroup))
		if err != nil {
			t.Errorf("%q: %v", test.spec, err)
		} else if u.UID != test.uid || u.GID != test.gid || !slices.Equal(u.Groups, test.groups) || u.home != test.home || u.String() != test.spec {
			t.Errorf("%q: %+v, want %+v", test.spec, u, test)
		}
	}
}

func TestLookUpUserErrors(t *testing.T) {
	tests := map[string]string{
		"nobody":                 `no user "nobody" in /etc/passwd`,
		"+nis":                   `no user "+nis" in /etc/passwd`,
		"broken":                 `no user "broken" in /etc/passwd`,
		"huge":                   `no user "huge" in /etc/passwd`,
		"-1":                     `no user "-1" in /etc/passwd`,
		"+5":                     `no user "+5" in /etc/passwd`,
		"0x10":                   `no user "0x10" in /etc/passwd`,
		" alice":                 `no user " alice" in /etc/passwd`,
		"2147483648":             `user "2147483648" is out of range: 0 to 2147483647`,
		"4294967296":             `user "4294967296" is out of range: 0 to 2147483647`,
		"alice:none":             `no group "none" in /etc/group`,
		"alice:a:b":              `no group "a:b" in /etc/group`,
		"alice:-1":               `no group "-1" in /etc/group`,
		"0:99999999999999999999": `group "99999999999999999999" is out of range: 0 to 2147483647`,
	}
	for spec, want := range tests {
		u, err := lookUpUser(spec, parsePasswd(testPasswd), parseGroup(testGroup))
		if err == nil || err.Error() != want {
			t.Errorf("%q: %+v, %v; want %q", spec, u, err, want)
		}
	}
}

func TestAddGroups(t *testing.T) {
	groups := parseGroup(testGroup)
	u := &Credentials{Groups: []uint32{5}}
	if err := u.add([]string{"wheel", "5", "77", "10", "audio"}, groups); err != nil || !slices.Equal(u.Groups, []uint32{5, 10, 77, 29}) {
		t.Errorf("groups %v, %v", u.Groups, err)
	}
	numbers := parseGroup("777:x:778:\n5:x:9:\nfive:x:5:\n")
	u = &Credentials{}
	if err := u.add([]string{"777", "778", "5", "five", "12"}, numbers); err != nil || !slices.Equal(u.Groups, []uint32{778, 9, 5, 12}) {
		t.Errorf("groups %v, %v: a name that is a number counts as a name", u.Groups, err)
	}
	if err := u.add([]string{"none"}, groups); err == nil || err.Error() != `no group "none" in /etc/group` {
		t.Errorf("%v", err)
	}
	if err := u.add([]string{""}, groups); err == nil {
		t.Error("an empty name is taken for a group")
	}
}

func TestUserEnvironment(t *testing.T) {
	var none *Credentials
	env := slices.Clip([]string{"A=b", "HOMES=x"})
	own := homeOf(os.Getuid())
	for _, test := range []struct {
		u    *Credentials
		env  []string
		want []string
	}{
		{none, env, append(env, "HOME="+own)},
		{&Credentials{}, env, append(env, "HOME="+own)},
		{none, []string{"HOME=", "A=b"}, []string{"A=b", "HOME=" + own}},
		{none, []string{"A=b", "HOME=/x"}, []string{"A=b", "HOME=/x"}},
		{&Credentials{home: "/h"}, env, []string{"A=b", "HOMES=x", "HOME=/h"}},
		{&Credentials{home: "/h"}, []string{"HOME=", "A=b"}, []string{"A=b", "HOME=/h"}},
		{&Credentials{home: "/h"}, []string{"HOME=/x", "A=b"}, []string{"HOME=/x", "A=b"}},
	} {
		if got := test.u.Environment(test.env); !slices.Equal(got, test.want) {
			t.Errorf("%+v: %q, want %q", test.u, got, test.want)
		}
	}
}

// Nobody becomes root who is not root in so many words, and no number is beyond
// the range.
func FuzzLookUpUser(f *testing.F) {
	for _, spec := range []string{"alice", "1000:wheel", "0", ":5", "+nis", "-1", "broken:broken"} {
		f.Add(spec, testPasswd, testGroup)
	}
	f.Add("a", "a:x:+0:0:::", "a:x:-0:")
	f.Fuzz(func(t *testing.T, spec, passwd, group string) {
		accounts, groups := parsePasswd(passwd), parseGroup(group)
		u, err := lookUpUser(spec, accounts, groups)
		if err != nil {
			return
		}
		if u.UID > maxID || u.GID > maxID || len(u.Groups) == 0 || u.Groups[0] != u.GID {
			t.Errorf("%q: %+v", spec, u)
		}
		name, _, _ := strings.Cut(spec, ":")
		asRoot := strings.Trim(name, "0") == "" || strings.Contains("\n"+passwd, "\n"+name+":")
		if u.UID == 0 && !asRoot {
			t.Errorf("%q becomes root", spec)
		}
		if again, err := lookUpUser(spec, accounts, groups); err != nil || !reflect.DeepEqual(u, again) {
			t.Errorf("%q: %+v, then %+v, %v", spec, u, again, err)
		}
	})
}

func TestHostID(t *testing.T) {
	var none *UserNamespace
	namespace := &UserNamespace{UIDs: []spec.IDMap{{Container: 0, Host: 1000, Size: 1}, {Container: 1, Host: 100000, Size: 65536}, {Container: 70000, Host: 5, Size: 1}}}
	tests := []struct {
		namespace *UserNamespace
		uid, host uint32
		mapped    bool
	}{
		{none, 7, 7, true},
		{namespace, 0, 1000, true},
		{namespace, 1, 100000, true},
		{namespace, 65536, 165535, true},
		{namespace, 65537, 0, false},
		{namespace, 70000, 5, true},
		{namespace, 70001, 0, false},
	}
	for _, test := range tests {
		if host, mapped := test.namespace.host(test.uid); host != test.host || mapped != test.mapped {
			t.Errorf("%d: %d, %v; want %d, %v", test.uid, host, mapped, test.host, test.mapped)
		}
	}
}

// A file of groups that has more of them than there may be is refused, and not all are looked at.
func TestTooManyGroups(t *testing.T) {
	var groups []groupEntry
	for gid := range uint32(3 * wire.MaxGroups) {
		groups = append(groups, groupEntry{gid: gid + 1, members: []string{"alice"}})
	}
	u, err := lookUpUser("alice", parsePasswd(testPasswd), groups)
	if err != nil {
		t.Fatal(err)
	}
	if err := u.add(nil, groups); err == nil || err.Error() != "more groups than the kernel's 65536" {
		t.Error(err)
	}
	if len(u.Groups) != wire.MaxGroups+1 {
		t.Errorf("%d groups are looked at", len(u.Groups))
	}
}
