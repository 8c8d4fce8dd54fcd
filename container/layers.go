package container

import (
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/utils"
)

// makeLayers decides what the container sees of the host's files, and makes the
// directories for what it writes to them. What is thrown away goes when all of the
// container's processes are gone, so this comes before its cgroups.
func (r *run) makeLayers() error {
	if err := r.keepContainer(); err != nil {
		return err
	}
	if err := r.openView(); err != nil || r.view == nil {
		return err
	}
	r.undo.Add(func() error { return r.view.Close(r.ran) })
	if lock := r.view.Lock(); lock != nil {
		r.locks, r.thrownAway = append(r.locks, lock), r.view.IsThrownAway()
	}
	if len(r.view.ReadOnly) > 0 {
		r.log.Warnf("read-only in the container, for overlayfs cannot lie over them: %s", strings.Join(r.view.ReadOnly, ", "))
	}
	for _, missing := range r.view.Missing {
		r.log.Warnf("--hide %s: nothing is there", utils.OneLine(missing))
	}
	return nil
}

// followMounts plans the root anew where something was mounted on the host, or unmounted, since it was
// planned. From its clone on init has a copy of the mounts; what others mount comes there, too, until it has
// set their propagation.
func (r *run) followMounts() error {
	changed, err := r.view.Follow(r.process.Pid())
	if err != nil || !changed {
		return err
	}
	if err := r.planRoot(); err != nil {
		return err
	}
	r.prepareMessage()
	return nil
}

// planLayers does the same for a script, and makes nothing.
func (r *run) planLayers() error { return r.openView() }

func (r *run) openView() (err error) {
	root := &r.config.Root
	if !root.Layered() {
		return nil
	}
	uid, gid := r.userNamespace.RootIDs()
	r.view, err = overlay.Open(&overlay.Request{
		Root: root, ID: r.id, UserNamespace: r.userNamespace != nil, UID: uid, GID: gid,
		Dir: r.config.World.Dir, Dry: r.dry, Image: r.image,
		Remove: r.userNamespace.Remover(),
	})
	return err
}

// leftoversTime is how long a run may go on with what killed ones have left when its
// command has ended. Short runs alone would never be done with it otherwise.
const leftoversTime = 100 * time.Millisecond

// clearLayers removes what killed runs have left, while the command runs. It stops when
// that ends and leftoversTime is over: a large leftover takes several runs.
func (r *run) clearLayers() {
	if root := &r.config.Root; !root.Overlay && root.Image == "" || root.State == "" {
		r.cleared.Store(true)
		return
	}
	var stop atomic.Bool
	done := make(chan error)
	began := time.Now()
	enough := func() bool { return stop.Load() && time.Since(began) > leftoversTime }
	go func() {
		err := overlay.ClearLeftovers(r.config.Root.State, enough, r.userNamespace.Remover())
		r.cleared.Store(true)
		done <- err
	}()
	r.undo.Add(func() error {
		stop.Store(true)
		if err := <-done; err != nil {
			r.log.Infof("remove the layers of earlier runs: %s", utils.ErrorLine(err))
		}
		return nil
	})
}

// overlayCause is why overlayfs may have refused to be mounted.
func (r *run) overlayCause(errno unix.Errno) string {
	switch {
	case r.view == nil:
		return ""
	case errno == unix.ENODEV:
		return "the kernel has no overlayfs: modprobe overlay"
	case errno == unix.EINVAL:
		return "dmesg says what overlayfs does not take: of overlays on overlays, two are the most"
	}
	return ""
}
