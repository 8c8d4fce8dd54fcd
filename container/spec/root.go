package spec

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// Root says which root file system a container has. The zero value is the host's
// own, as the articles' container has it.
type Root struct {
	// Dir is the directory that becomes "/", absolute; "" is the host's root.
	Dir string
	// Image names the image of whose layers the root is made, copy-on-write; "" is none.
	Image string
	// Overlay puts a copy-on-write layer over Dir, or over the host's root and all
	// that is mounted below it.
	Overlay bool
	// Changes is the directory that keeps what is written to the layer, absolute; ""
	// throws it away.
	Changes string
	// ReadOnly is whether nobody can write to "/".
	ReadOnly bool
	// Hide are absolute paths of the host's root that are empty inside. It holds for
	// a view of the host's root alone, not for Dir.
	Hide []string
	// HideNoDefaults leaves what is hidden by default, as secrets of the host, in sight.
	HideNoDefaults bool
	// Secrets are files and directories that the caller's environment names, and which
	// are hidden by default.
	Secrets []string
	// Home is the caller's home directory, "" for none.
	Home string
	// State is the directory of images, of containers that are kept, and of what is thrown
	// away, absolute; "" is none. It, too, is not seen inside.
	State string
}

// Own reports whether the container has a root file system of its own.
func (r *Root) Own() bool { return r.Dir != "" || r.Image != "" || r.Overlay || r.ReadOnly }

// OfHost reports whether the container's own root is a view of the host's.
func (r *Root) OfHost() bool { return r.Own() && r.Dir == "" && r.Image == "" }

// Layered reports whether overlayfs makes the root.
func (r *Root) Layered() bool { return r.Overlay || r.Image != "" || r.OfHost() }

// IsClosed reports whether nothing may be made in it, not even what others are mounted at:
// it would be made in a directory of the host's, or in changes that are kept.
func (r *Root) IsClosed() bool {
	return r.ReadOnly && (r.Changes != "" || !r.Layered())
}

func (r *Root) validate() error {
	for _, dir := range []string{r.Dir, r.Changes} {
		if dir != "" && !path.IsAbs(dir) || strings.ContainsRune(dir, 0) {
			return fmt.Errorf("%q is not an absolute path", dir)
		}
	}
	if err := r.validateImage(); err != nil {
		return err
	}
	switch {
	case r.Changes != "" && !r.Overlay:
		return errors.New("a directory for changes needs an overlay")
	case r.Changes != "" && r.Dir != "":
		return errors.New("--overlay=DIR keeps the changes of the host's root, --rootfs has another")
	case (len(r.Hide) > 0 || r.HideNoDefaults) && !r.OfHost():
		return errors.New("--hide needs --overlay, or --read-only without --rootfs: it hides what is the host's")
	}
	for _, hidden := range r.Hide {
		if err := checkTarget(hidden); err != nil {
			return fmt.Errorf("--hide: %w", err)
		}
	}
	return nil
}

// validateImage refuses what says of another root than the image's.
func (r *Root) validateImage() error {
	switch {
	case r.Image == "":
		return nil
	case r.Dir != "":
		return errors.New("--image is a root file system, and --rootfs another: one of the two")
	case r.Overlay:
		return errors.New("--overlay is the host's root file system, and --image another, which is copy-on-write anyway")
	case len(r.Hide) > 0 || r.HideNoDefaults:
		return errors.New("--hide hides what is the host's, and with --image none of that is seen")
	}
	return nil
}

// checkTarget refuses what no path inside the container can be.
func checkTarget(target string) error {
	switch {
	case !path.IsAbs(target) || strings.ContainsRune(target, 0):
		return fmt.Errorf("%q is not an absolute path", target)
	case path.Clean(target) == "/":
		return fmt.Errorf("%q is the root itself", target)
	}
	return nil
}
