package oci

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/notify"
	"github.com/mydocker/mydocker/container/wire"
)

// addNotify binds the directory with the socket at which the command says that it is ready, where runc
// has it. A configuration that names a socket itself has its own way to the service manager, such as
// podman's by conmon.
func (r *rootFS) addNotify() error {
	variable := notify.Variable + "="
	own := slices.ContainsFunc(r.spec.Process.Env, func(entry string) bool { return strings.HasPrefix(entry, variable) })
	if !r.options.Notify || own {
		return nil
	}
	r.plan.Message.Env = append(r.plan.Message.Env, variable+notify.Dir+"/"+notify.SocketName)
	r.plan.Notify = len(r.operations)
	r.add(wire.Operation{
		Kind: wire.OpBind, Flags: wire.FlagMake | wire.FlagVolume | wire.FlagFollow, Path: notify.Dir,
		Mount: unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC,
	})
	return nil
}
