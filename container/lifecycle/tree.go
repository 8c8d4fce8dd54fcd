package lifecycle

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// OpenTree has the parent, and not init, clone what is mounted at the operation's source.
func (p *Plan) OpenTree(o *wire.Operation) (tree int, err error) {
	flags := uint(unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC)
	if o.Flags&wire.FlagRecursive != 0 {
		flags |= unix.AT_RECURSIVE
	}
	tree, err = unix.OpenTree(unix.AT_FDCWD, o.Source, flags)
	if err != nil {
		return -1, err
	}
	// It is the host's mount namespace that it comes from: init's are slaves, or private.
	attributes := unix.MountAttr{Propagation: unix.MS_PRIVATE}
	if p.Message.Slave {
		attributes.Propagation = unix.MS_SLAVE
	}
	err = unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &attributes)
	if err != nil {
		return -1, errors.Join(err, unix.Close(tree))
	}
	o.Flags |= wire.FlagOpened
	o.Device = uint64(len(p.Files))
	p.Files = append(p.Files, tree)
	return tree, nil
}
