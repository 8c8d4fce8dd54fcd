package cgroups

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// A name is one live container's below a parent. What a killed run left, and
// what was refused, has none.
func TestClaim(t *testing.T) {
	for _, version := range []subsystems.Version{subsystems.V1, subsystems.V2} {
		h := fake(t, version, nil)
		if err := unix.Setxattr(h.Mountpoint, "user.mydocker.try", nil, 0); version == subsystems.V2 && err == unix.EOPNOTSUPP {
			t.Log("a tmpfs before Linux 6.6 has no such attributes; the script identity tries a real cgroup")
			continue
		}
		layout := Layout{"cpu": h}
		first := makeNamed(t, "/mydocker/aaaaaaaaaaaa", layout)
		second := makeNamed(t, "/mydocker/bbbbbbbbbbbb", layout)
		third := makeNamed(t, "/mydocker/cccccccccccc", layout)
		elsewhere := makeNamed(t, "/other/cccccccccccc", layout)
		steps := []struct {
			who    *CgroupManager
			name   string
			holder string // "" if the name is free
		}{
			{first, "web", ""},
			{second, "web", "aaaaaaaaaaaa"},
			{second, "web2", ""},
			{third, "web2", "bbbbbbbbbbbb"},
			{third, "web", "aaaaaaaaaaaa"},
			{elsewhere, "web", ""},
		}
		for _, s := range steps {
			err := s.who.Claim(s.name)
			var taken *NameError
			if errors.As(err, &taken) && taken.ID != s.holder || err != nil != (s.holder != "") {
				t.Errorf("%v: %s claims %s: %v, want holder %q", version, s.who.id, s.name, err, s.holder)
			}
		}
		// Killed: the cgroup is there, and nobody has locked it.
		if err := errors.Join(first.trees[0].lock.release(), first.trees[0].nameLock.release()); err != nil {
			t.Fatal(err)
		}
		if err := third.Claim("web"); err != nil {
			t.Errorf("%v: the name of a leftover: %v", version, err)
		}
	}
}

func makeNamed(t *testing.T, path string, layout Layout) *CgroupManager {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: trusted attributes")
	}
	m, _ := manage(t, path, noLimits(), layout)
	if err := m.trees[0].create(path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(m.trees[0].lock.release(), m.trees[0].nameLock.release()); err != nil {
			t.Error(err)
		}
	})
	return m
}

func TestClaimWithoutCgroups(t *testing.T) {
	m, _ := manage(t, testPath, noLimits(), Layout{})
	if err := m.Claim("web"); err == nil {
		t.Error("a name was given without a cgroup")
	}
}

// Many at once: one of them gets it. The cgroup of the names is there already, for a fake one is
// not there at once with its files, as a real one is.
func TestClaimAtOnce(t *testing.T) {
	h := fake(t, subsystems.V1, nil)
	names := h.Dir(DefaultParent + "/" + namesCgroup)
	mustMkdir(t, h.Dir(DefaultParent))
	if err := mkdir(names, makingMode); err != nil {
		t.Fatal(err)
	}
	addLockFiles(t, names, 0o644)
	layout := Layout{"cpu": h}
	const count = 8
	results := make(chan error, count)
	for _, digit := range "01234567" {
		m := makeNamed(t, "/mydocker/"+strings.Repeat(string(digit), 12), layout)
		go func() { results <- m.Claim("web") }()
	}
	got := 0
	for range count {
		var taken *NameError
		switch err := <-results; {
		case err == nil:
			got++
		case !errors.As(err, &taken):
			t.Error(err)
		}
	}
	if got != 1 {
		t.Errorf("%d containers got the name", got)
	}
}

func TestNameIsAnAttribute(t *testing.T) {
	h := fake(t, subsystems.V1, nil)
	m := makeNamed(t, testPath, Layout{"cpu": h})
	if err := m.Claim("web"); err != nil {
		t.Fatal(err)
	}
	value := make([]byte, 10)
	if n, err := unix.Getxattr(h.Dir(testPath), "trusted.mydocker.name", value); err != nil || string(value[:n]) != "web" {
		t.Errorf("the attribute is %q, %v", value, err)
	}
}

// Who is refused does not wait, and lets nobody wait.
func TestClaimRefusedAtOnce(t *testing.T) {
	layout := Layout{"cpu": fake(t, subsystems.V1, nil)}
	holder := makeNamed(t, "/mydocker/aaaaaaaaaaaa", layout)
	if err := holder.Claim("web"); err != nil {
		t.Fatal(err)
	}
	refused := makeNamed(t, "/mydocker/bbbbbbbbbbbb", layout)
	quickest := time.Hour // of many: this process may have to wait for a CPU itself
	for range 40 {
		var taken *NameError
		begun := time.Now()
		if err := refused.Claim("web"); !errors.As(err, &taken) || taken.ID != "aaaaaaaaaaaa" {
			t.Errorf("Claim() = %v", err)
		}
		quickest = min(quickest, time.Since(begun))
	}
	if quickest >= removeTimeout/10 { // once each waited so long
		t.Errorf("a claim that is refused takes %v", quickest)
	}
}

// Whoever has locked something of another's, the parent or a container, is in no
// claim's way.
func TestClaimBesideLocks(t *testing.T) {
	h := fake(t, subsystems.V1, nil)
	m := makeNamed(t, testPath, Layout{"cpu": h})
	for _, dir := range []string{h.Dir(DefaultParent), h.Dir(testPath)} {
		f, err := os.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := f.Close(); err != nil {
				t.Error(err)
			}
		})
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Claim("web"); err != nil {
		t.Error(err)
	}
}

func TestByteOf(t *testing.T) {
	seen := map[int64]string{}
	for n := range 10000 {
		name := strconv.Itoa(n)
		offset := byteOf(name)
		if other, is := seen[offset]; is || offset < 1 {
			t.Errorf("byteOf(%q) = %d, as of %q", name, offset, other)
		}
		seen[offset] = name
	}
}
