// Package kept makes something of a container that stays: a list of what it has changed, an image,
// an archive of its root; and it opens the files of any container for who copies them. While one
// runs, it could put a link in the place of a directory that is just being read (CVE-2018-15664):
// so all is read by descriptors, and no link is followed.
package kept

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/cp"
	"github.com/mydocker/mydocker/container/image/layers"
	"github.com/mydocker/mydocker/container/image/unpack"
	"github.com/mydocker/mydocker/container/image/userns"
	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/utils"
)

// upperDir is what was written to the container's root, in its directory.
const upperDir = overlay.RootLayer + "/upper"

// Container is a container with its image. While it does not run, nobody removes any of it before
// Close.
type Container struct {
	*state.Container
	Image *image.Image
	// Running is whether it runs, or did when it was opened.
	Running bool

	upper  *os.File
	lowers []*os.File
	worker worker
}

// worker reads files as root of the container.
type worker interface {
	Archive(ctx context.Context, to io.Writer, dirs []*os.File, o *unpack.ArchiveOptions) (unpack.Archived, error)
	Changes(upper *os.File, lowers []*os.File, o *layers.ChangesOptions) ([]layers.Change, error)
	CopyOut(ctx context.Context, to io.Writer, files []*os.File, o *cp.Out) (unpack.Archived, error)
	CopyIn(ctx context.Context, r io.Reader, files []*os.File, i *cp.In) (unpack.Result, error)
	Close() error
}

// Open opens a container by its name, its id or the beginning of one.
func Open(stateDir, name string) (*Container, error) {
	opened, err := state.Open(stateDir, name)
	inUse := (*state.InUseError)(nil)
	if errors.As(err, &inUse) && inUse.Running {
		opened, err = state.OpenRunning(stateDir, inUse.ID)
	}
	if err != nil {
		return nil, err
	}
	c := &Container{Container: opened, Running: inUse != nil}
	if err := c.open(stateDir); err != nil {
		return nil, errors.Join(fmt.Errorf("container %s: %w", c.ID, err), c.Close())
	}
	return c, nil
}

// errNoImage is about a container whose root is none of an image.
const errNoImage = utils.Sentinel("it has no image: its root is the host's, or the directory of --rootfs")

func (c *Container) open(stateDir string) (err error) {
	if c.Manifest == "" {
		return errNoImage
	}
	if c.Image, err = image.OpenManifest(stateDir, c.Manifest); err != nil {
		return fmt.Errorf("its image %s: %w", utils.OneLine(c.Container.Image), err)
	}
	paths, err := c.Image.Lowers(c.Variant)
	if err != nil {
		return err
	}
	c.upper, err = openDir(int(c.Dir.Fd()), upperDir)
	if errors.Is(err, fs.ErrNotExist) { // it has never run
		if err = c.makeUpper(paths); err == nil {
			c.upper, err = openDir(int(c.Dir.Fd()), upperDir)
		}
	}
	if err != nil {
		return err
	}
	for _, path := range paths {
		lower, err := openDir(unix.AT_FDCWD, path)
		if err != nil {
			return err
		}
		c.lowers = append(c.lowers, lower)
	}
	return c.start()
}

// makeUpper makes the directories for what is written to the root, as its first run would.
func (c *Container) makeUpper(lowers []string) error {
	dir := c.Image.Layout().Layers(c.Variant)
	i := &overlay.Image{Dir: dir, UserXattr: c.Variant.UserXattr(), Kept: c.Dir, KeptPath: c.Path}
	for _, lower := range lowers {
		i.Lowers = append(i.Lowers, strings.TrimPrefix(lower, dir+"/"))
	}
	request := &overlay.Request{Root: &spec.Root{}, Image: i, UserNamespace: c.UIDMap != ""}
	if c.UIDMap != "" {
		asked, err := parseMaps(c.UIDMap, c.GIDMap)
		if err != nil {
			return err
		}
		request.UID, request.GID = (&users.UserNamespace{UIDs: asked.UIDs, GIDs: asked.GIDs}).RootIDs()
	}
	return overlay.MakeRootLayer(request)
}

func openDir(at int, path string) (*os.File, error) {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(at, path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// start finds out who reads the files.
func (c *Container) start() error {
	own, err := image.OwnVariant()
	if err != nil {
		return err
	}
	if c.Variant == own {
		c.worker = here{}
		return nil
	}
	c.worker, err = startWorker(c.UIDMap, c.GIDMap)
	return err
}

// startWorker starts who reads files as root of a user namespace with these maps.
func startWorker(uidMap, gidMap string) (worker, error) {
	asked, err := parseMaps(uidMap, gidMap)
	if err != nil {
		return nil, err
	}
	namespace, err := users.Resolve(asked)
	if err != nil {
		return nil, err
	}
	started, err := userns.Start(namespace)
	if err != nil {
		return nil, err
	}
	if started.Variant != image.NewVariant(uidMap, gidMap) {
		return nil, errors.Join(started.Close(),
			errors.New("the user namespace that it ran in cannot be had any more: the subordinate ids are others (/etc/subuid, /etc/subgid)"))
	}
	return started, nil
}

func parseMaps(uidMap, gidMap string) (asked *spec.UserNamespace, err error) {
	asked = &spec.UserNamespace{}
	if asked.UIDs, err = parseMap(uidMap); err == nil {
		asked.GIDs, err = parseMap(gidMap)
	}
	return asked, err
}

// parseMap reads a map of ids as the kernel shows it.
func parseMap(text string) (list []spec.IDMap, err error) {
	for line := range strings.Lines(text) {
		var m spec.IDMap
		if _, err := fmt.Sscan(line, &m.Container, &m.Host, &m.Size); err != nil {
			return nil, fmt.Errorf("map of ids %q: %w", strings.TrimSpace(line), err)
		}
		list = append(list, m)
	}
	return list, nil
}

// Close gives all of it up.
func (c *Container) Close() error {
	var errs []error
	if c.worker != nil {
		errs = append(errs, c.worker.Close())
	}
	for _, file := range append(c.lowers, c.upper) {
		if file != nil {
			errs = append(errs, file.Close())
		}
	}
	return errors.Join(append(errs, c.Image.Close(), c.Container.Close())...)
}

// made are the paths of the root at which a start makes what something is mounted over.
func (c *Container) made() []string {
	paths := []string{"/dev", "/proc", "/sys", "/etc", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"}
	for volume := range c.Config.Volumes {
		for dir := filepath.Join("/", volume); dir != "/"; dir = filepath.Dir(dir) {
			paths = append(paths, dir)
		}
	}
	return paths
}

// Changes lists what the container has changed of its image.
func (c *Container) Changes() ([]layers.Change, error) {
	list, err := c.worker.Changes(c.upper, c.lowers, &layers.ChangesOptions{UserXattr: c.Variant.UserXattr(), Ignored: c.made()})
	return list, c.named("list what has changed of", err)
}

// Export writes the container's root as a tar archive.
func (c *Container) Export(ctx context.Context, w io.Writer) (unpack.Archived, error) {
	dirs := append([]*os.File{c.upper}, c.lowers...)
	written, err := c.worker.Archive(ctx, w, dirs, &unpack.ArchiveOptions{Variant: c.Variant, Live: c.Running})
	return written, c.named("export", err)
}

func (c *Container) named(operation string, err error) error {
	if err != nil {
		return fmt.Errorf("%s container %s: %w", operation, c.ID, err)
	}
	return nil
}

// layer writes what the container has changed as a layer.
func (c *Container) layer(ctx context.Context, w io.Writer) (unpack.Archived, error) {
	o := &unpack.ArchiveOptions{Variant: c.Variant, Layer: true, Root: true, Live: c.Running}
	for _, path := range c.made() {
		if c.isNewAndEmpty(path) {
			o.Without = append(o.Without, strings.TrimPrefix(path, "/"))
		}
	}
	return c.worker.Archive(ctx, w, []*os.File{c.upper}, o)
}

// isNewAndEmpty reports whether there is nothing at a path but what a start has made. What
// cannot be looked at is taken for something else.
func (c *Container) isNewAndEmpty(path string) bool {
	upper := &layers.Stack{Lowers: []string{utils.FDPath(int(c.upper.Fd())) + "/."}, UserXattr: c.Variant.UserXattr()}
	empty, err := upper.IsEmpty(path)
	if err = errors.Join(err, upper.Close()); err != nil || !empty {
		return false
	}
	stack := layers.Stack{UserXattr: c.Variant.UserXattr()}
	for _, lower := range c.lowers {
		stack.Lowers = append(stack.Lowers, lower.Name())
	}
	fd, err := stack.Open(path)
	if err == nil {
		return errors.Join(unix.Close(fd), stack.Close()) != nil
	}
	return stack.Close() == nil && errors.Is(err, unix.ENOENT)
}

// here is the process itself.
type here struct{}

func (here) Archive(ctx context.Context, to io.Writer, dirs []*os.File, o *unpack.ArchiveOptions) (unpack.Archived, error) {
	return unpack.Archive(ctx, to, dirs, o)
}

func (here) Changes(upper *os.File, lowers []*os.File, o *layers.ChangesOptions) ([]layers.Change, error) {
	return layers.ChangesOf(upper, lowers, o)
}

func (here) CopyOut(ctx context.Context, to io.Writer, files []*os.File, o *cp.Out) (unpack.Archived, error) {
	return o.Write(ctx, to, files)
}

func (here) CopyIn(ctx context.Context, r io.Reader, files []*os.File, i *cp.In) (unpack.Result, error) {
	return i.Read(ctx, r, files)
}

func (here) Close() error { return nil }
