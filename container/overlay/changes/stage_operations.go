package changes

import (
	"errors"

	"golang.org/x/sys/unix"
)

// writeOperations adds to the journal what is prepared: first the renames, then the
// directories, the lowest first.
func (s *staging) writeOperations() error {
	for _, i := range s.plan.Items {
		if !i.Applied() || i.isMerged() || i.tree != nil {
			continue
		}
		o, err := s.operation(i)
		if err != nil {
			i.Refused = err.Error()
			s.plan.refuseBelow()
			continue
		}
		if err := s.journal.append(line{Op: o}); err != nil {
			return err
		}
	}
	for n := len(s.order) - 1; n >= 0; n-- {
		o, err := s.attributes(s.order[n])
		if err != nil {
			return err
		}
		if err := s.journal.append(line{Op: o}); err != nil {
			return err
		}
	}
	return nil
}

// operation describes the rename of an item.
func (s *staging) operation(i *Item) (*operation, error) {
	slot := s.trees[i]
	o := &operation{
		Kind: opPut, Layer: i.layer.Directory, Name: []byte(i.name), Store: slot.store.number, Slot: slot.number,
		Old: identityOf(&i.old), Tree: i.new.isDir(), Changed: i.Conflict != "",
	}
	switch i.Kind {
	case Deleted:
		o.Kind = opTake
		return o, nil
	case Changed:
		o.Kind = opSwap
	}
	made, err := slot.store.lookup(slot.name())
	if err == nil && !made.exists() {
		err = errors.New("what was prepared is gone")
	}
	o.New = identityOf(&made)
	return o, err
}

// attributes describes what becomes of a directory of the host that stays.
func (s *staging) attributes(key parentKey) (*operation, error) {
	fd, err := key.layer.host.open(key.name, unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	e := entry{fd, "."}
	o, err := s.attributesOf(key, e)
	return o, errors.Join(key.layer.host.failed("read the attributes of", key.name, err), e.close())
}

func (s *staging) attributesOf(key parentKey, e entry) (*operation, error) {
	p := s.parents[key]
	now, err := e.stat()
	if err != nil {
		return nil, err
	}
	changed := s.memory.changedSince(key.layer, hostPath(key.layer, key.name), &now)
	o := &operation{
		Kind: opAttrs, Layer: key.layer.Directory, Name: []byte(key.name),
		Old: identityOf(&now), New: identityOf(&now), Changed: changed,
	}
	if o.Before, err = e.dirAttrs(&now); err != nil {
		return nil, err
	}
	after := *o.Before
	o.After = &after
	applied := p.item != nil && p.item.Applied()
	if applied && p.item.attributes {
		if err := p.item.upperAttrs(&after); err != nil {
			return nil, err
		}
	}
	switch {
	case applied && !changed && key.name != ".":
		after.Times = timesOf(&p.item.new)
	case p.entries || changed && applied:
		after.Times = nil
	}
	return o, nil
}

// upperAttrs reads what a directory has in the container.
func (i *Item) upperAttrs(d *dirAttrs) error {
	if i.name == "." && i.layer.UserXattr { // see walker.sameTop
		d.Mode = i.new.permissions()
		return nil
	}
	e, err := i.upper()
	if err != nil {
		return err
	}
	read, err := e.dirAttrs(&i.new)
	*d = *read
	return errors.Join(err, e.close())
}
