package container

import (
	"strings"
	"sync/atomic"

	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/utils"
)

// makeLayers decides what the container sees of the host's files, and makes the
// directories for what it writes to them. What is thrown away goes when all of the
// container's processes are gone, so this comes before its cgroups.
func (r *run) makeLayers() error {
	if err := r.openView(false); err != nil || r.view == nil {
		return err
	}
	r.undo.Add(r.view.Close)
	if len(r.view.ReadOnly) > 0 {
		r.log.Warnf("read-only in the container, for overlayfs cannot lie over them: %s", strings.Join(r.view.ReadOnly, ", "))
	}
	for _, missing := range r.view.Missing {
		r.log.Warnf("--hide %s: nothing is there", utils.OneLine(missing))
	}
	return nil
}

// planLayers does the same for a script, and makes nothing.
func (r *run) planLayers() error { return r.openView(true) }

func (r *run) openView(dry bool) (err error) {
	root := &r.config.Root
	if !root.Overlay && !root.OfHost() {
		return nil
	}
	uid, gid := r.userNamespace.RootIDs()
	r.view, err = overlay.Open(&overlay.Request{
		Root: root, ID: r.id, UserNamespace: r.userNamespace != nil, UID: uid, GID: gid, Dry: dry,
	})
	return err
}

// clearLayers removes what killed runs have left, while the command runs. It stops when
// that ends: a large leftover takes several runs.
func (r *run) clearLayers() {
	if !r.config.Root.Overlay || r.config.Root.State == "" {
		return
	}
	var stop atomic.Bool
	done := make(chan error)
	go func() { done <- overlay.ClearLeftovers(r.config.Root.State, stop.Load) }()
	r.undo.Add(func() error {
		stop.Store(true)
		if err := <-done; err != nil {
			r.log.Infof("remove the layers of earlier runs: %s", utils.ErrorLine(err))
		}
		return nil
	})
}
