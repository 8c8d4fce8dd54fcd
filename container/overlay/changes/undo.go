package changes

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Undone is what an undo has done.
type Undone struct {
	// Found is whether there was anything to take back.
	Found bool
	// Paths were taken back. Refused were not, for the reasons.
	Paths   []string
	Refused []Refusal
	// Earlier is how many applies before that can be taken back, too.
	Earlier int
}

// Refusal is a path, and why it stays as it is.
type Refusal struct{ Path, Reason string }

// Undo takes the last apply back that was not yet: content, owners, modes, times and
// extended attributes are as they were before. What the host has changed since stays,
// unless force is given.
func (k *Kept) Undo(force bool) (*Undone, error) {
	if err := k.need(); err != nil {
		return nil, err
	}
	if err := k.clear(); err != nil {
		return nil, err
	}
	result := &Undone{}
	var last *journal
	for _, j := range k.journals {
		if j.commit > 0 && j.undone == 0 && j.dropped == 0 {
			if last != nil {
				result.Earlier++
			}
			last, result.Found = j, true
		}
	}
	if last == nil {
		return result, nil
	}
	return result, k.undo(last, force, result)
}

// Forget gives up that applies can be taken back, and removes the old versions that were
// kept for it. It tells how many applies that were.
func (k *Kept) Forget() (count int, err error) {
	if err := k.need(); err != nil {
		return 0, err
	}
	if _, is := k.Interrupted(); is {
		return 0, errors.New("an apply was interrupted: apply finishes it, undo takes it back")
	}
	if err := k.clear(); err != nil {
		return 0, err
	}
	for _, j := range k.journals {
		if j.dropped > 0 {
			continue
		}
		if err := k.drop(j); err != nil {
			return count, err
		}
		count++
	}
	return count, nil
}

func (k *Kept) undo(j *journal, force bool, result *Undone) error {
	if j.undo == 0 {
		if err := j.markTime(func(now int64) line { return line{Undo: now} }); err != nil {
			return err
		}
	}
	performer, err := k.newPerformer(j)
	if err != nil {
		return err
	}
	u := &undoing{performer, force, result, map[int]bool{}}
	err = u.all()
	if err == nil {
		err = performer.sync()
	}
	if err = errors.Join(err, performer.close()); err != nil || len(result.Refused) > 0 {
		return err
	}
	if err := j.markTime(func(now int64) line { return line{Undone: now} }); err != nil {
		return err
	}
	if err := k.at("undone"); err != nil {
		return err
	}
	return k.drop(j)
}

// undoing takes the operations of a journal back.
type undoing struct {
	*performer
	force  bool
	result *Undone
	// times are the directories that get their times back.
	times map[int]bool
}

// all goes through the operations three times: what directories have is given back first,
// so that their entries can be changed, and their times last, because that sets them.
func (u *undoing) all() error {
	ops := u.journal.ops
	for n := range ops {
		if ops[n].Kind == opAttrs {
			if err := u.each(n, u.rights); err != nil {
				return err
			}
		}
	}
	for n := len(ops) - 1; n >= 0; n-- {
		if ops[n].Kind != opAttrs {
			if err := u.each(n, u.rename); err != nil {
				return err
			}
		}
	}
	for n := range ops {
		if u.times[n] {
			if err := u.each(n, u.setTimes); err != nil {
				return err
			}
		}
	}
	return nil
}

// each does one operation, and tells what has become of it.
func (u *undoing) each(n int, do func(n int, o *operation) (bool, error)) error {
	if err := u.kept.at("undo"); err != nil {
		return err
	}
	o := &u.journal.ops[n]
	done, err := do(n, o)
	name := u.kept.operationPath(o)
	if err != nil {
		u.result.Refused = append(u.result.Refused, Refusal{name, err.Error()})
	} else if done {
		u.result.Paths = append(u.result.Paths, name)
	}
	return nil
}

const errSince = utils.Sentinel("the host has changed it since (--force takes it back all the same)")

// rights gives a directory its mode, owner and extended attributes back.
func (u *undoing) rights(n int, o *operation) (bool, error) {
	l := u.kept.layerOf(o.Layer)
	if l == nil {
		return false, errors.New("there is no such layer")
	}
	fd, err := l.host.open(string(o.Name), unix.O_PATH|unix.O_DIRECTORY)
	if errors.Is(err, unix.ENOENT) && !o.Before.differs(o.After) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	e := entry{fd, "."}
	done, err := u.rightsOf(n, o, e)
	return done, errors.Join(err, e.close())
}

func (u *undoing) rightsOf(n int, o *operation, e entry) (bool, error) {
	a, err := e.stat()
	if err != nil {
		return false, err
	}
	now, err := e.dirAttrs(&a)
	if err != nil {
		return false, err
	}
	since := u.changed(&o.New, &a) && a.ctime < u.journal.undo
	if u.times[n] = o.Old.is(&a) && !since; !o.Before.differs(now) {
		return false, nil
	}
	if (!o.Old.is(&a) || o.After.differs(now) && o.Before.differs(o.After)) && !u.force {
		return false, errSince
	}
	if !o.Before.differs(o.After) && !u.force {
		return false, nil // the host's own change of a directory that only got names
	}
	want := *o.Before
	want.Times = nil
	_, err = e.set(&want)
	return true, err
}

// changed reports whether the host has changed a file since it was put there.
func (u *undoing) changed(put *identity, a *attr) bool {
	switch {
	case u.own(a):
		return false
	case u.journal.done > 0:
		return a.ctime >= u.journal.done
	}
	return !a.isDir() && put.Modified != a.mtime.Nano()
}

// own reports whether a file may be changed since by the undo itself, which has taken
// back another of its names.
func (u *undoing) own(a *attr) bool {
	return a.ctime >= u.journal.undo && a.nlink > 1 && !a.isDir()
}

func (u *undoing) setTimes(_ int, o *operation) (bool, error) {
	_, err := u.setAttrs(o, o.Before, o.Before)
	return false, err
}

// rename takes back a rename, unless it never happened or was taken back before.
func (u *undoing) rename(_ int, o *operation) (done bool, err error) {
	err = u.at(o, func(where place, there, kept *attr) error {
		if done, err = u.takeBack(o, where, there, kept); err != nil {
			done = false
		}
		return err
	})
	return done, err
}

func (u *undoing) takeBack(o *operation, where place, there, kept *attr) (bool, error) {
	happened := !o.New.is(kept)
	if o.Kind == opTake {
		happened = kept.exists()
	}
	if !happened {
		return false, nil
	}
	if !there.exists() {
		return u.giveBack(o, where)
	}
	since := o.Kind == opTake || !o.New.is(there)
	if !since {
		var err error
		if since, err = u.changedIn(o, there); err != nil {
			return false, err
		}
	}
	switch {
	case since && !u.force:
		return false, errSince
	case o.Kind == opPut:
		return true, rename(where.target, where.slot, unix.RENAME_NOREPLACE)
	}
	return true, rename(where.slot, where.target, unix.RENAME_EXCHANGE)
}

// giveBack takes back a rename whose target is not there any more.
func (u *undoing) giveBack(o *operation, where place) (bool, error) {
	switch {
	case o.Kind == opPut:
		return false, nil // the host has removed it, too
	case o.Kind == opSwap && !u.force:
		return false, errSince
	}
	return true, rename(where.slot, where.target, unix.RENAME_NOREPLACE)
}

// changedIn reports whether the host has changed what was put there, or anything in it.
func (u *undoing) changedIn(o *operation, there *attr) (bool, error) {
	l := u.kept.layerOf(o.Layer)
	text, err := changedBelow(l, string(o.Name), there, func(name string, a *attr) bool {
		if name == string(o.Name) {
			return u.changed(&o.New, a)
		}
		return a.ctime >= max(u.journal.commit, u.journal.done) && !u.own(a)
	})
	return text != "", err
}
