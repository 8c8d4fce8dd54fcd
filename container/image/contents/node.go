package contents

import "strings"

// node is a path of a root, with what is in it.
type node struct {
	isDir    bool
	children map[string]*node
}

// find is the node of a path, and of the directory that it is in; nil where there is none.
func (n *node) find(path string) (dir, found *node, name string) {
	found = n
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if part == "" || found == nil {
			continue
		}
		dir, name = found, part
		found = dir.children[part]
	}
	return dir, found, name
}

// remove removes a path with all that is in it, and tells whether it was there.
func (n *node) remove(path string) bool {
	dir, found, name := n.find(path)
	if found == nil || dir == nil {
		return false
	}
	delete(dir.children, name)
	return true
}

// empty removes all that is in a directory, and tells whether there was something.
func (n *node) empty(path string) bool {
	_, found, _ := n.find(path)
	if found == nil || len(found.children) == 0 {
		return false
	}
	found.children = nil
	return true
}

// put makes a path be there, and tells what was there before. What is no directory has nothing
// in it.
func (n *node) put(path string, isDir bool) (wasThere, wasDir bool) {
	at := n
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		at.isDir = true
		next := at.children[part]
		if wasThere = next != nil; !wasThere {
			next = &node{isDir: true}
			if at.children == nil {
				at.children = map[string]*node{}
			}
			at.children[part] = next
		}
		at = next
	}
	wasDir = at.isDir
	at.isDir = isDir
	if !isDir {
		at.children = nil
	}
	return wasThere, wasDir
}
