package cgroups

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// A parent that the user made is his; one that was made on the way is removed
// again, and the default parent always.
func TestParentsAreRemovedAgain(t *testing.T) {
	tests := []struct {
		path     string
		existing []string
		kept     []string
		gone     []string
	}{
		{"/a/b/c/" + testID, nil, nil, []string{"/a"}},
		{"/a/b/c/" + testID, []string{"/a"}, []string{"/a"}, []string{"/a/b"}},
		{"/a/b/" + testID, []string{"/a/b"}, []string{"/a/b"}, []string{"/a/b/" + testID}},
		{"/" + testID, nil, []string{"/"}, []string{"/" + testID}},
		{testPath, []string{"/mydocker"}, []string{"/"}, []string{"/mydocker"}},
		{"/a/b/" + testID, []string{"/a/b", "/a/other"}, []string{"/a/b", "/a/other"}, []string{"/a/b/" + testID}},
	}
	for _, test := range tests {
		h := fake(t, subsystems.V1, nil)
		for _, dir := range test.existing {
			mustMkdir(t, h.Dir(dir))
		}
		m, _ := manage(t, test.path, noLimits(), Layout{"memory": h})
		if err := m.Set(); err != nil || !exists(t, h.Dir(test.path)) {
			t.Errorf("%s: Set() = %v", test.path, err)
		}
		destroy(t, m)
		for _, dir := range test.kept {
			if !exists(t, h.Dir(dir)) {
				t.Errorf("%s beside %q: %s is gone", test.path, test.existing, dir)
			}
		}
		for _, dir := range test.gone {
			if exists(t, h.Dir(dir)) {
				t.Errorf("%s beside %q: %s is still there", test.path, test.existing, dir)
			}
		}
	}
}

// Two runs that start and end at the same time remove the common parent under
// each other's feet; none of them may notice.
func TestParentRemovedMeanwhile(t *testing.T) {
	h := fake(t, subsystems.V1, nil)
	const runs = 8
	rounds := 200
	if testing.Short() {
		rounds = 50
	}
	errs := make(chan error, runs)
	for worker := range runs {
		log, _ := newLog()
		go func() {
			var failed []error
			for range rounds {
				m, err := NewCgroupManager(DefaultParent, fmt.Sprintf("%012x", worker), noLimits(), Layout{"memory": h}, log)
				if err == nil {
					actAsKernel(t, m)
					err = errors.Join(m.Set(), m.ClearLeftovers(), m.Destroy())
				}
				failed = append(failed, err)
			}
			errs <- errors.Join(failed...)
		}()
	}
	for range runs {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if exists(t, h.Dir(DefaultParent)) {
		t.Error("the parent is still there")
	}
}

// A parent that mydocker made goes with the last container in it, whoever
// that is; one that was there before stays.
func TestParentsGoWithTheLastContainer(t *testing.T) {
	tr := &tree{Hierarchy: fake(t, subsystems.V1, nil)}
	mustMkdir(t, tr.Dir("/a"))
	for range 2 {
		if err := tr.makeParents("/a/b/c"); err != nil {
			t.Fatal(err)
		}
	}
	if err := mkdir(tr.Dir("/a/b/c/other"), parentMode); err != nil {
		t.Fatal(err)
	}
	another := &tree{Hierarchy: tr.Hierarchy, lock: unlocked, nameLock: unlocked}
	if err := another.remove("/a/b/c/gone", new(waitLimit)); err != nil || !exists(t, tr.Dir("/a/b/c")) {
		t.Errorf("a parent in use: %v", err)
	}
	if err := unix.Rmdir(tr.Dir("/a/b/c/other")); err != nil {
		t.Fatal(err)
	}
	if err := another.remove("/a/b/c/gone", new(waitLimit)); err != nil {
		t.Error(err)
	}
	if exists(t, tr.Dir("/a/b")) || !exists(t, tr.Dir("/a")) {
		t.Error("removed are not just the parents that were made")
	}
}

// The command's user may look at its own limits, whatever umask the caller has.
func TestParentsAreOpen(t *testing.T) {
	tr := &tree{Hierarchy: fake(t, subsystems.V1, nil)}
	defer unix.Umask(unix.Umask(0o077))
	if err := tr.makeParents("/a/b"); err != nil {
		t.Fatal(err)
	}
	for _, parent := range []string{"/a", "/a/b"} {
		var stat unix.Stat_t
		if err := unix.Stat(tr.Dir(parent), &stat); err != nil || stat.Mode&0o7777 != parentMode {
			t.Errorf("%s has mode %o, %v", parent, stat.Mode&0o7777, err)
		}
	}
}

// A run can be killed between any two of its steps. The kernel finishes the one
// that it is in: what is there from then on has to be known for ours, or it
// would stay for ever.
func TestKilledWhileCreating(t *testing.T) {
	h := fake(t, subsystems.V1, nil)
	const left = "/mydocker/dddddddddddd"
	mustMake(t, h.Dir(DefaultParent))
	newContainer(t, h.Dir(left)) // and killed
	young := DefaultParent + "/eeeeeeeeeeee"
	newContainer(t, h.Dir(young))
	later := time.Now().Add(time.Hour) // however long this test takes, it stays young
	if err := os.Chtimes(h.Dir(young), later, later); err != nil {
		t.Fatal(err)
	}
	m, _ := manage(t, testPath, noLimits(), Layout{"memory": h})
	if err := errors.Join(m.Set(), m.ClearLeftovers()); err != nil {
		t.Fatal(err)
	}
	if exists(t, h.Dir(left)) {
		t.Error("a container is not known for ours")
	}
	if !exists(t, h.Dir(young)) {
		t.Error("one that is perhaps being made is taken for a leftover")
	}
	if err := os.RemoveAll(h.Dir(young)); err != nil {
		t.Fatal(err)
	}
	destroy(t, m)
	if exists(t, h.Dir(DefaultParent)) {
		t.Error("the parent that a killed run made is still there")
	}
}
