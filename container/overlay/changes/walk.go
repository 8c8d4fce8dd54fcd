package changes

import (
	"errors"
	"path"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// maxChanges bounds the list of changes.
const maxChanges = 4 << 20

const errTooMany = utils.Sentinel("more than 4194304 changes")

// Changes lists what differs from the host as it is now, a directory before what is below
// it. A file is a change if anything of it is another: its content, type, owner, mode,
// times or extended attributes. A directory is, too, if names in it were added or deleted.
func (k *Kept) Changes() ([]*Change, error) {
	var all []*Change
	m, targets := k.memory(), mountTargets()
	for _, l := range k.layers {
		w := &walker{layer: l, memory: m, targets: targets, made: map[string]bool{}}
		if err := w.top(); err != nil {
			return nil, err
		}
		all = append(all, w.found...)
	}
	return all, nil
}

// walker compares an upper directory with the host.
type walker struct {
	layer  *layer
	memory memory
	found  []*Change
	// targets are the paths where mydocker mounts files, and made the directories in which
	// it has made some for that.
	targets, made map[string]bool
}

// visit is what there is to do for a name: a change to be listed, or a directory to be
// entered, or both.
type visit struct {
	*Change
	listed bool
	enter  bool
}

// top compares the directory that the layer lies over. Its times are nobody's change: the
// making of the layer's mount sets them.
func (w *walker) top() error {
	c := w.change(Changed, ".")
	var s [2]unix.Stat_t
	for i, t := range []*tree{w.layer.upper, w.layer.host} {
		if err := unix.Fstat(int(t.top.Fd()), &s[i]); err != nil {
			return t.failed("stat", ".", err)
		}
	}
	c.new, c.old = attrOf(&s[0]), attrOf(&s[1])
	if w.layer.UserXattr { // in a user namespace it is root's of there from the first
		c.new.uid, c.new.gid = c.old.uid, c.old.gid
	}
	is, err := w.sameTop(c)
	if err != nil {
		return w.layer.host.failed("compare", ".", err)
	}
	if c.attributes = !is; c.attributes {
		w.found = append(w.found, c)
	}
	_, err = w.directory(".", over{merged: true})
	return err
}

// sameTop compares the rights of that directory. With userxattr the layer's own belongs to
// root of the container, and has no attributes that only the host can give.
func (w *walker) sameTop(c *Change) (bool, error) {
	if w.layer.UserXattr {
		return c.new.mode == c.old.mode, nil
	}
	return sameAttributes(entry{int(w.layer.upper.top.Fd()), "."}, entry{int(w.layer.host.top.Fd()), "."}, &c.new, &c.old)
}

func (w *walker) change(kind byte, name string) *Change {
	return &Change{Kind: kind, Path: hostPath(w.layer, name), layer: w.layer, name: name}
}

// over says what a directory of the upper tree lies over: whether the host has it, too, and
// whether it hides what that holds, as all directories in an opaque one do.
type over struct{ merged, opaque bool }

// directory lists the changes below a directory of the upper tree. altered is whether names
// were added to it or deleted from it.
func (w *walker) directory(name string, host over) (altered bool, err error) {
	visits, err := w.compareAll(name, &host)
	if err != nil {
		return false, err
	}
	for _, v := range visits {
		here := len(w.found)
		if v.listed {
			w.found = append(w.found, v.Change)
		}
		if len(w.found) > maxChanges {
			return false, errTooMany
		}
		altered = altered || v.listed && v.Kind != Changed
		if !v.enter {
			continue
		}
		inner, err := w.directory(v.name, over{v.isMerged(), host.opaque})
		switch {
		case errors.Is(err, errTooMany):
			return false, err
		case err != nil && v.listed:
			v.problem = err
		case err != nil:
			v.problem = err
			w.found = slices.Insert(w.found, here, v.Change)
		case !v.listed && (inner || w.hasOtherTimes(v.Change)):
			w.found = slices.Insert(w.found, here, v.Change)
		}
	}
	return altered, nil
}

// hasOtherTimes tells of a directory whether its time is a change of the container's. Where
// the host has added a name to it meanwhile, it is not, but if it is later.
func (w *walker) hasOtherTimes(c *Change) bool {
	if c.new.mtime == c.old.mtime || w.made[c.Path] {
		return false
	}
	return c.new.mtime.Nano() > c.old.mtime.Nano() || !w.memory.changedSince(c.layer, c.Path, &c.old)
}

// compareAll compares the entries of a directory.
func (w *walker) compareAll(name string, lies *over) (visits []visit, err error) {
	names, err := w.layer.upper.names(name)
	if err != nil {
		return nil, err
	}
	var upper, host *entry
	up, err := w.layer.upper.at(path.Join(name, "x"))
	if err != nil {
		return nil, err
	}
	upper = &up
	defer func() { err = errors.Join(err, up.close()) }()
	if lies.merged {
		low, err := w.layer.host.at(path.Join(name, "x"))
		if err != nil {
			return nil, err
		}
		host = &low
		defer func() { err = errors.Join(err, low.close()) }()
		if names, err = w.withHidden(name, names, *upper, lies); err != nil {
			return nil, err
		}
	}
	for _, child := range names {
		upper.name = child
		if host != nil {
			host.name = child
		}
		v, err := w.compare(path.Join(name, child), *upper, host)
		if err != nil {
			v = visit{Change: w.change(Changed, path.Join(name, child)), listed: true}
			v.problem = err
		}
		if v.Change != nil {
			visits = append(visits, v)
		}
	}
	return visits, nil
}

// withHidden adds to the names in an opaque directory those that it hides.
func (w *walker) withHidden(name string, names []string, dir entry, lies *over) ([]string, error) {
	opaque, err := w.layer.marks.isOpaque(entry{dir.dir, "."})
	if lies.opaque = lies.opaque || opaque; err != nil || !lies.opaque {
		return names, err
	}
	hidden, err := w.layer.host.names(name)
	if err != nil {
		return nil, err
	}
	names = append(names, hidden...)
	slices.Sort(names)
	return slices.Compact(names), nil
}

// compare compares a name of the upper directory with the host's; host is nil where the
// host has no such directory.
func (w *walker) compare(name string, upper entry, host *entry) (v visit, err error) {
	c := w.change(Changed, name)
	if c.new, err = upper.lookup(); err != nil {
		return v, err
	}
	if host != nil {
		if c.old, err = host.lookup(); err != nil {
			return v, err
		}
	}
	gone, err := w.layer.marks.isWhiteout(upper, &c.new)
	if err == nil && !gone && c.new.exists() {
		err = w.layer.marks.checkWhole(upper, &c.new)
	}
	switch {
	case err != nil:
		return v, err
	case gone || !c.new.exists():
		c.Kind, c.new = Deleted, attr{}
		return visit{c, true, false}.unless(!c.old.exists()), nil
	case !c.old.exists() && w.isMountTarget(c):
		w.made[path.Dir(c.Path)] = true
		return v, nil
	case !c.old.exists():
		c.Kind = Added
		return visit{c, true, c.new.isDir()}, nil
	}
	return w.compareBoth(name, c, upper, *host)
}

// compareBoth compares what is on the host and in the layer.
func (w *walker) compareBoth(name string, c *Change, upper, host entry) (visit, error) {
	switch {
	case c.new.format() != c.old.format():
		return visit{c, true, c.new.isDir()}, nil
	case c.new.isDir():
		is, err := sameAttributes(upper, host, &c.new, &c.old)
		c.attributes = !is
		return visit{c, !is, true}, err
	}
	is, err := same(upper, host, &c.new, &c.old)
	if is && c.new.nlink > 1 {
		w.layer.linked[c.new.ino] = name
	}
	return visit{c, true, false}.unless(is), err
}

// isMountTarget tells what mydocker has made in the layer, where the host has no such file,
// to mount the container's own there. So the command cannot have made it, or written to it.
func (w *walker) isMountTarget(c *Change) bool {
	return w.targets[c.Path] && c.new.isRegular() && c.new.size == 0
}

// mountTargets are where the container's name and addresses are.
func mountTargets() map[string]bool {
	targets := map[string]bool{}
	for _, name := range []string{"/etc/hostname", "/etc/hosts", "/etc/resolv.conf"} {
		targets[utils.TargetInRoot("/", name)] = true
	}
	return targets
}

func (v visit) unless(nothing bool) visit {
	if nothing {
		return visit{}
	}
	return v
}

func timeText(t unix.Timespec) string {
	return time.Unix(t.Unix()).UTC().Format(time.RFC3339Nano)
}
