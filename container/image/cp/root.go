package cp

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Root says what the root is that files are copied out of or into. The zero value is that of a
// container that runs, or of the host, which comes as a descriptor.
type Root struct {
	// Layers are the directories of a container that does not run: the upper and the work directory,
	// and the layers below, the uppermost first.
	Layers []string
	// Dir is a directory that is the root.
	Dir string
	// UserXattr is whether overlayfs marks files by attributes of users.
	UserXattr bool
	// ReadOnly is whether nothing can be written to it, but to Mounts.
	ReadOnly bool
	// Mounts are mounted in it.
	Mounts []Mount
}

// Mount is a file or directory of the host in a root.
type Mount struct {
	Source, Target string
	ReadOnly       bool
}

// use calls do with the root. What has to be mounted for that is seen by nobody else: it is in a
// mount namespace of a thread's own, and goes with that.
func (r *Root) use(files []*os.File, do func(root *os.File) error) error {
	if len(r.Layers) == 0 && r.Dir == "" {
		if len(files) == 0 {
			return errors.New("there is no root")
		}
		return do(files[0])
	}
	made, done, closed := make(chan error), make(chan struct{}), make(chan error)
	var root *os.File
	go func() {
		runtime.LockOSThread() // which ends with the goroutine
		var err error
		root, err = r.mount()
		made <- err
		if err == nil {
			<-done
			closed <- root.Close()
		}
	}()
	if err := <-made; err != nil {
		return err
	}
	err := do(root)
	close(done)
	err = errors.Join(err, <-closed)
	return err
}

// place is where a root is mounted, in a mount namespace that nobody else sees.
const place = "/sys"

// mount mounts all in a new mount namespace.
func (r *Root) mount() (root *os.File, err error) {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return nil, os.NewSyscallError("unshare", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return nil, os.NewSyscallError("mount", err)
	}
	sources, err := r.openSources()
	if err == nil {
		root, err = r.mountRoot()
	}
	for n := range sources {
		if err == nil {
			err = r.Mounts[n].mount(sources[n], root)
		}
		err = errors.Join(err, unix.Close(sources[n]))
	}
	if err == nil && r.ReadOnly { // what others are mounted at has been made
		err = readOnly(place, int(root.Fd()))
	}
	if err != nil && root != nil {
		err = errors.Join(err, root.Close())
	}
	return root, err
}

// openSources opens what is mounted in the root. It has to be done in this mount namespace, and
// before something is at place.
func (r *Root) openSources() (fds []int, err error) {
	for n := range r.Mounts {
		fd, err := utils.Open(r.Mounts[n].Source, unix.O_PATH)
		if err != nil {
			return nil, errors.Join(&os.PathError{Op: "open", Path: r.Mounts[n].Source, Err: err}, utils.CloseAll(fds...))
		}
		fds = append(fds, fd)
	}
	return fds, nil
}

func (r *Root) mountRoot() (root *os.File, err error) {
	if len(r.Layers) > 0 {
		err = r.mountLayers()
	} else {
		err = r.bindRoot()
	}
	if err != nil {
		return nil, fmt.Errorf("mount the root of the container: %w", err)
	}
	fd, err := utils.Open(place, unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: place, Err: err}
	}
	return os.NewFile(uintptr(fd), "/"), nil
}

// mountLayers mounts them with the options of a run (package overlay). They are named by their
// descriptors, for the options of a mount have to fit in a page (mount(2)).
func (r *Root) mountLayers() (err error) {
	var names []string
	var fds []int
	defer func() { err = errors.Join(err, utils.CloseAll(fds...)) }()
	for _, layer := range r.Layers {
		fd, err := utils.Open(layer, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW)
		if err != nil {
			return &os.PathError{Op: "open", Path: layer, Err: err}
		}
		fds, names = append(fds, fd), append(names, utils.FDPath(fd))
	}
	options := "lowerdir=" + strings.Join(names[2:], ":") + ",upperdir=" + names[0] + ",workdir=" + names[1] +
		",index=off,metacopy=off,redirect_dir=nofollow"
	if r.UserXattr {
		options += ",userxattr"
	}
	return os.NewSyscallError("mount", unix.Mount("overlay", place, "overlay", 0, options))
}

// bindRoot mounts a directory.
func (r *Root) bindRoot() error {
	fd, err := utils.Open(r.Dir, unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return &os.PathError{Op: "open", Path: r.Dir, Err: err}
	}
	return errors.Join(bind(fd, place), unix.Close(fd))
}

// mount mounts it in a root. Where nothing is at its target yet, a directory is made, as a start
// does it.
func (m *Mount) mount(source int, root *os.File) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("mount %s at %s: %w", m.Source, m.Target, err)
		}
	}()
	found, err := utils.LookInRoot(int(root.Fd()), m.Target, true)
	if err != nil {
		return err
	}
	for len(found.Missing) > 0 {
		err := unix.Mkdirat(found.FD(), found.Missing[0], 0o755)
		if err = errors.Join(utils.Ignore(err, unix.EEXIST), found.Close()); err != nil {
			return err
		}
		if found, err = utils.LookInRoot(int(root.Fd()), m.Target, true); err != nil {
			return err
		}
	}
	err = errors.Join(bind(source, utils.FDPath(found.FD())), found.Close())
	if err != nil || !m.ReadOnly {
		return err
	}
	// Its descriptor is what is below the mount.
	if found, err = utils.LookInRoot(int(root.Fd()), m.Target, true); err != nil {
		return err
	}
	return errors.Join(readOnly(utils.FDPath(found.FD()), found.FD()), found.Close())
}

// bind mounts a file or directory, with what is mounted below it.
func bind(source int, target string) error {
	return os.NewSyscallError("mount", unix.Mount(utils.FDPath(source), target, "", unix.MS_BIND|unix.MS_REC, ""))
}

// readOnly has nothing be written to a mount, of which fd is the root. The flags that the host's
// has stay: in a user namespace they have to.
func readOnly(mount string, fd int) error {
	const kept = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	var of unix.Statfs_t
	if err := unix.Fstatfs(fd, &of); err != nil {
		return os.NewSyscallError("statfs", err)
	}
	flags := uintptr(of.Flags)&kept | unix.MS_BIND | unix.MS_REMOUNT | unix.MS_RDONLY
	return os.NewSyscallError("mount", unix.Mount("", mount, "", flags, ""))
}
