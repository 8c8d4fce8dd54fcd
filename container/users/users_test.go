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

// A namespace that has but some ids can pass on but those.
func TestIdentity(t *testing.T) {
	file := filepath.Join(t.TempDir(), "uid_map")
	if err := os.WriteFile(file, []byte("         0       1000          1\n         1     100000      65536\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := identity(file)
	if want := []spec.IDMap{{Container: 0, Host: 0, Size: 1}, {Container: 1, Host: 1, Size: 65536}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
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
func TestExplain(t *testing.T) {
	if got := Explain(unix.EINVAL); got != unix.EINVAL {
		t.Errorf("EINVAL became %v", got)
	}
}
