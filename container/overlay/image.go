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

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// Image is a root that is made of an image's layers.
type Image struct {
	// Dir is the directory that all lowers are named from.
	Dir string
	// Lowers are the layers, the uppermost first. They may be none.
	Lowers []string
	// UserXattr is whether overlayfs marks their files by attributes of users.
	UserXattr bool
	// Volumes are written to apart from the rest.
	Volumes []Volume
	// Kept is a directory in which what is written stays; nil throws it away. KeptPath is its
	// path.
	Kept     *os.File
	KeptPath string
}

// Volume is a directory of the image that is written to apart from the rest. It is shown as
// a part of the directory that it is in: so it has the owner and the mode that it has in the
// image, whoever that is, and where the image has none it is made.
type Volume struct {
	// Target is the directory in the container, behind all links of the image.
	Target string
	// Lowers are those of the directory that it is in.
	Lowers []string
}

// computeImage lists what init has to do for a root of layers.
func (w *View) computeImage() error {
	i := w.request.Image
	if err := CheckAbove(i.Dir); err != nil {
		return err
	}
	for _, dir := range []string{tmpfsDir, tmpfsEmpty, tmpfsUpper, tmpfsWork} {
		w.addDirectory(dir, 0o755)
	}
	w.makeTargets()
	root := wire.Operation{Kind: wire.OpRootMount}
	upper, work := fromTmpfs(tmpfsUpper), fromTmpfs(tmpfsWork) // until it is sealed
	if !w.request.Root.ReadOnly {
		var err error
		if upper, work, err = w.store.imageLayer(RootLayer, i.top()); err != nil {
			return err
		}
	}
	if err := w.mountLayers(root, append(slices.Clip(i.Lowers), fromTmpfs(targetsDir)), upper, work); err != nil {
		return err
	}
	w.Volumes = map[string]string{}
	for n := range i.Volumes {
		if err := w.mountVolume(&i.Volumes[n], strconv.Itoa(n)); err != nil {
			return err
		}
	}
	return nil
}

// targetsDir is below all layers, and has what mydocker mounts something at, where the image
// has it not. So nothing of that is made in the upper directory, where it would be a change.
const targetsDir = tmpfsDir + "/targets"

func (w *View) makeTargets() {
	for _, dir := range []string{"", "/proc", "/sys", "/dev", "/etc"} {
		w.addDirectory(targetsDir+dir, 0o755)
	}
	for _, file := range []string{"/etc/hostname", "/etc/hosts", "/etc/resolv.conf"} {
		w.add(wire.Operation{Kind: wire.OpFile, Flags: wire.FlagInTmpfs, Path: targetsDir + file, Mode: 0o644})
	}
}

// top is the root of the uppermost layer that says something about it, "" for none. Archives
// are mostly silent about their root, which is then made with this mode.
func (i *Image) top() string {
	const silent = 0o755
	for _, lower := range i.Lowers {
		name := filepath.Join(i.Dir, lower)
		var stat unix.Stat_t
		if err := unix.Lstat(name, &stat); err == nil && stat.Mode&0o7777 != silent {
			return name
		}
	}
	if len(i.Lowers) == 0 {
		return ""
	}
	return filepath.Join(i.Dir, i.Lowers[0])
}

// mountVolume mounts the directory that a volume is in, with its own upper, in the tmpfs.
func (w *View) mountVolume(v *Volume, number string) error {
	upper, work, err := w.store.imageLayer("volumes/"+number, "")
	if err != nil {
		return err
	}
	dir := tmpfsDir + "/volume-" + number
	w.addDirectory(dir, 0o755)
	if err := w.mountLayers(wire.Operation{Kind: wire.OpMount, Flags: wire.FlagInTmpfs, Path: dir}, v.Lowers, upper, work); err != nil {
		return fmt.Errorf("the volume %s: %w", v.Target, err)
	}
	w.Volumes[v.Target] = path.Join(dir, path.Base(v.Target))
	w.addDirectory(w.Volumes[v.Target], 0o755)
	return nil
}

// mountLayers mounts an overlay as an operation says.
func (w *View) mountLayers(o wire.Operation, lowers []string, upper, work string) error {
	options := w.options
	options.lowers, options.upper, options.work = lowers, upper, work
	if len(lowers) == 0 {
		options.lowers = []string{fromTmpfs(tmpfsEmpty)}
	}
	o.Flags |= wire.FlagInDirectory
	o.Type, o.Source, o.Data = "overlay", w.request.Image.Dir, options.String()
	w.add(o)
	if len(o.Data) > maxOptions {
		return fmt.Errorf("%d layers, and mount(2) takes a page: their names and those of the directories for what is written are %d bytes, and %d would do (a shorter MYDOCKER_STATE helps)",
			len(w.request.Image.Lowers), len(o.Data), maxOptions)
	}
	return nil
}

// setImageOptions finds out what all overlays of an image have.
func (w *View) setImageOptions() error {
	w.options.userXattr = w.request.Image.UserXattr
	kernel, err := utils.RunningKernel()
	if err != nil {
		return err
	}
	if err := checkUserOverlay(w.options.userXattr, kernel); err != nil {
		return err
	}
	w.options.volatile = w.request.Image.Kept == nil && kernel.AtLeast(utils.Kernel{Major: 5, Minor: 10})
	return nil
}

// keep has what is written be in a directory that stays.
func (s *store) keep(dir *os.File, path string) error {
	fd, err := unix.FcntlInt(dir.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("fcntl", err)
	}
	s.dir, s.path = os.NewFile(uintptr(fd), path), path
	return unix.Fchmod(fd, s.mode())
}

// RootLayer is the directory with what is written to the root of an image.
const RootLayer = "root"

// imageLayer makes the directories that what is written to an image goes to, below name. The
// root of a container has the owner and the mode of its upper directory: so it is the directory
// around it that is closed to others on the host (CVE-2021-41091).
func (s *store) imageLayer(name, top string) (upper, work string, err error) {
	upper, work = filepath.Join(name, "upper"), filepath.Join(name, "work")
	s.imageLayers[name] = top
	if !s.request.Dry {
		err = s.makeImageLayer(name, upper, work, top)
	}
	return filepath.Join(s.path, upper), filepath.Join(s.path, work), err
}

func (s *store) makeImageLayer(name, upper, work, top string) error {
	dirs := []string{name, upper, work}
	if name == "volumes/0" {
		dirs = append([]string{path.Dir(name)}, dirs...)
	}
	var errs []error
	kept := s.keptLayer(work)
	for _, below := range dirs {
		dir, err := s.keepDir(below)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		if below == upper && !kept {
			errs = append(errs, s.likeRoot(dir, top))
		}
		errs = append(errs, dir.Close())
	}
	return errors.Join(errs...)
}

// keptLayer reports whether an earlier run of the container has made a layer: its work directory is
// made when the upper one has its attributes, which are the container's to change from then on.
func (s *store) keptLayer(work string) bool {
	var stat unix.Stat_t
	return unix.Fstatat(int(s.dir.Fd()), work, &stat, unix.AT_SYMLINK_NOFOLLOW) == nil
}

// keepDir makes a directory, or opens the one that an earlier run has made.
func (s *store) keepDir(name string) (*os.File, error) {
	dir, err := s.makeDir(name)
	if s.request.Image.Kept == nil || !errors.Is(err, fs.ErrExist) {
		return dir, err
	}
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(int(s.dir.Fd()), name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: filepath.Join(s.path, name), Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

// likeRoot gives an upper directory the attributes of what it lies over.
func (s *store) likeRoot(upper *os.File, top string) error {
	if top != "" {
		return s.copyAttributes(top, upper)
	}
	return unix.Fchmod(int(upper.Fd()), 0o755)
}
