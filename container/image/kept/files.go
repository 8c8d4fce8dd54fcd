package kept

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image/cp"
	"github.com/mydocker/mydocker/container/image/unpack"
	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/container/running"
	"github.com/mydocker/mydocker/container/state"
)

// Files are those of a container, which runs or not. While it does not run, it is not started
// before Close.
type Files struct {
	// Record is the container's, nil of one in the foreground that does not stay, and of the host.
	Record *state.Record

	root   cp.Root
	files  []*os.File
	worker worker
	opened []io.Closer
}

// patience is how long a container may be used by another command, and be between its states.
const patience = 30 * time.Second

// Plan says of a container that does not run what its root would be.
type Plan struct {
	// Dir is its root, "" for that of its image.
	Dir      string
	ReadOnly bool
	Mounts   []cp.Mount
}

// OpenFiles opens the files of a container by its name, its id or the beginning of one. Where it
// does not run, planned tells what its root would be.
func OpenFiles(stateDir, name string, planned func(*state.Container) (*Plan, error)) (*Files, error) {
	for since := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		f, err := tryFiles(stateDir, name, planned)
		between := errors.Is(err, errEnded) || errors.As(err, new(*state.InUseError))
		if err == nil || !between || time.Since(since) > patience {
			return f, err
		}
	}
}

func tryFiles(stateDir, name string, planned func(*state.Container) (*Plan, error)) (*Files, error) {
	listed, err := state.Find(stateDir, name)
	if missing := (*state.NotFoundError)(nil); errors.As(err, &missing) {
		found, unknown := running.Find(name)
		if errors.As(unknown, new(*running.NotFoundError)) {
			return nil, err
		}
		if unknown != nil {
			return nil, unknown
		}
		return filesOf(found.Pid, found.Runner)
	}
	if err != nil {
		return nil, err
	}
	f := &Files{}
	switch now := listed.Now(); {
	case listed.Running && listed.Status == "":
		found, err := running.Find(listed.ID)
		if err != nil {
			return nil, errors.Join(errEnded, err)
		}
		f, err = filesOf(found.Pid, found.Runner)
		if err != nil {
			return nil, err
		}
	case listed.Running && (now == state.StatusRunning || now == state.StatusPaused):
		if f, err = filesOf(listed.Pid, listed.Supervisor); err != nil {
			return nil, err
		}
	default:
		if err := f.open(stateDir, listed.ID, planned); err != nil {
			return nil, errors.Join(fmt.Errorf("container %s: %w", listed.ID, err), f.Close())
		}
	}
	f.Record = &listed.Record
	return f, nil
}

// filesOf opens the files of a container that runs, as its PID 1 has them.
func filesOf(pid, parent int) (*Files, error) {
	process, err := openLive(pid, parent)
	if err != nil {
		return nil, err
	}
	f := &Files{worker: here{}}
	root, err := process.root()
	if err == nil {
		f.files, f.opened = []*os.File{root}, []io.Closer{root}
	}
	var uids, gids string
	if err == nil {
		uids, gids, err = process.maps()
	}
	if err == nil && uids != "" {
		if f.worker, err = startWorker(uids, gids); err == nil {
			f.opened = append(f.opened, f.worker)
		}
	}
	if err = errors.Join(err, process.Close()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// open opens the files of a container that does not run.
func (f *Files) open(stateDir, id string, planned func(*state.Container) (*Plan, error)) error {
	container, err := state.OpenToChange(stateDir, id)
	if err != nil {
		return err
	}
	c := &Container{Container: container}
	f.opened = append(f.opened, c)
	plan, err := planned(container)
	if err != nil {
		return err
	}
	if container.Manifest != "" {
		err = f.openLayers(c, stateDir)
	} else {
		err = f.openRootfs(c, plan.Dir)
	}
	f.root.ReadOnly, f.root.Mounts = plan.ReadOnly, plan.Mounts
	return err
}

// openRootfs opens a directory that is the root.
func (f *Files) openRootfs(c *Container, dir string) (err error) {
	f.root, f.worker = cp.Root{Dir: dir}, here{}
	if c.UIDMap != "" {
		if f.worker, err = startWorker(c.UIDMap, c.GIDMap); err != nil {
			return err
		}
		f.opened = append(f.opened, f.worker)
	}
	root, err := openDir(unix.AT_FDCWD, dir)
	if err == nil {
		f.files, f.opened = []*os.File{root}, append(f.opened, root)
	}
	return err
}

// openLayers opens the layers of an image, and what the container has changed.
func (f *Files) openLayers(c *Container, stateDir string) error {
	if err := c.open(stateDir); err != nil {
		return err
	}
	layer := filepath.Join(c.Path, overlay.RootLayer)
	f.root = cp.Root{Layers: []string{filepath.Join(layer, "upper"), filepath.Join(layer, "work")}, UserXattr: c.Variant.UserXattr()}
	for _, lower := range c.lowers {
		f.root.Layers = append(f.root.Layers, lower.Name())
	}
	f.files, f.worker = []*os.File{c.upper}, c.worker // the descriptor is not used, but there has to be one
	return nil
}

// Close gives all of it up.
func (f *Files) Close() error {
	var errs []error
	for _, opened := range f.opened {
		errs = append(errs, opened.Close())
	}
	return errors.Join(errs...)
}

// Out writes what is at a path as an archive, behind a line with its cp.Source.
func (f *Files) Out(ctx context.Context, to io.Writer, file string, follow bool) (unpack.Archived, error) {
	return f.worker.CopyOut(ctx, to, f.files, &cp.Out{Root: f.root, Path: file, Follow: follow})
}

// In reads an archive, and puts the files in it where in says.
func (f *Files) In(ctx context.Context, r io.Reader, in *cp.In) (unpack.Result, error) {
	in.Root = f.root
	return f.worker.CopyIn(ctx, r, f.files, in)
}

// Host are the files of the host, as the caller has them.
func Host() (*Files, error) {
	root, err := os.Open("/")
	if err != nil {
		return nil, err
	}
	return &Files{files: []*os.File{root}, worker: here{}, opened: []io.Closer{root}}, nil
}
