package changes

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// place is where an operation happens: the target on the host, and the slot.
type place struct {
	target, slot entry
	store        *openStore
}

// performer does the operations of a journal, or takes them back.
type performer struct {
	kept    *Kept
	journal *journal
	stores  map[int]*openStore
}

func (k *Kept) newPerformer(j *journal) (*performer, error) {
	p := &performer{k, j, map[int]*openStore{}}
	for number := range j.stores {
		needed := false
		for i := range j.ops {
			needed = needed || j.ops[i].Kind != opAttrs && j.ops[i].Store == number
		}
		if !needed {
			continue // making it may have failed
		}
		store, err := k.openStore(j, number)
		if err != nil {
			return nil, errors.Join(err, p.close())
		}
		p.stores[number] = store
	}
	return p, nil
}

func (p *performer) close() error {
	var errs []error
	for _, store := range p.stores {
		errs = append(errs, store.top.Close())
	}
	return errors.Join(errs...)
}

// sync has all that was renamed written to the disks.
func (p *performer) sync() error {
	var errs []error
	for _, store := range p.stores {
		if err := unix.Syncfs(int(store.top.Fd())); err != nil {
			errs = append(errs, fmt.Errorf("syncfs %s: %w", store.top.Name(), err))
		}
	}
	return errors.Join(errs...)
}

// at opens the place of an operation, and tells which files are there.
func (p *performer) at(o *operation, do func(place, *attr, *attr) error) error {
	l := p.kept.layerOf(o.Layer)
	if l == nil {
		return fmt.Errorf("there is no layer %s", o.Layer)
	}
	target, err := l.host.at(string(o.Name))
	if err != nil {
		return err
	}
	store := p.stores[o.Store]
	where := place{target, entry{int(store.top.Fd()), slot{store, o.Slot}.name()}, store}
	there, err := target.lookup()
	if err == nil {
		var kept attr
		if kept, err = where.slot.lookup(); err == nil {
			err = do(where, &there, &kept)
		}
	}
	return errors.Join(err, target.close())
}

const errJustNow = utils.Sentinel("the host has changed it just now")

// perform does an operation, unless it was done.
func (p *performer) perform(o *operation) (note string, err error) {
	if o.Kind == opAttrs {
		return p.setAttrs(o, o.Before, o.After)
	}
	return "", p.at(o, func(where place, there, kept *attr) error {
		switch {
		case o.Kind == opPut && o.New.is(there), o.Kind == opSwap && o.New.is(there) && o.Old.is(kept),
			o.Kind == opTake && o.Old.is(kept):
			return nil
		case o.Kind == opPut && !there.exists():
			return where.put()
		case o.Kind != opPut && o.Old.untouched(there):
			if o.Kind == opTake {
				return where.take(&o.Old)
			}
			return where.swap(&o.Old)
		}
		return errJustNow
	})
}

// put moves from the slot to the target.
func (w place) put() error {
	return rename(w.slot, w.target, unix.RENAME_NOREPLACE)
}

// take moves from the target to the slot. Who else has put another file there meanwhile
// gets it back.
func (w place) take(old *identity) error {
	return w.unless(old, rename(w.target, w.slot, unix.RENAME_NOREPLACE), func() error {
		return rename(w.slot, w.target, unix.RENAME_NOREPLACE)
	})
}

// swap exchanges slot and target, with the same care.
func (w place) swap(old *identity) error {
	exchange := func() error { return rename(w.slot, w.target, unix.RENAME_EXCHANGE) }
	return w.unless(old, exchange(), exchange)
}

func (w place) unless(old *identity, err error, back func() error) error {
	if err != nil {
		return err
	}
	kept, err := w.slot.lookup()
	if err != nil || old.is(&kept) {
		return err
	}
	return errors.Join(errJustNow, back())
}

func rename(from, to entry, flags uint) error {
	err := unix.Renameat2(from.dir, from.name, to.dir, to.name, flags)
	if err == unix.EXDEV {
		return fmt.Errorf("%w (another project of a disk quota?)", err)
	}
	return err
}

// setAttrs gives a directory attributes.
func (p *performer) setAttrs(o *operation, from, to *dirAttrs) (note string, err error) {
	l := p.kept.layerOf(o.Layer)
	if l == nil {
		return "", fmt.Errorf("there is no layer %s", o.Layer)
	}
	fd, err := l.host.open(string(o.Name), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return "", err
	}
	e := entry{fd, "."}
	now, err := e.stat()
	switch {
	case err != nil:
	case !o.New.is(&now):
		err = errJustNow
	case from.differs(to):
		note, err = e.set(to)
	default:
		if err = e.setTimes(to.Times); errors.Is(err, unix.EPERM) {
			err = nil // the directory is somebody else's, and only its time is another
		}
	}
	return note, errors.Join(err, e.close())
}
