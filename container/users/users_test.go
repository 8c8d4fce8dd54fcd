package users

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
)

func TestAppendRanges(t *testing.T) {
	got := appendRanges([]spec.IDMap{{Container: 0, Host: 1000, Size: 1}}, []spec.IDMap{{Container: 0, Host: 100000, Size: 10}, {Container: 0, Host: 500, Size: 5}})
	if want := []spec.IDMap{{Container: 0, Host: 1000, Size: 1}, {Container: 1, Host: 100000, Size: 10}, {Container: 11, Host: 500, Size: 5}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// A line that is there twice counts once: the kernel would take neither.
func TestAppendRangesOnce(t *testing.T) {
	got := appendRanges(nil, []spec.IDMap{{Host: 100000, Size: 10}, {Host: 100000, Size: 10}, {Host: 100009, Size: 2}, {Host: 100010, Size: 2}})
	if want := []spec.IDMap{{Container: 0, Host: 100000, Size: 10}, {Container: 10, Host: 100010, Size: 2}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// A namespace that has but some ids can pass on but those.
func TestIdentity(t *testing.T) {
	file := filepath.Join(t.TempDir(), "uid_map")
	if err := os.WriteFile(file, []byte("         0       1000          1\n         1     100000      65536\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	own, err := readMap(file)
	got := identity(own)
	if want := []spec.IDMap{{Container: 0, Host: 0, Size: 1}, {Container: 1, Host: 1, Size: 65536}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}

// Of the administrator's ranges those count that the caller's own namespace has.
func TestWithin(t *testing.T) {
	own := []spec.IDMap{{Container: 0, Host: 1000, Size: 1}, {Container: 1, Host: 100000, Size: 65536}}
	got := within([]spec.IDMap{{Host: 0, Size: 1}, {Host: 100000, Size: 65536}, {Host: 65530, Size: 7}, {Host: 65530, Size: 8}, {Host: 0, Size: 2}}, own)
	if want := []spec.IDMap{{Host: 0, Size: 1}, {Host: 65530, Size: 7}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// What the kernel would not take is left out.
func TestAppendRangesFits(t *testing.T) {
	many := make([]spec.IDMap, 400)
	for n := range many {
		many[n] = spec.IDMap{Host: uint32(100000 + 10*n), Size: 10}
	}
	if got := appendRanges(nil, many); len(got) < 100 || !spec.Fits(got) || spec.Fits(append(got, many[0])) {
		t.Errorf("%d ranges of %d", len(got), len(many))
	}
	if got := appendRanges(nil, []spec.IDMap{{Host: 1, Size: 1<<32 - 2}, {Host: 0, Size: 2}}); len(got) != 1 {
		t.Errorf("%v goes beyond the last id", got)
	}
}

// Root's maps: one that is given stands for both.
func TestMapAsRoot(t *testing.T) {
	some := []spec.IDMap{{Container: 0, Host: 100000, Size: 10}}
	other := []spec.IDMap{{Container: 0, Host: 200000, Size: 10}}
	for _, test := range []struct{ uids, gids, wantUIDs, wantGIDs []spec.IDMap }{
		{some, nil, some, some}, {nil, some, some, some}, {some, other, some, other},
	} {
		u := UserNamespace{UIDs: test.uids, GIDs: test.gids}
		if err := u.mapAsRoot(); err != nil || !reflect.DeepEqual(u.UIDs, test.wantUIDs) || !reflect.DeepEqual(u.GIDs, test.wantGIDs) {
			t.Errorf("%v, %v: %v, %v, %v", test.uids, test.gids, u.UIDs, u.GIDs, err)
		}
	}
}

func TestOnlyCaller(t *testing.T) {
	uid, gid := uint32(os.Geteuid()), uint32(os.Getegid())
	tests := []struct {
		users UserNamespace
		own   bool
	}{
		{UserNamespace{}, true},
		{UserNamespace{UIDs: []spec.IDMap{{Container: 7, Host: uid, Size: 1}}}, true},
		{UserNamespace{UIDs: []spec.IDMap{{Container: 0, Host: uid, Size: 2}}}, false},
		{UserNamespace{UIDs: []spec.IDMap{{Host: uid + 1, Size: 1}}}, false},
		{UserNamespace{GIDs: []spec.IDMap{{Container: 0, Host: gid, Size: 1}, {Container: 1, Host: 100, Size: 1}}}, false},
	}
	for _, test := range tests {
		if own := test.users.onlyCaller(); own != test.own {
			t.Errorf("%+v: %v", test.users, own)
		}
		if len(test.users.UIDs) == 0 || len(test.users.GIDs) == 0 {
			t.Errorf("%+v: a map is left empty", test.users)
		}
	}
}

func TestRoot(t *testing.T) {
	for want, users := range map[string]*UserNamespace{
		"": nil, wire.RootAlone: {}, wire.RootWithGroups: {keepGroups: true},
	} {
		if got := users.Root(); got != want {
			t.Errorf("%+v: %q, want %q", users, got, want)
		}
	}
}

func TestRestriction(t *testing.T) {
	for file, words := range map[string]string{
		"user/max_user_namespaces=0":                     "user.max_user_namespaces=10000",
		"kernel/unprivileged_userns_clone=0":             "kernel.unprivileged_userns_clone=1",
		"kernel/apparmor_restrict_unprivileged_userns=1": "AppArmor",
		"kernel/unprivileged_userns_clone=1":             "",
		"kernel/apparmor_restrict_unprivileged_userns=0": "",
		"user/max_user_namespaces=96365":                 "",
	} {
		dir := t.TempDir()
		name, value, _ := strings.Cut(file, "=")
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(value+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := restriction(dir); !strings.Contains(got, words) || words == "" && got != "" {
			t.Errorf("%s: %q, want %q in it", file, got, words)
		}
	}
}

// Only what may be due to a restriction is looked into.
func TestWithRestriction(t *testing.T) {
	if got := WithRestriction(unix.EINVAL); got != unix.EINVAL {
		t.Errorf("EINVAL became %v", got)
	}
}
