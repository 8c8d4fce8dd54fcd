// Package layers looks files up in layers that lie over each other, as overlayfs shows them
// merged, without mounting anything: the parent of a container sees what it will see.
// Nothing in a layer is trusted: no link leads out of the merged root.
package layers

import "errors"

// Stack is a root file system made of layers.
type Stack struct {
	// Lowers are the layers' directories, the uppermost first.
	Lowers []string
	// UserXattr is whether overlayfs marks opaque directories by user.overlay.opaque, and not
	// by trusted.overlay.opaque.
	UserXattr bool
}

// Open opens a file of the merged root (O_PATH), behind all links. What is not there is
// unix.ENOENT, as open(2) says it.
func (s *Stack) Open(_ string) (fd int, err error) { return -1, errors.New("not yet") }

// Directories are the directories that are merged at a path of the root, behind all links,
// the uppermost first, as absolute paths of the host: the lowers of an overlay of that
// directory alone. target is where the path leads in the root.
func (s *Stack) Directories(_ string) (target string, dirs []string, err error) {
	return "", nil, errors.New("not yet")
}

// Entry is a name in a merged directory.
type Entry struct {
	Name string
	// Layer is the number of the lower that it is from, 0 for the uppermost.
	Layer int
}

// List lists a merged directory, sorted by name.
func (s *Stack) List(_ string) ([]Entry, error) { return nil, errors.New("not yet") }
