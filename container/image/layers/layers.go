// Package layers looks files up in layers that lie over each other, as overlayfs shows them
// merged, without mounting anything: the parent of a container sees what it will see.
// Nothing in a layer is trusted: no link leads out of the merged root.
package layers

import (
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Stack is a root file system made of layers.
type Stack struct {
	// Lowers are the layers' directories, the uppermost first.
	Lowers []string
	// UserXattr is whether overlayfs marks opaque directories by user.overlay.opaque, and not
	// by trusted.overlay.opaque.
	UserXattr bool

	kept map[string]node // the root, "", and directories in it, which stay open until Close
}

// maxKept is how many directories stay open.
const maxKept = 4

// Close closes what later look-ups would have used. The stack can be used again.
func (s *Stack) Close() error {
	var errs []error
	for _, n := range s.kept {
		n.kept = false
		errs = append(errs, n.close())
	}
	s.kept = nil
	return errors.Join(errs...)
}

// Open opens a file of the merged root (O_PATH), behind all links. What is not there is
// unix.ENOENT, as open(2) says it.
func (s *Stack) Open(file string) (fd int, err error) {
	w, err := s.look(file)
	if err != nil {
		return -1, err
	}
	fd, err = unix.FcntlInt(uintptr(w.here().parts[0].fd), unix.F_DUPFD_CLOEXEC, 0)
	return fd, errors.Join(err, w.close())
}

// Directories are the directories that are merged at a path of the root, behind all links,
// the uppermost first, as absolute paths of the host: the lowers of an overlay of that
// directory alone. target is where the path leads in the root, also where nothing is there
// (unix.ENOENT).
func (s *Stack) Directories(dir string) (target string, dirs []string, err error) {
	w, err := s.walk(dir)
	target = path.Join("/", path.Join(w.at()...), path.Join(w.left...))
	if err != nil {
		return target, nil, errors.Join(err, w.close())
	}
	last := w.here()
	if err := last.canEnter(); err != nil {
		return target, nil, errors.Join(err, w.close())
	}
	for _, part := range last.parts {
		dirs = append(dirs, filepath.Join(s.Lowers[part.layer], target))
	}
	return target, dirs, w.close()
}

// Target is where a path leads in the root, with its links followed. What is not there, or
// cannot be looked at, stays as it is written.
func (s *Stack) Target(file string) string {
	target, _, err := s.Lead(file)
	if err != nil && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.ENOTDIR) {
		return file
	}
	return target
}

// Lead is where a path leads in the root, with its links followed, also where nothing is there
// (unix.ENOENT), and whether it leads to a directory.
func (s *Stack) Lead(file string) (target string, directory bool, err error) {
	w, err := s.walk(file)
	target = path.Join("/", path.Join(w.at()...), path.Join(w.left...))
	directory = err == nil && w.here().isDir
	return target, directory, errors.Join(err, w.close())
}

// part is a file or directory of one layer.
type part struct {
	layer int
	fd    int // O_PATH
}

// node is a file of the merged root: of a directory all parts that are merged, the
// uppermost first, and of anything else one.
type node struct {
	name  string
	parts []part
	isDir bool
	// unsure is why it is not known of one of the parts whether it is opaque: a caller who is
	// not root may not look at directories that belong to its subordinate ids.
	unsure error
	// kept is whether the stack keeps it open.
	kept bool
}

// canEnter reports whether it is a directory, and known what is merged there.
func (n *node) canEnter() error {
	switch {
	case !n.isDir:
		return unix.ENOTDIR
	case len(n.parts) > 1:
		return n.unsure
	}
	return nil
}

func (n *node) close() error {
	if n.kept {
		return nil
	}
	var errs []error
	for _, p := range n.parts {
		errs = append(errs, unix.Close(p.fd))
	}
	n.parts = nil
	return errors.Join(errs...)
}

// walk is a path that is being looked up.
type walk struct {
	stack *Stack
	nodes []node   // the root, and what leads to where it is now
	left  []string // names that are still to be looked up
	links int      // that were followed
}

// look looks a path up; without an error the walk has to be closed.
func (s *Stack) look(file string) (*walk, error) {
	w, err := s.walk(file)
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// walk looks a path up. Also with an error, which says that it is not there, or why it
// cannot be looked at, it tells how far that went.
func (s *Stack) walk(file string) (*walk, error) {
	w := &walk{stack: s, left: utils.SplitPath(file)}
	root, err := s.root()
	if err != nil {
		return w, err
	}
	w.nodes = []node{root}
	for len(w.left) > 0 {
		left := w.left
		if err := w.step(); err != nil {
			w.left = left
			return w, err
		}
	}
	if strings.HasSuffix(file, "/") && !w.here().isDir {
		return w, unix.ENOTDIR
	}
	return w, nil
}

// root is the merged root, which stays open for later look-ups.
func (s *Stack) root() (node, error) {
	if root, is := s.kept[""]; is {
		return root, nil
	}
	root, err := s.openRoot()
	if err != nil {
		return root, err
	}
	s.kept = map[string]node{}
	return s.keep(root), nil
}

// openRoot opens all layers.
func (s *Stack) openRoot() (node, error) {
	root := node{isDir: true}
	for n, dir := range s.Lowers {
		fd, err := utils.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW)
		if err != nil {
			return node{}, errors.Join(&fs.PathError{Op: "open", Path: dir, Err: err}, root.close())
		}
		root.parts = append(root.parts, part{n, fd})
	}
	return root, nil
}

// keep has a directory stay open for later look-ups, if it is one of the first.
func (s *Stack) keep(n node) node {
	if n.isDir && len(s.kept) < maxKept {
		n.kept = true
		s.kept[n.name] = n
	}
	return n
}

func (w *walk) here() *node { return &w.nodes[len(w.nodes)-1] }

// at are the names that lead to where it is.
func (w *walk) at() (names []string) {
	for n := range w.nodes {
		names = append(names, w.nodes[n].name)
	}
	return names
}

func (w *walk) close() error {
	var errs []error
	for n := range w.nodes {
		errs = append(errs, w.nodes[n].close())
	}
	w.nodes = nil
	return errors.Join(errs...)
}

// step looks up the next name.
func (w *walk) step() error {
	name := w.left[0]
	w.left = w.left[1:]
	if err := w.here().canEnter(); err != nil {
		return err
	}
	switch name {
	case ".":
		return nil
	case "..":
		return w.up(max(len(w.nodes)-1, 1))
	}
	next, link, err := w.next(name)
	if err != nil {
		return err
	}
	if !link {
		w.nodes = append(w.nodes, next)
		return nil
	}
	return errors.Join(w.follow(next.parts[0].fd), next.close())
}

// next finds a name where the walk is.
func (w *walk) next(name string) (found node, link bool, err error) {
	if len(w.nodes) > 1 {
		return w.stack.lookup(w.here(), name)
	}
	if found, is := w.stack.kept[name]; is {
		return found, false, nil
	}
	found, link, err = w.stack.lookup(w.here(), name)
	if err == nil {
		found = w.stack.keep(found)
	}
	return found, link, err
}

// up goes back until there are so many nodes.
func (w *walk) up(nodes int) error {
	var errs []error
	for len(w.nodes) > nodes {
		errs = append(errs, w.here().close())
		w.nodes = w.nodes[:len(w.nodes)-1]
	}
	return errors.Join(errs...)
}

// follow puts the text of a link before what is left of the path.
func (w *walk) follow(link int) error {
	if w.links++; w.links > utils.MaxLinks {
		return unix.ELOOP
	}
	text, err := utils.ReadLink(link, "")
	if err != nil {
		return err
	}
	left := utils.SplitPath(text)
	if strings.HasSuffix(text, "/") { // what it leads to has to be a directory
		left = append(left, ".")
	}
	w.left = append(left, w.left...)
	if strings.HasPrefix(text, "/") {
		return w.up(1)
	}
	return nil
}

// lookup finds a name in a merged directory.
func (s *Stack) lookup(dir *node, name string) (found node, link bool, err error) {
	found.name = name
	for _, above := range dir.parts {
		p, kind, err := open(above, name)
		if err == unix.ENOENT {
			continue
		}
		if err != nil {
			return found, false, errors.Join(err, found.close())
		}
		if kind != directory && (kind == whiteout || found.isDir) { // a directory hides what is none
			if err := unix.Close(p.fd); err != nil {
				return found, false, errors.Join(err, found.close())
			}
			break
		}
		found.parts, found.isDir = append(found.parts, p), kind == directory
		if kind != directory {
			return found, kind == symlink, nil
		}
		opaque, err := s.isOpaque(p.fd)
		if err == unix.EACCES {
			found.unsure = err
		} else if err != nil {
			return found, false, errors.Join(err, found.close())
		}
		if opaque {
			break
		}
	}
	if len(found.parts) == 0 {
		return found, false, unix.ENOENT
	}
	return found, false, nil
}

// kind is what a file of a layer is to the layers below it.
type kind int

const (
	file kind = iota
	directory
	symlink
	whiteout
)

// open opens a name in a directory of one layer.
func open(dir part, name string) (p part, k kind, err error) {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(dir.fd, name, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return part{}, file, err
	}
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return part{}, file, errors.Join(err, unix.Close(fd))
	}
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		k = directory
	case unix.S_IFLNK:
		k = symlink
	case unix.S_IFCHR:
		if stat.Rdev == 0 {
			k = whiteout
		}
	}
	return part{dir.layer, fd}, k, nil
}

// opaqueXattr is the attribute by which overlayfs marks a directory that hides those below it.
func (s *Stack) opaqueXattr() string {
	if s.UserXattr {
		return "user.overlay.opaque"
	}
	return "trusted.overlay.opaque"
}

// isOpaque reports whether a directory hides all that is below it.
func (s *Stack) isOpaque(fd int) (bool, error) {
	value := make([]byte, 2)
	n, err := unix.Getxattr(utils.FDPath(fd), s.opaqueXattr(), value)
	switch err {
	case nil:
		return n == 1 && value[0] == 'y', nil
	case unix.ENODATA, unix.ENOTSUP, unix.ERANGE:
		return false, nil
	}
	return false, err
}
