package overlay

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// pieceKind says how a piece of the host comes into the container.
type pieceKind int

const (
	copied  pieceKind = iota // under an overlay of its own
	bound                    // as it is, read-only
	masked                   // not: there is nothing in its place
	emptied                  // not, but for what is mounted in it
)

// piece is a directory of the host, or a file, that is mounted into the container by
// itself.
type piece struct {
	kind pieceKind
	// path is the host's. In the container it is the same, without the view's base.
	path  string
	flags uint64
	// split is whether mounts in it keep overlayfs from lying over it. It is then made
	// anew, of entries, with the directories among them as pieces of their own.
	split   bool
	entries []entry
	// listed says that it was found in a directory that is split, and may be gone by the
	// time that it is mounted.
	listed bool
	// below takes along what is mounted in a bound piece.
	below bool
}

// entry is what is in a directory.
type entry struct {
	name string
	mode fs.FileMode
	link string // what a symbolic link says
	// closed says that the caller, or root of the container, may not see what is in a
	// directory: nor may the command.
	closed bool
}

// lookup is what the plan asks the host for.
type lookup interface {
	// mode is a path's type and permissions, of a link its own.
	mode(path string) (fs.FileMode, error)
	list(dir string) ([]entry, error)
	owner(path string) (uid int, err error)
	// closed reports whether root of the container is another user than the caller, and one
	// who may not enter a directory that the caller may.
	closed(dir string) bool
}

// view is what a container is to see of the host.
type view struct {
	mounts []utils.Mount // that a path can lead to, sorted
	base   string        // the directory that becomes "/"
	hidden []string      // host paths that are not shown, without links in them
	uid    int           // the caller's
	used   []string      // directories that the command is likely to write to
	// splits is whether a directory with mounts in it cannot be a lower: in a user
	// namespace the kernel does not show what they cover.
	splits bool
	host   lookup
}

// plan is what it is made of.
type plan struct {
	view     *view
	pieces   []piece  // each behind those that it is in
	readOnly []string // what overlayfs cannot lie over, in words
}

// inside is the container's name of a host path.
func (v *view) inside(host string) string {
	return path.Join("/", strings.TrimPrefix(host, strings.TrimSuffix(v.base, "/")))
}

// plan decides about each mount of the host.
func (v *view) plan() (*plan, error) {
	p := &plan{view: v}
	// The root can be written also where the host's cannot: it is a copy.
	if err := v.copy(p, piece{path: v.base, flags: carriedFlags(v.mountOf(v.base)) &^ unix.MS_RDONLY}); err != nil {
		return nil, err
	}
	for n := range v.mounts {
		m := &v.mounts[n]
		if !utils.IsBelow(m.Point, v.base) || v.isHidden(m.Point) || v.isTakenAlong(p, m.Point) {
			continue
		}
		if err := v.decide(p, m); err != nil {
			return nil, err
		}
	}
	if err := v.addWritable(p); err != nil {
		return nil, err
	}
	// Where a directory was split, its pieces stand before those that they are in.
	slices.SortStableFunc(p.pieces, func(a, b piece) int { return comparePaths(a.path, b.path) })
	return p, nil
}

func (v *view) decide(p *plan, m *utils.Mount) error {
	if isOneOf(m.FSType, notCarried) || v.isOwn(m.Point) || v.isInKernels(m.Point) || v.isBehindClosed(m.Point) {
		return nil
	}
	if m.FSType == "autofs" { // to look at it may mount what nobody asked for
		if v.hasCarried(m) {
			p.pieces = append(p.pieces, piece{kind: emptied, path: m.Point})
		}
		return nil
	}
	mode, err := v.host.mode(m.Point)
	switch {
	case err != nil, !mode.IsDir() && !mode.IsRegular():
		p.pieces = append(p.pieces, piece{kind: masked, path: m.Point})
	case mode.IsRegular(), isOneOf(m.FSType, readOnlyTypes):
		v.bind(p, m)
	case !canBeLower(m, v.uid):
		p.readOnly = append(p.readOnly, fmt.Sprintf("%s (%s)", utils.OneLine(m.Point), m.FSType))
		v.bind(p, m)
	default:
		return v.copy(p, piece{path: m.Point, flags: carriedFlags(m)})
	}
	return nil
}

// isBehindClosed reports whether a directory on the way to a path is closed to root of the
// container: what is mounted there could neither be mounted nor be seen.
func (v *view) isBehindClosed(name string) bool {
	for dir := path.Dir(name); utils.IsBelow(dir, v.base); dir = path.Dir(dir) {
		if v.host.closed(dir) {
			return true
		}
	}
	return false
}

func (v *view) bind(p *plan, m *utils.Mount) {
	below := v.splits && v.hasMounts(m.Point)
	p.pieces = append(p.pieces, piece{kind: bound, path: m.Point, flags: carriedFlags(m), below: below})
}

// copy puts an overlay over a directory, or if that cannot be over each one in it.
func (v *view) copy(p *plan, part piece) (err error) {
	part.split = v.splits && v.hasMounts(part.path)
	if part.split {
		part.entries, err = v.host.list(part.path)
		if errors.Is(err, fs.ErrNotExist) && part.path != v.base { // it has gone
			return nil
		}
		if err != nil {
			return err
		}
	}
	p.pieces = append(p.pieces, part)
	for _, e := range part.entries {
		name := path.Join(part.path, e.name)
		if v.isHidden(name) || v.isMountpoint(name) || v.isOwn(name) {
			continue
		}
		switch {
		case e.mode.IsDir() && e.closed:
		case e.mode.IsDir():
			if err := v.copy(p, piece{path: name, flags: part.flags, listed: true}); err != nil {
				return err
			}
		case e.mode.IsRegular():
			p.pieces = append(p.pieces, piece{kind: bound, path: name, flags: part.flags, listed: true})
		}
	}
	return nil
}

// addWritable puts an overlay over directories that the caller may write to, in a user
// namespace. Before a file is made in one, overlayfs copies the directories that lead to
// it. Those of other users could not be copied (EOVERFLOW), for whoever does not exist in
// the namespace can own nothing there; an overlay's own upper directory is there already.
func (v *view) addWritable(p *plan) error {
	if !v.splits {
		return nil
	}
	for _, dir := range v.writable(p) {
		on := p.pieceOf(dir)
		if p.has(dir) || on == nil || on.kind != copied || v.isHidden(dir) || v.isOwn(dir) || v.isMountpoint(dir) {
			continue
		}
		if err := v.copy(p, piece{path: dir, flags: on.flags}); err != nil {
			return err
		}
	}
	return nil
}

// writable lists these directories: those that are open to all, and those of the caller's
// on the way to where the command is likely to write.
func (v *view) writable(p *plan) (dirs []string) {
	for _, dir := range []string{"/tmp", "/var/tmp", "/run/lock"} {
		name := path.Join(v.base, dir)
		if mode, err := v.host.mode(name); err == nil && mode.IsDir() && mode&0o002 != 0 {
			dirs = append(dirs, name)
		}
	}
	for _, dir := range v.used {
		if own := v.firstOwn(dir); own != "" && !p.has(path.Dir(own)) {
			dirs = append(dirs, own)
		}
	}
	return dirs
}

// has reports whether a directory is a piece by itself.
func (p *plan) has(dir string) bool {
	return slices.ContainsFunc(p.pieces, func(part piece) bool { return part.path == dir })
}

// firstOwn is the first directory on the way to another that belongs to the caller, or "".
func (v *view) firstOwn(dir string) string {
	for end := 1; end <= len(dir); end++ {
		if end < len(dir) && dir[end] != '/' {
			continue
		}
		mode, err := v.host.mode(dir[:end])
		if err != nil || !mode.IsDir() {
			return ""
		}
		if uid, err := v.host.owner(dir[:end]); err != nil || uid == v.uid {
			return dir[:end]
		}
	}
	return ""
}

// isOwn reports whether a path is in what the container has of its own.
func (v *view) isOwn(name string) bool {
	return slices.ContainsFunc([]string{"/proc", "/sys", "/dev"}, func(dir string) bool { return utils.IsAt(v.inside(name), dir) })
}

// isInKernels reports whether a path is in another file system of the kernel's, such as the
// devtmpfs in a chroot: what is mounted there has no place in the container.
func (v *view) isInKernels(name string) bool {
	return slices.ContainsFunc(v.mounts, func(m utils.Mount) bool {
		return utils.IsBelow(name, m.Point) && isOneOf(v.mountOf(m.Point).FSType, notCarried) && !v.isOwn(m.Point)
	})
}

func (v *view) isHidden(name string) bool {
	return slices.ContainsFunc(v.hidden, func(hidden string) bool { return utils.IsAt(name, hidden) })
}

func (v *view) isMountpoint(name string) bool {
	return slices.ContainsFunc(v.mounts, func(m utils.Mount) bool { return m.Point == name })
}

func (v *view) hasMounts(dir string) bool {
	return slices.ContainsFunc(v.mounts, func(m utils.Mount) bool { return utils.IsBelow(m.Point, dir) })
}

// isTakenAlong reports whether name is in a bound piece that brings along what is
// mounted in it.
func (v *view) isTakenAlong(p *plan, name string) bool {
	return slices.ContainsFunc(p.pieces, func(other piece) bool { return other.below && utils.IsBelow(name, other.path) })
}

// hasCarried reports whether something is mounted in m that the container sees.
func (v *view) hasCarried(m *utils.Mount) bool {
	return slices.ContainsFunc(v.mounts, func(other utils.Mount) bool {
		return utils.IsBelow(other.Point, m.Point) && !isOneOf(other.FSType, notCarried+" autofs") && !v.isHidden(other.Point)
	})
}

// mountOf is the mount that a path is on.
func (v *view) mountOf(name string) *utils.Mount {
	found := &utils.Mount{Point: "/"}
	for n := range v.mounts {
		if m := &v.mounts[n]; utils.IsAt(name, m.Point) && len(m.Point) >= len(found.Point) {
			found = m
		}
	}
	return found
}
