package cgroups

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// maxSiblings is how many one start looks at below a crowded parent: a thousand
// live containers must not make the next one slow to start. A leftover beyond
// it is found by one of the starts that follow, since each begins elsewhere.
const maxSiblings = 16

// clearTime is what one start spends on leftovers that it has found. It waits for
// nothing meanwhile, and what it does not come to is for the runs that follow.
const clearTime = time.Millisecond

// ClearLeftovers removes the cgroups that earlier runs under the same parent
// left behind because they were killed, and kills what still runs inside. It
// never touches a container whose mydocker is alive: see lock. In each tree it
// goes on until it has met maxSiblings containers that it could not clear, so
// nothing is left where fewer live.
//
// It waits for nobody: what cannot be removed at once is tried again at the end of
// this run, and by later ones.
func (m *CgroupManager) ClearLeftovers() error {
	var s sweep
	var errs []error
	for _, t := range m.trees {
		errs = append(errs, m.clearIn(t, &s))
	}
	return errors.Join(errs...)
}

// sweep is what one start has done about leftovers.
type sweep struct {
	busy []string  // have been looked at in every tree
	end  time.Time // zero until the first was cleared
}

// timeUp reports whether the time that is meant for clearing has passed.
func (s *sweep) timeUp() bool {
	now := time.Now()
	if s.end.IsZero() {
		s.end = now.Add(clearTime)
	}
	return now.After(s.end)
}

// clearIn looks for leftovers in one tree. It passes over those that were busy
// already, because clear has looked at them in every tree, and adds its own.
func (m *CgroupManager) clearIn(t *tree, s *sweep) error {
	parent := t.parent()
	if alone(t.Dir(parent)) {
		return nil
	}
	var errs []error
	met := 0
	for name, err := range namesAround(t.Dir(parent), positionOf(m.id)) {
		if err != nil {
			errs = append(errs, fmt.Errorf("clear leftovers: %w", err))
			break
		}
		if name == namesCgroup && t.nameLock == unlocked {
			errs = append(errs, t.removeNames())
		}
		if name == m.id || !utils.IsID(name) {
			continue
		}
		if !slices.Contains(s.busy, name) {
			result, err := m.clear(name)
			if err != nil {
				errs = append(errs, fmt.Errorf("clear leftover %s: %w", name, err))
			}
			if result == cleared && s.timeUp() {
				break
			}
			if result != busy {
				continue
			}
			s.busy = append(s.busy, name)
		}
		if met++; met == maxSiblings {
			break
		}
	}
	return errors.Join(errs...)
}

// namesAround yields what is in dir, from a position on and then, after the
// end, from the beginning: twice what comes after the position. A directory
// that is gone has nothing in it.
//
// The kernel keeps a cgroup's directory in the order of the hashes of the names
// (fs/kernfs/dir.c), and a position in it is such a hash: reading on from any
// of them costs no more than reading from the beginning. On a file system where
// the position means nothing, everything comes after it or nothing.
func namesAround(dir string, position int64) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		f, err := os.Open(dir)
		if err == nil {
			var more bool
			for _, from := range []int64{position, 0} {
				if more, err = namesFrom(f, from, yield); err != nil || !more {
					break
				}
			}
			err = errors.Join(err, f.Close())
		}
		if err != nil && !utils.Gone(err) { // the last container took it away
			yield("", err)
		}
	}
}

// positionOf is where the container with this id begins to look. The id is
// random, so is its start in binary; 31 bits are what the kernel's hashes have.
func positionOf(id string) int64 {
	start, err := strconv.ParseInt(id[:min(8, len(id))], 16, 64)
	if err != nil {
		return 0
	}
	return start >> 1
}

// namesFrom reports whether its caller wants more names.
func namesFrom(f *os.File, position int64, yield func(string, error) bool) (bool, error) {
	if _, err := f.Seek(position, io.SeekStart); err != nil {
		return false, err
	}
	for {
		names, err := f.Readdirnames(maxSiblings)
		for _, name := range names {
			if !yield(name, nil) {
				return false, nil
			}
		}
		if err != nil {
			return true, utils.Ignore(err, io.EOF)
		}
	}
}

// alone reports whether there is but one cgroup below dir, which is the
// caller's own: a directory of a cgroup file system has two links and one more
// for each subdirectory. It saves reading the directory at nearly every start.
func alone(dir string) bool {
	var stat unix.Stat_t
	return unix.Stat(dir, &stat) == nil && stat.Nlink == 3
}

// sibling is the cgroup of the container called name beside this one.
func (t *tree) sibling(name string) string { return path.Join(t.parent(), name) }

// clearing is what clear has found and done.
type clearing int

const (
	foreign clearing = iota // the container is not there, or not mydocker's
	busy                    // it lives, or has processes that are about to end
	cleared                 // it was a leftover
)

// clear removes a container's cgroup from every tree if nobody has locked it in any: a
// run that sees other hierarchies than this one locks those that it sees.
//
// It removes only what it has locked itself. Where the cgroup was not there a
// moment ago, its creator may just be making it anew, because another run took
// the first one for a leftover before it was locked.
func (m *CgroupManager) clear(name string) (clearing, error) {
	var release utils.Undo
	locked, err := m.lockDead(m.trees, name, &release)
	if locked == nil || err != nil {
		return busy, errors.Join(err, release.Run())
	}
	if len(locked) == 0 {
		return foreign, release.Run()
	}
	pids, err := processes(locked[0].Dir(locked[0].sibling(name)))
	if len(pids) > 0 && err == nil {
		return busy, errors.Join(m.end(locked[0], name), release.Run())
	}
	others, otherErr := m.otherTrees()
	if err = errors.Join(err, otherErr); err != nil {
		return busy, errors.Join(err, release.Run())
	}
	others = append(others, m.elsewhere(slices.Concat(m.trees, others), name)...)
	more, err := m.lockDead(others, name, &release)
	if more == nil || err != nil {
		return busy, errors.Join(err, release.Run())
	}
	inUse, err := m.removeLocked(append(locked, more...), name)
	errs := []error{err, release.Run()}
	if inUse {
		return busy, errors.Join(errs...)
	}
	for _, t := range others { // this run will not come by here again
		errs = append(errs, t.removeNames(), t.removeParents(t.cgroup))
	}
	if err = errors.Join(errs...); err != nil {
		return busy, err
	}
	m.log.WithField("cgroup", locked[0].sibling(name)).Info("cleared the leftover of a run that was killed")
	return cleared, nil
}

// removeLocked removes a leftover from these trees, the first of them last, so that it is
// found until all is gone. What still runs in one of them is killed, and the rest stays.
func (m *CgroupManager) removeLocked(trees []*tree, name string) (inUse bool, err error) {
	for _, t := range slices.Backward(trees) {
		err := t.rmdir(t.sibling(name))
		if errors.Is(err, unix.EBUSY) {
			return true, m.end(t, name)
		}
		if err != nil {
			return false, err
		}
	}
	return false, nil
}

// end kills what is in a leftover. It takes the kernel a moment, and for a process
// that waits for a disk much longer, so nobody waits for it.
func (m *CgroupManager) end(t *tree, name string) error {
	if !slices.Contains(m.dying, name) {
		m.dying = append(m.dying, name)
		m.log.WithField("cgroup", t.sibling(name)).Info("killed what a run that was killed has left")
	}
	errs := []error{t.kill(t.sibling(name)), m.thaw(name)}
	for _, other := range m.trees {
		if other != t && other.Version == subsystems.V1 { // where it may have left t's
			errs = append(errs, other.kill(other.sibling(name)))
		}
	}
	return errors.Join(errs...)
}

// thaw lets the processes of a leftover go on that was paused: the freezer of v1 keeps them also from
// being killed.
func (m *CgroupManager) thaw(name string) error {
	others, err := m.otherTrees()
	errs := []error{err}
	for _, t := range slices.Concat(m.trees, others) {
		if t.Version == subsystems.V1 && slices.Contains(t.names(), subsystems.FreezerName) {
			err := utils.WriteFile(t.Dir(t.sibling(name))+"/freezer.state", "THAWED")
			errs = append(errs, utils.Ignore(err, unix.ENOENT, unix.ENODEV))
		}
	}
	return errors.Join(errs...)
}

// clearDying removes the leftovers that this run has killed, if they have ended.
func (m *CgroupManager) clearDying() error {
	dying := m.dying
	m.dying = nil
	var errs []error
	for _, name := range dying {
		if _, err := m.clear(name); err != nil {
			errs = append(errs, fmt.Errorf("clear leftover %s: %w", name, err))
		}
	}
	m.dying = nil
	return errors.Join(errs...)
}

// lockDead locks the container's cgroup in those of the trees that have it; nil
// means that somebody else has in one of them. Where that is the container itself it
// is killed, and can be locked later.
func (m *CgroupManager) lockDead(trees []*tree, name string, release *utils.Undo) ([]*tree, error) {
	locked := []*tree{}
	for _, t := range trees {
		held, file := unlocked, t.lockFileOf(name)
		ours, err := held.open(file)
		if err != nil {
			return nil, err
		}
		if !ours && isBeingMade(path.Dir(file), 0) {
			return nil, nil
		}
		if !ours {
			continue
		}
		release.Add(func() error { return held.release() })
		free, err := held.try()
		switch {
		case err != nil:
			return nil, fmt.Errorf("flock %s: %w", file, err)
		case free && held.isAt(file):
			locked = append(locked, t)
		case !free && t.usurped(held, name):
			return nil, m.end(t, name)
		default: // it lives, or is being made anew
			return nil, nil
		}
	}
	return locked, nil
}

// otherTrees are the trees that a container may have and this one has not: the
// leftover of one with more limits is there, too. It is not looked for there
// before it was found in another, which is there from its first moment to its
// last.
func (m *CgroupManager) otherTrees() ([]*tree, error) {
	names := subsystems.AllNames()
	layout, err := FindLayout(names)
	if err != nil {
		return nil, err
	}
	known := len(m.trees)
	all := &CgroupManager{parent: m.parent, id: m.id, Resource: m.Resource, memberOf: m.memberOf, Watch: m.Watch, trees: slices.Clone(m.trees), log: m.log}
	for _, name := range names {
		if h := layout[name]; h != nil {
			t, err := all.treeOf(h, layout)
			if err != nil {
				return nil, err
			}
			if len(t.controllers) == 0 {
				t.add(subsystems.New(name, h, m.observe))
			}
		}
	}
	return all.trees[known:], nil
}

func isThere(path string) bool {
	var stat unix.Stat_t
	return unix.Stat(path, &stat) == nil
}

// subdirectories lists the cgroups directly below dir.
func subdirectories(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}
