package changes

import "path"

// memory knows the files of the host that an apply or an undo has left as they are: what
// mydocker did itself is no conflict.
type memory struct {
	// files are by inode: a file of which one name was exchanged may have others.
	files map[inode][]period
	// trees are the directories that were made as a whole, by their paths.
	trees map[string][]period
}

type inode struct{ device, number uint64 }

// period is a time in which mydocker changed something, from the first to before the last.
type period struct{ from, to int64 }

func during(list []period, changed int64) bool {
	for _, p := range list {
		if p.from <= changed && changed < p.to {
			return true
		}
	}
	return false
}

// memory gathers what the journals tell.
func (k *Kept) memory() memory {
	m := memory{map[inode][]period{}, map[string][]period{}}
	for _, j := range k.journals {
		for i := range j.linked {
			m.add(j, &operation{New: j.linked[i]}, "")
		}
		for i := range j.ops {
			if o := &j.ops[i]; !o.Changed && !j.failed[i] {
				m.add(j, o, k.operationPath(o))
			}
		}
	}
	return m
}

func (m *memory) add(j *journal, o *operation, name string) {
	if j.done > 0 {
		applied := period{j.started, j.done}
		m.addFile(&o.New, applied)
		m.addFile(&o.Old, period{j.commit, j.done}) // which may have another name
		if o.Tree {
			m.trees[name] = append(m.trees[name], applied)
		}
	}
	if j.undone > 0 {
		m.addFile(&o.Old, period{j.undo, j.undone})
		m.addFile(&o.New, period{j.undo, j.undone})
	}
	if j.removed > j.dropped { // what was in a store may have other names
		m.addFile(&o.Old, period{j.dropped, j.removed})
		m.addFile(&o.New, period{j.dropped, j.removed})
	}
}

func (m *memory) addFile(file *identity, p period) {
	if file.Inode != 0 {
		key := inode{file.Device, file.Inode}
		m.files[key] = append(m.files[key], p)
	}
}

func (k *Kept) layerOf(directory string) *layer {
	for _, l := range k.layers {
		if l.Directory == directory {
			return l
		}
	}
	return nil
}

// changedSince reports whether somebody else has changed a file of the host since the
// layer's first run began.
func (m memory) changedSince(l *layer, name string, a *attr) bool {
	switch {
	case l.foreign:
		return true
	case a.ctime < l.Started, during(m.files[inode{a.dev, a.ino}], a.ctime):
		return false
	}
	for name != l.Mount && name != "/" {
		name = path.Dir(name)
		if during(m.trees[name], a.ctime) {
			return false
		}
	}
	return true
}
