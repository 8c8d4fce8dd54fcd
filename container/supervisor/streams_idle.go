package supervisor

import (
	"errors"
	"os"
	"sync"

	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/stdio"
	"github.com/mydocker/mydocker/utils"
)

// streamFiles are the descriptors of the streams for the next process image; -1 is none. Of a command
// with a terminal there are none: what lies between that and the supervisor is empty, and made anew.
type streamFiles struct {
	// Those that the command has got.
	Stdin, Stdout, Stderr int
	// The other ends.
	ToStdin, FromStdout, FromStderr int
}

func (f *streamFiles) outputs() []int { return []int{f.FromStdout, f.FromStderr} }

func (f *streamFiles) all() (fds []int) {
	for _, fd := range []int{f.Stdin, f.Stdout, f.Stderr, f.ToStdin, f.FromStdout, f.FromStderr} {
		if fd >= 0 {
			fds = append(fds, fd)
		}
	}
	return fds
}

// files are those of a command without a terminal.
func (t *streams) files(tty bool) (f streamFiles, err error) {
	for n, at := range []*int{&f.Stdin, &f.Stdout, &f.Stderr, &f.ToStdin, &f.FromStdout, &f.FromStderr} {
		*at = -1
		file := []*os.File{t.child.Stdin, t.child.Stdout, t.child.Stderr, t.stdin, t.ours[0].file, t.ours[1].file}[n]
		if tty || file == nil {
			continue
		}
		if *at, err = utils.Descriptor(file); file == t.stdin && errors.Is(err, os.ErrClosed) {
			*at, err = -1, nil // its end was typed
		}
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

// take goes on with them.
func (t *streams) take(f *streamFiles) {
	t.child.Stdin, t.child.Stdout, t.child.Stderr = utils.Inherited(f.Stdin, "stdin"), utils.Inherited(f.Stdout, "stdout"), utils.Inherited(f.Stderr, "stderr")
	if f.ToStdin >= 0 {
		t.stdin = utils.Inherited(f.ToStdin, "stdin")
	}
	t.read(utils.Inherited(f.FromStdout, "stdout"), session.FrameStdout)
	t.read(utils.Inherited(f.FromStderr, "stderr"), session.FrameStderr)
}

// hold keeps all that comes where it is, until release is called, if nobody is attached and nothing is
// on its way; else it is errBusy.
func (t *streams) hold() (release func(), err error) {
	if !t.hub.isIdle() {
		return nil, errBusy
	}
	var all []*sync.Mutex
	for _, from := range t.ours {
		all = append(all, from.moving)
	}
	release, ok := stdio.HoldAll(all)
	if !ok {
		return nil, errBusy
	}
	return release, nil
}

// hasUnread reports whether there is something in the pipes that nobody has read. What comes from
// a terminal the engine puts there: it has to be held, too.
func (t *streams) hasUnread() bool {
	for _, file := range []*os.File{t.child.Stdin, t.ours[0].file, t.ours[1].file} {
		if size, err := unread(file); err != nil || size > 0 {
			return true
		}
	}
	return false
}
