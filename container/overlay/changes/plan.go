package changes

import (
	"errors"
	"fmt"
	"path"

	"github.com/mydocker/mydocker/utils"
)

// Options say what of the changes is applied.
type Options struct {
	// Paths are the absolute paths of the host that are meant, with all that is below
	// them; none is all.
	Paths []string
	// Force applies what is in conflict with the host.
	Force bool
	// Privileged applies set-user-ID and set-group-ID files, file capabilities and device
	// nodes.
	Privileged bool
}

// Plan is what an apply is going to do.
type Plan struct {
	Items []*Item
	kept  *Kept
}

// Item is a change, and what becomes of it.
type Item struct {
	*Change
	// Refused is why the change is not applied; "" if it is.
	Refused string
	// Skipped is whether the user does not want it.
	Skipped bool
	// Conflict is what of the host is lost, because Options.Force was given.
	Conflict string
	// Note is what could not be made the same.
	Note string

	tree *Item // the new directory that it is part of, if any
}

// Applied reports whether the item is applied.
func (i *Item) Applied() bool { return i.Refused == "" && !i.Skipped }

// Plan looks at each change that is meant.
func (k *Kept) Plan(o Options) (*Plan, error) {
	if err := k.need(); err != nil {
		return nil, err
	}
	if err := k.checkOver(); err != nil {
		return nil, err
	}
	changes, err := k.Changes()
	if err != nil {
		return nil, err
	}
	items, err := selected(changes, o.Paths)
	if err != nil {
		return nil, err
	}
	p := &Plan{items, k}
	p.findParents()
	m := k.memory()
	for _, item := range p.Items {
		if err := p.examine(item, o, m); err != nil {
			item.Refused = err.Error()
		}
	}
	p.refuseBelow()
	return p, nil
}

// checkOver refuses an apply on top of one that is half done, or half taken back.
func (k *Kept) checkOver() error {
	for _, j := range k.journals {
		switch {
		case j.interrupted():
			return errors.New("an apply was interrupted, which has to be finished first")
		case j.undo > 0 && j.undone == 0 && j.dropped == 0:
			return errors.New("an undo is not finished: mydocker undo takes back the rest, with --force also what the host has changed")
		}
	}
	return nil
}

// selected are the changes at and below paths, and the new directories that these are in.
func selected(changes []*Change, paths []string) ([]*Item, error) {
	used := make([]bool, len(paths))
	var items []*Item
	for _, c := range changes {
		meant := len(paths) == 0
		for i, p := range paths {
			if utils.IsAt(c.Path, p) {
				meant, used[i] = true, true
			}
			meant = meant || c.isNewDir() && utils.IsAt(p, c.Path)
		}
		if meant {
			items = append(items, &Item{Change: c})
		}
	}
	for i, is := range used {
		if !is {
			return nil, fmt.Errorf("%s is not among the changes, and nothing below it is (mydocker diff lists them)", paths[i])
		}
	}
	return items, nil
}

// examine decides whether an item is refused.
func (p *Plan) examine(i *Item, o Options, m memory) (err error) {
	if i.problem != nil {
		return i.problem
	}
	if i.Kind != Deleted {
		e, err := i.upper()
		if err != nil {
			return err
		}
		rights, err := privileged(e, &i.new)
		if err == nil {
			err = i.noteFlags(e)
		}
		if err = errors.Join(err, e.close()); err != nil {
			return err
		}
		if rights != "" && !o.Privileged {
			i.Refused = rights + " (--privileged-files applies it)"
			return nil
		}
	}
	if i.tree != nil {
		return nil
	}
	if i.Refused, err = p.kept.obstacle(i.Change); i.Refused != "" || err != nil {
		return err
	}
	reason, err := p.kept.conflict(i.Change, m)
	switch {
	case reason == "" || err != nil:
	case o.Force:
		if i.Conflict = reason; !i.isMerged() {
			_, err = changedBelow(i.layer, i.name, &i.old, func(string, *attr) bool { return false })
		}
	default:
		i.Refused = "conflict: " + reason + " (--force applies it)"
	}
	return err
}

// noteFlags says what of a file is not applied.
func (i *Item) noteFlags(e entry) error {
	if !i.new.isRegular() && !i.new.isDir() {
		return nil
	}
	flags, err := i.layer.marks.flags(e)
	if flags != "" {
		i.addNote("its flags (chattr +" + flags + ") are not set on the host")
	}
	return err
}

// findParents tells each item which new directory it is part of, the topmost one. The
// items of a directory stand behind it.
func (p *Plan) findParents() {
	var above *Item
	for _, i := range p.Items {
		switch {
		case above != nil && above.layer == i.layer && utils.IsAt(i.name, above.name):
			i.tree = above
		case i.isNewDir():
			above = i
		}
	}
}

// refuseBelow refuses what is in a new directory that is not applied.
func (p *Plan) refuseBelow() {
	var above *Item
	for _, i := range p.Items {
		switch {
		case above != nil && above.layer == i.layer && utils.IsBelow(i.name, above.name):
			if i.Applied() && above.Skipped {
				i.Skipped = true
			} else if i.Applied() {
				i.Refused = "its directory is not applied"
			}
		case !i.Applied() && i.isNewDir():
			above = i
		}
	}
}

// Count is how many items are applied.
func (p *Plan) Count() (count int) {
	for _, i := range p.Items {
		if i.Applied() {
			count++
		}
	}
	return count
}

// Refused are the items that are refused so far.
func (p *Plan) Refused() map[*Item]bool {
	refused := map[*Item]bool{}
	for _, i := range p.Items {
		if i.Refused != "" {
			refused[i] = true
		}
	}
	return refused
}

// OnlyNames reports whether the item is a directory of which only names or times are others:
// it goes with what is in it.
func (i *Item) OnlyNames() bool { return i.isMerged() && !i.attributes }

// skipBare skips directories whose names are others, if none of those is applied.
func (p *Plan) skipBare() {
	names, applied := map[parentKey]int{}, map[parentKey]int{}
	for _, i := range p.Items {
		key := parentKey{i.layer, path.Dir(i.name)}
		if i.Kind != Changed {
			names[key]++
		}
		if i.Kind != Changed && i.Applied() {
			applied[key]++
		}
	}
	for _, i := range p.Items {
		key := parentKey{i.layer, i.name}
		if i.OnlyNames() && i.Applied() && names[key] > 0 && applied[key] == 0 {
			i.Skipped = true
		}
	}
}

// Skip leaves an item out, and what is in it if it is a new directory.
func (p *Plan) Skip(i *Item) {
	i.Skipped = true
	p.refuseBelow()
}
