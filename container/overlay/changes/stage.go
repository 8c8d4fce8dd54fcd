package changes

import (
	"errors"
	"fmt"
	"path"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// staging prepares all operations of an apply. Nothing of the host is changed meanwhile,
// but that there are stores.
type staging struct {
	plan    *Plan
	journal *journal
	memory  memory
	stores  []*openStore
	slots   int
	// links are the files that have further names in the upper directory.
	links map[linkKey]link
	// trees has the slot of each new directory, and dirs all that get their times in the end.
	trees map[*Item]slot
	dirs  []staged
	// parents are the directories whose entries change.
	parents map[parentKey]*parent
	order   []parentKey
}

type slot struct {
	store  *openStore
	number int
}

func (s slot) name() string { return strconv.Itoa(s.number) }

type linkKey struct {
	layer *layer
	inode uint64
}

// link is a file of a store that gets a second name.
type link struct {
	store *openStore
	name  string
}

// staged is a new directory in a store.
type staged struct {
	item  *Item
	store *openStore
	name  string
}

type parentKey struct {
	layer *layer
	name  string
}

// parent is a directory of the host whose entries change.
type parent struct {
	item    *Item // of its own, if it is applied
	entries bool  // whether names are added or deleted
}

func (p *Plan) newStaging(j *journal) *staging {
	return &staging{
		plan: p, journal: j, memory: p.kept.memory(),
		links: map[linkKey]link{}, trees: map[*Item]slot{}, parents: map[parentKey]*parent{},
	}
}

// prepare stages all items, and writes their operations to the journal.
func (s *staging) prepare() error {
	for _, i := range s.plan.Items {
		if !i.Applied() {
			continue
		}
		if err := s.plan.kept.at("stage"); err != nil {
			return err
		}
		err := s.item(i)
		switch {
		case isFatal(err) || errors.Is(err, errStopped):
			return fmt.Errorf("prepare %s: %w", i.Path, err)
		case err != nil:
			i.Refused = err.Error()
			s.plan.refuseBelow()
		}
	}
	if err := s.finishDirs(); err != nil {
		return err
	}
	if err := s.writeOperations(); err != nil {
		return err
	}
	for _, store := range s.stores {
		if err := unix.Syncfs(int(store.top.Fd())); err != nil {
			return fmt.Errorf("syncfs %s: %w", store.top.Name(), err)
		}
	}
	return nil
}

// item stages one change.
func (s *staging) item(i *Item) error {
	if i.isMerged() {
		s.parent(i.layer, i.name).item = i
		return nil
	}
	if i.tree != nil {
		top := s.trees[i.tree]
		return s.copy(i, top.store, path.Join(top.name(), strings.TrimPrefix(i.name, i.tree.name+"/")))
	}
	store, err := s.storeFor(i.layer, path.Dir(i.name))
	if err != nil {
		return err
	}
	if i.Kind != Deleted {
		if err := s.copy(i, store, strconv.Itoa(s.slots)); err != nil {
			return err
		}
	}
	s.trees[i] = slot{store, s.slots}
	s.slots++
	parent := s.parent(i.layer, path.Dir(i.name))
	parent.entries = parent.entries || i.Kind != Changed
	return nil
}

func (s *staging) parent(l *layer, name string) *parent {
	key := parentKey{l, name}
	if s.parents[key] == nil {
		s.parents[key] = &parent{}
		s.order = append(s.order, key)
	}
	return s.parents[key]
}

// storeFor finds the store for targets in a directory.
func (s *staging) storeFor(l *layer, name string) (*openStore, error) {
	fd, err := l.host.open(name, unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	mount, device, err := placeOf(fd)
	if err = errors.Join(err, unix.Close(fd)); err != nil {
		return nil, err
	}
	for _, store := range s.stores {
		if store.mount == mount && store.device == device {
			return store, nil
		}
	}
	store, err := s.plan.kept.makeStore(s.journal, l, name)
	if err == nil {
		s.stores = append(s.stores, store)
	}
	return store, err
}

// copy makes in a store what the container has left.
func (s *staging) copy(i *Item, store *openStore, name string) error {
	from, err := i.upper()
	if err != nil {
		return err
	}
	to, err := store.at(name)
	if err != nil {
		return errors.Join(err, from.close())
	}
	err = s.copyTo(i, from, store, name, to)
	if err != nil {
		err = errors.Join(err, unlinkNew(to))
	}
	return errors.Join(err, from.close(), to.close())
}

func (s *staging) copyTo(i *Item, from entry, store *openStore, name string, to entry) error {
	key := linkKey{i.layer, i.new.ino}
	several := i.new.nlink > 1 && !i.new.isDir()
	if several {
		if linked, err := s.link(key, from, store, to); linked || err != nil {
			return err
		}
	}
	now, err := from.stat()
	if err != nil {
		return err
	}
	if !now.is(&i.new) {
		return errors.New("the layer has changed just now")
	}
	if err := create(from, to, &i.new); err != nil {
		return err
	}
	if i.new.isDir() {
		s.dirs = append(s.dirs, staged{i, store, name})
		return nil
	}
	note, err := to.become(from, &i.new)
	if i.addNote(note); err == nil && several {
		s.links[key] = link{store, name}
	}
	return err
}

// unlinkNew removes what could not be finished.
func unlinkNew(e entry) error {
	err := unix.Unlinkat(e.dir, e.name, 0)
	if err == unix.EISDIR {
		err = unix.Unlinkat(e.dir, e.name, unix.AT_REMOVEDIR)
	}
	if err == unix.ENOENT {
		return nil
	}
	return err
}

func (i *Item) addNote(note string) {
	if note != "" && i.Note == "" {
		i.Note = note
	}
}

// link gives a further name to a file that was staged before, or to one that is the same
// on the host. Where that cannot be, the file is copied.
func (s *staging) link(key linkKey, from entry, store *openStore, to entry) (bool, error) {
	if first, is := s.links[key]; is && first.store == store {
		e, err := store.at(first.name)
		if err != nil {
			return false, err
		}
		err = unix.Linkat(e.dir, e.name, to.dir, to.name, 0)
		return err == nil, errors.Join(err, e.close())
	}
	name, is := key.layer.linked[key.inode]
	if !is {
		return false, nil
	}
	e, err := key.layer.host.at(name)
	if err != nil {
		return false, err
	}
	// protected_hardlinks of proc_sys_fs(5) and another file system may refuse it.
	linked := unix.Linkat(e.dir, e.name, to.dir, to.name, 0) == nil
	if linked {
		linked, err = s.checkLinked(from, to)
	}
	return linked, errors.Join(err, e.close())
}

// checkLinked gives a name back that is no name of the same file: the host may have put
// another one there meanwhile.
func (s *staging) checkLinked(from, to entry) (bool, error) {
	upper, err := from.stat()
	if err != nil {
		return false, err
	}
	host, err := to.stat()
	if err != nil {
		return false, err
	}
	file := identityOf(&host)
	is := upper.format() == host.format()
	if is {
		is, err = same(from, to, &upper, &host)
	}
	if err != nil || !is {
		return false, errors.Join(err, unlinkNew(to))
	}
	return true, s.journal.append(line{Linked: &file})
}

// create makes a file of a type, with its content.
func create(from, to entry, a *attr) error {
	switch a.format() {
	case unix.S_IFREG:
		return copyFile(from, to)
	case unix.S_IFDIR:
		return unix.Mkdirat(to.dir, to.name, 0o700)
	case unix.S_IFLNK:
		target, err := from.readLink()
		if err != nil {
			return err
		}
		return unix.Symlinkat(target, to.dir, to.name)
	case unix.S_IFIFO, unix.S_IFSOCK, unix.S_IFCHR, unix.S_IFBLK:
		return unix.Mknodat(to.dir, to.name, a.format()|0o600, int(a.rdev))
	}
	return fmt.Errorf("a file of type %o", a.format())
}

// finishDirs gives new directories their attributes, when all that is in them is there.
func (s *staging) finishDirs() error {
	for n := len(s.dirs) - 1; n >= 0; n-- {
		d := s.dirs[n]
		if !d.item.Applied() {
			continue
		}
		from, err := d.item.upper()
		if err != nil {
			return err
		}
		to, err := d.store.at(d.name)
		if err != nil {
			return errors.Join(err, from.close())
		}
		note, err := to.become(from, &d.item.new)
		d.item.addNote(note)
		if err = errors.Join(err, from.close(), to.close()); err != nil {
			return fmt.Errorf("prepare %s: %w", d.item.Path, err)
		}
	}
	return nil
}
