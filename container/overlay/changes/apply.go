package changes

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

const errStopped = utils.Sentinel("stopped")

// Interrupted tells how many operations an apply has left that was killed; ok is whether
// there is one. Finish does them.
func (k *Kept) Interrupted() (left int, ok bool) {
	for _, j := range k.journals {
		if j.interrupted() {
			return len(j.ops), true
		}
	}
	return 0, false
}

// Finish ends an apply that was killed when it had begun to change the host. What it
// could not do is told in lines.
func (k *Kept) Finish() (failed []string, err error) {
	if err := k.need(); err != nil {
		return nil, err
	}
	for _, j := range k.journals {
		if !j.interrupted() {
			continue
		}
		err := k.commit(j, func(o *operation, _ string, err error) {
			if err != nil {
				failed = append(failed, fmt.Sprintf("%s: %v", k.operationPath(o), err))
			}
		})
		if err != nil {
			return failed, err
		}
	}
	return failed, nil
}

func (k *Kept) operationPath(o *operation) string {
	if l := k.layerOf(o.Layer); l != nil {
		return hostPath(l, string(o.Name))
	}
	return string(o.Name)
}

// Apply makes the host what the container has seen, as far as the plan says so. All that
// is new is prepared first. If that fails, as on a full disk, the host stays as it is.
func (p *Plan) Apply() error {
	k := p.kept
	if err := k.clear(); err != nil {
		return err
	}
	p.skipBare()
	if p.Count() == 0 {
		return nil
	}
	number := 0
	if n := len(k.journals); n > 0 {
		number = k.journals[n-1].number + 1
	}
	j, err := newJournal(k.dir, number)
	if err != nil {
		return err
	}
	k.journals = append(k.journals, j)
	s := p.newStaging(j)
	err = s.prepare()
	for _, store := range s.stores {
		err = errors.Join(err, store.top.Close())
	}
	if errors.Is(err, errStopped) {
		return err
	}
	if err == nil {
		err = k.at("commit")
	}
	if err == nil && len(j.ops) > 0 {
		err = j.markTime(func(now int64) line { return line{Commit: now} })
	}
	if err != nil {
		return errors.Join(fmt.Errorf("nothing was changed: %w", err), k.discard(j))
	}
	if len(j.ops) == 0 {
		return k.discard(j)
	}
	return k.commit(j, p.told())
}

// told writes into the items what has become of the operations.
func (p *Plan) told() func(*operation, string, error) {
	items := map[string]*Item{}
	for _, i := range p.Items {
		if i.tree == nil {
			items[i.Path] = i
		}
	}
	return func(o *operation, note string, err error) {
		i := items[p.kept.operationPath(o)]
		if i == nil {
			return // the times of a directory that is no change
		}
		if i.addNote(note); err != nil && i.Applied() {
			i.Refused = err.Error()
			p.refuseBelow()
		}
	}
}

// commit does all operations of a journal. One that fails leaves its path as it was.
func (k *Kept) commit(j *journal, told func(*operation, string, error)) error {
	performer, err := k.newPerformer(j)
	if err != nil {
		return err
	}
	var failed []int
	for i := range j.ops {
		if err := k.at("perform"); err != nil {
			return errors.Join(err, performer.close())
		}
		note, err := performer.perform(&j.ops[i])
		if err != nil {
			failed = append(failed, i)
		}
		told(&j.ops[i], note, err)
	}
	if err := k.at("done"); err != nil {
		return errors.Join(err, performer.close())
	}
	err = performer.sync()
	if err = errors.Join(err, performer.close()); err != nil {
		return err
	}
	return j.markTime(func(now int64) line { return line{Done: now, Failed: failed} })
}

// clear removes what applies have left that were killed before they changed anything, and
// the rests of those that are over.
func (k *Kept) clear() error {
	for _, j := range append([]*journal(nil), k.journals...) {
		switch {
		case j.commit == 0:
			if err := k.discard(j); err != nil {
				return err
			}
		case j.removed > 0:
		case j.dropped > 0: // it is not known any more what else happened meanwhile
			if err := k.removeStores(j); err != nil {
				return err
			}
			if err := j.mark(line{Removed: j.dropped}); err != nil {
				return err
			}
		case j.undone > 0:
			if err := k.drop(j); err != nil {
				return err
			}
		}
	}
	return nil
}

// discard removes an apply that has changed nothing.
func (k *Kept) discard(j *journal) error {
	if err := k.removeStores(j); err != nil {
		return err
	}
	for i := range k.journals {
		if k.journals[i] == j {
			k.journals = append(k.journals[:i:i], k.journals[i+1:]...)
			break
		}
	}
	return errors.Join(j.file.Close(), unlink(k.dir, j.name()))
}

// drop removes the stores of a journal, which stays: it tells what mydocker did.
func (k *Kept) drop(j *journal) error {
	if err := j.markTime(func(now int64) line { return line{Dropped: now} }); err != nil {
		return err
	}
	if err := k.removeStores(j); err != nil {
		return err
	}
	return j.markTime(func(now int64) line { return line{Removed: now} })
}

func (k *Kept) removeStores(j *journal) error {
	for _, s := range j.stores {
		if err := k.at("remove"); err != nil {
			return err
		}
		if err := k.remove(j, s); err != nil {
			return fmt.Errorf("remove %s: %w", path.Base(k.storePath(j, s)), err)
		}
	}
	return nil
}

func unlink(dir *os.File, name string) error {
	if err := unix.Unlinkat(int(dir.Fd()), name, 0); err != nil {
		return &fs.PathError{Op: "remove", Path: path.Join(dir.Name(), name), Err: err}
	}
	return nil
}
