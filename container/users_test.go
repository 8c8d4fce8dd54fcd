package container

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

func TestIDMapValidate(t *testing.T) {
	for _, good := range []IDMap{{0, 0, 1}, {0, 100000, 65536}, {0, 0, maxIDs}, {maxIDs - 1, 0, 1}} {
		if err := good.Validate(); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []IDMap{{0, 0, 0}, {1, 0, maxIDs}, {0, 1, maxIDs}, {maxIDs, 0, 1}} {
		if err := bad.Validate(); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}

func TestAppendRanges(t *testing.T) {
	got := appendRanges([]IDMap{{0, 1000, 1}}, []IDMap{{0, 100000, 10}, {0, 500, 5}})
	if want := []IDMap{{0, 1000, 1}, {1, 100000, 10}, {11, 500, 5}}; !reflect.DeepEqual(got, want) {
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
	if want := []IDMap{{0, 0, 1}, {1, 1, 65536}}; err != nil || !reflect.DeepEqual(got, want) {
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
		{UserNamespace{UIDs: []IDMap{{7, uid, 1}}}, true},
		{UserNamespace{UIDs: []IDMap{{0, uid, 2}}}, false},
		{UserNamespace{UIDs: []IDMap{{0, uid + 1, 1}}}, false},
		{UserNamespace{GIDs: []IDMap{{0, gid, 1}, {1, 100, 1}}}, false},
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
		if got := users.root(); got != want {
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
func TestExplainUsers(t *testing.T) {
	notFound := &InitError{wire.Status{Step: wire.StepLookUp, Errno: unix.EACCES}}
	for _, test := range []struct {
		users *UserNamespace
		err   error
	}{{nil, unix.EPERM}, {&UserNamespace{}, unix.EINVAL}, {&UserNamespace{}, notFound}} {
		n := Namespaces{User: test.users}
		if got := n.explain(test.err); !errors.Is(got, test.err) || got.Error() != test.err.Error() {
			t.Errorf("%v became %v", test.err, got)
		}
	}
}
