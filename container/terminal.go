package container

import (
	"os"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// ownTerminal reports whether the command's pseudo-terminal is one of the container's own
// devpts: with the host's root there is none, and it is the host's.
func (r *run) ownTerminal() bool { return r.config.Root.Own() && r.hasTerminal() }

// console is what init has to know of such a terminal.
func (r *run) console() *wire.Console {
	if !r.ownTerminal() {
		return nil
	}
	plan, _ := r.planStreams()
	c := &wire.Console{Streams: plan.Terminals()}
	if c.Rows, c.Columns = r.stdio.Size(); r.config.Supervised != nil {
		c.Rows, c.Columns = r.config.Supervised.Rows, r.config.Supervised.Columns
	}
	if r.user.Become() {
		c.Owner = r.user.UID
	}
	return c
}

// takeTerminal waits until init has sent it.
func (r *run) takeTerminal() error {
	if !r.ownTerminal() {
		return nil
	}
	master, slave, came, err := r.process.Terminal()
	if err != nil || !came {
		return err
	}
	if err := unix.SetNonblock(master, true); err != nil { // for the runtime's poller
		return err
	}
	return r.stdio.Take(os.NewFile(uintptr(master), "/dev/ptmx"), slave)
}
