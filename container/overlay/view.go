package overlay

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// Request is a root file system that is a view of the host's, or of a directory of it.
type Request struct {
	Root *spec.Root
	// ID is the container's.
	ID string
	// UserNamespace is whether init is in one that is not the host's, with UID and GID as
	// its root on the host.
	UserNamespace bool
	UID, GID      int
	// Dir is the command's working directory.
	Dir string
	// Image is what the root is made of; nil is the host's root, or a directory of the host's.
	Image *Image
	// Dry makes nothing.
	Dry bool
	// Remove removes a directory with files of users whose id the caller has to give and
	// may not use, where the caller alone cannot; it may be nil.
	Remove func(dir string) error
}

// View is such a root, ready for init.
type View struct {
	// Root are the operations that mount it, Hide those that cover what is hidden.
	Root, Hide []wire.Operation
	// ReadOnly are the mounts that overlayfs cannot lie over, in words: inside, nobody can
	// write to them.
	ReadOnly []string
	// Volumes are where the volumes of an image are in the tmpfs of wire.OpTmpfs, by their targets.
	Volumes map[string]string
	// Hidden are the host's paths that are empty inside, Missing those that were to be and
	// are not there.
	Hidden, Missing []string

	request *Request
	mounts  []utils.Mount // those that it was planned for; nil for an image
	options mountOptions  // what all overlays have
	store   *store        // nil where nothing is written
}

// Open computes a view, and makes the directories that what is written goes to. They
// are there, and the caller's alone, until Close.
func Open(request *Request) (*View, error) {
	w := &View{request: request}
	err := w.setOptions()
	if err == nil && w.hasLayers() { // before it is looked what has to be hidden: this has, too
		w.store, err = openStore(request, w.options.userXattr)
	}
	if err == nil && request.Image == nil {
		w.mounts, err = readMounts("self")
	}
	if err == nil {
		err = w.compute()
	}
	if err != nil {
		return nil, errors.Join(err, w.Close(false))
	}
	return w, nil
}

// Follow computes the view anew where a process, which is init, has other mounts than those that it was
// planned for: what is mounted on the host meanwhile would keep init from mounting an overlay over what it
// lies in (EINVAL in a user namespace), and what has gone would be missing.
func (w *View) Follow(pid int) (changed bool, err error) {
	if w == nil || w.request.Image != nil {
		return false, nil
	}
	mounts, err := readMounts(strconv.Itoa(pid))
	if err != nil || sameMounts(mounts, w.mounts) { // init has ended: who waits for it says why
		return false, nil
	}
	w.mounts, w.Root, w.Hide, w.ReadOnly = mounts, nil, nil, nil
	return true, w.compute()
}

// setOptions finds out what all overlays of the view have.
func (w *View) setOptions() (err error) {
	if w.request.Image != nil {
		return w.setImageOptions()
	}
	w.options.userXattr = w.request.UserNamespace
	if !w.options.userXattr {
		if w.options.userXattr, err = inUserNamespace(); err != nil {
			return err
		}
	}
	kernel, err := utils.RunningKernel()
	if err != nil {
		return err
	}
	if err := checkUserOverlay(w.options.userXattr, kernel); err != nil {
		return err
	}
	w.options.volatile = w.request.Root.Changes == "" && kernel.AtLeast(utils.Kernel{Major: 5, Minor: 10})
	return nil
}

func checkUserOverlay(userXattr bool, kernel utils.Kernel) error {
	if userXattr && !kernel.AtLeast(utils.Kernel{Major: 5, Minor: 11}) {
		return fmt.Errorf("an overlay in a user namespace, as of an ordinary user, needs Linux 5.11, and this is %s: run as root", kernel)
	}
	return nil
}

// compute finds out what the container is to see, and lists what init has to do.
func (w *View) compute() error {
	compute := w.computeHost
	if w.request.Image != nil {
		compute = w.computeImage
	}
	err := compute()
	if err == nil && w.store != nil {
		err = w.store.save()
	}
	return err
}

func (w *View) computeHost() (err error) {
	root := w.request.Root
	v := view{mounts: w.mounts, base: "/", uid: w.request.UID, splits: w.options.userXattr, host: host{shifted: w.request.UserNamespace && w.request.UID != os.Geteuid(), uid: w.request.UID}}
	if root.Dir != "" {
		if v.base, err = utils.RealPath(root.Dir); err != nil {
			return err
		}
	} else if w.Hidden, w.Missing, err = hiddenPaths(root, w.mounts); err != nil {
		return err
	}
	v.hidden = w.Hidden
	for _, dir := range []string{w.request.Dir, root.Home} {
		if resolved, err := filepath.EvalSymlinks(dir); err == nil && root.OfHost() {
			v.used = append(v.used, resolved)
		}
	}
	p, err := v.plan()
	if err != nil {
		return err
	}
	if !root.ReadOnly {
		w.ReadOnly = p.readOnly
	}
	if err := w.mount(p); err != nil {
		return err
	}
	return w.hide(p)
}

// inUserNamespace reports whether mydocker is in a user namespace that lacks ids of the
// host: root there is not the host's.
func inUserNamespace() (bool, error) {
	ids, err := utils.ReadFile("/proc/self/uid_map")
	if err != nil {
		return false, err
	}
	return strings.Join(strings.Fields(ids), " ") != "0 0 4294967295", nil
}

// hasLayers reports whether there are any: what is written to, or, where the root is
// read-only, what was kept.
func (w *View) hasLayers() bool {
	root := w.request.Root
	if image := w.request.Image; image != nil {
		return !root.ReadOnly || len(image.Volumes) > 0
	}
	return root.Overlay && (!root.ReadOnly || root.Changes != "")
}

// Close removes what is thrown away, and gives up the rest. Of a run whose command was
// not executed nothing is kept.
func (w *View) Close(ran bool) error {
	if w == nil || w.store == nil {
		return nil
	}
	return w.store.close(ran)
}

// The directories of the tmpfs that overlays use: an empty one, the upper and work
// directories of a root that is sealed, and those that stand for directories that are
// split, by their number.
const (
	tmpfsDir   = "/overlay"
	tmpfsEmpty = tmpfsDir + "/empty"
	tmpfsUpper = tmpfsDir + "/upper"
	tmpfsWork  = tmpfsDir + "/work"
)

// fromTmpfs is a directory of the tmpfs, as a path of the host's.
func fromTmpfs(dir string) string { return wire.TmpfsMount + dir }

func (w *View) add(o wire.Operation) { w.Root = append(w.Root, o) }

func (w *View) addDirectory(dir string, mode uint32) {
	w.add(wire.Operation{Kind: wire.OpDirectory, Flags: wire.FlagInTmpfs, Path: dir, Mode: mode})
}

// mount lists what init has to do for the pieces.
func (w *View) mount(p *plan) error {
	for _, dir := range []string{tmpfsDir, tmpfsEmpty, tmpfsUpper, tmpfsWork} {
		w.addDirectory(dir, 0o755)
	}
	for n := range p.pieces {
		part := &p.pieces[n]
		target := p.view.inside(part.path)
		switch part.kind {
		case copied:
			if err := w.mountOverlay(p, part, target, n); err != nil {
				return err
			}
		case bound:
			flags := w.operationFlags(p, part)
			if part.below {
				flags |= wire.FlagRecursive | wire.FlagReadOnlyBelow
			}
			w.add(wire.Operation{Kind: wire.OpBind, Flags: flags, Mount: part.flags | unix.MS_RDONLY, Source: part.path, Path: target})
		case masked:
			w.cover(target)
		case emptied:
			w.add(wire.Operation{
				Kind: wire.OpMount, Flags: wire.FlagMake, Mount: unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC,
				Type: "tmpfs", Source: "tmpfs", Data: "size=64k,mode=755", Path: target,
			})
		}
	}
	return nil
}

// operationFlags are those of the operation that mounts a piece. Its place may be missing
// in changes that were kept, and in what was emptied. Elsewhere it is there, or has gone with the piece.
func (w *View) operationFlags(p *plan, part *piece) uint64 {
	emptied := func(other piece) bool { return other.kind == emptied && utils.IsBelow(part.path, other.path) }
	switch {
	case part.listed:
		return wire.FlagMake | wire.FlagIfThere
	case w.request.Root.Changes == "" && !slices.ContainsFunc(p.pieces, emptied):
		return wire.FlagIfThere
	}
	return wire.FlagMake
}

// cover hides what is at a path of the container.
func (w *View) cover(target string) {
	w.Hide = append(w.Hide, wire.Operation{
		Kind: wire.OpMask, Flags: wire.FlagIfThere, Mount: unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC, Path: target,
	})
}

// mountOverlay puts an overlay over a directory of the host.
func (w *View) mountOverlay(p *plan, part *piece, target string, number int) error {
	options := w.options
	options.lowers = []string{part.path}
	if part.split {
		options.lowers[0] = w.makeAnew(part, number)
	}
	o := wire.Operation{Kind: wire.OpMount, Flags: w.operationFlags(p, part), Mount: part.flags, Source: "overlay", Type: "overlay", Path: target}
	if target == "/" {
		o.Kind, o.Flags, o.Path = wire.OpRootMount, 0, ""
	}
	switch {
	case w.store != nil && part.flags&unix.MS_RDONLY == 0:
		layer, err := w.store.layer(part)
		if target != "/" && errors.Is(err, fs.ErrNotExist) && isGone(part.path) {
			return nil
		}
		if err != nil {
			return err
		}
		options.upper, options.work = layer+"/upper", layer+"/work"
	case target == "/": // so that there are targets for what is mounted, until it is sealed
		options.upper, options.work = fromTmpfs(tmpfsUpper), fromTmpfs(tmpfsWork)
	default: // without an upper there have to be two lowers
		options.lowers = append([]string{fromTmpfs(tmpfsEmpty)}, options.lowers...)
	}
	if w.request.Root.ReadOnly && target != "/" {
		o.Mount |= unix.MS_RDONLY
	}
	var err error
	o.Data, err = options.text(part.path)
	w.add(o)
	return err
}

// isGone reports whether a directory has gone since it was found, or was mounted.
func isGone(dir string) bool {
	_, err := os.Lstat(dir)
	return errors.Is(err, fs.ErrNotExist)
}

// makeAnew makes what a directory that is split holds in the tmpfs.
func (w *View) makeAnew(part *piece, number int) (lower string) {
	dir := tmpfsDir + "/" + strconv.Itoa(number)
	w.addDirectory(dir, 0o755)
	for _, e := range part.entries {
		name := path.Join(dir, e.name)
		switch {
		case e.mode.IsDir():
			w.addDirectory(name, unixMode(e.mode))
		case e.link != "":
			w.add(wire.Operation{Kind: wire.OpSymlink, Flags: wire.FlagInTmpfs, Path: name, Source: e.link})
		case e.mode.IsRegular():
			w.add(wire.Operation{Kind: wire.OpFile, Flags: wire.FlagInTmpfs, Path: name, Mode: unixMode(e.mode)})
		}
	}
	return fromTmpfs(dir)
}

// hide makes what is hidden empty: in a layer that is thrown away by what lies in it, so
// that the command may have files of its own there, and elsewhere by a cover.
func (w *View) hide(p *plan) error {
	homes := homes(w.request.Root.Home)
	for _, name := range w.Hidden {
		part := p.pieceOf(name)
		if p.view.isOwn(name) { // which is no layer's
			part = nil
		}
		if w.canReplace(part, name, homes) {
			done, err := w.store.replace(part, name)
			if err != nil {
				return fmt.Errorf("hide %s: %w", name, err)
			}
			if done {
				continue
			}
		}
		w.cover(p.view.inside(name))
	}
	return nil
}

// canReplace reports whether what lies in a layer hides a path: if that is thrown away, for
// in one that is kept it would be a change, and if programs may want to write there, as to
// the system's settings and in homes. Elsewhere a cover is cheaper.
func (w *View) canReplace(part *piece, name string, homes []string) bool {
	root := w.request.Root
	if part == nil || part.kind != copied || part.flags&unix.MS_RDONLY != 0 || w.store == nil || root.Changes != "" || root.ReadOnly || w.request.Dry {
		return false
	}
	return utils.IsBelow(name, "/etc") || slices.ContainsFunc(homes, func(home string) bool { return utils.IsBelow(name, home) })
}

// Layers are the directories that are written to in a layer, by the layer's directory, and
// store the one that these are in; "" is none.
func (w *View) Layers() (store string, layers map[string]string) {
	if w == nil || w.store == nil {
		return "", nil
	}
	layers = map[string]string{}
	for path, name := range w.store.layers {
		layers[filepath.Join(w.store.path, name)] = path
	}
	for name, top := range w.store.imageLayers {
		layers[filepath.Join(w.store.path, name)] = top
	}
	return w.store.path, layers
}

// pieceOf is the piece that a path is in.
func (p *plan) pieceOf(name string) (found *piece) {
	for n := range p.pieces {
		if part := &p.pieces[n]; utils.IsAt(name, part.path) && (found == nil || len(part.path) > len(found.path)) {
			found = part
		}
	}
	return found
}
