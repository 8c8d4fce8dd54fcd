// Package userns works on the files of layers as root of a user namespace. An ordinary user
// can give files other owners only there. The namespace has one process, which does what it
// is asked to until its worker is closed:
//
//	worker    clone(CLONE_NEWUSER) /proc/self/exe unpack-layer
//	process   waits
//	worker    writes the maps of the namespace, and says that they are there
//	process   becomes root of the namespace
//	worker    sends a request, with descriptors: an archive's pipe, a pipe for the reply, and
//	          directories. Several requests are worked on at once
//	process   writes the reply, and closes that pipe
//	worker    closes the socket, and the process ends
//
// A process that is killed closes its pipes: then a reply is missing.
package userns

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/cp"
	"github.com/mydocker/mydocker/container/image/layers"
	"github.com/mydocker/mydocker/container/image/unpack"
	"github.com/mydocker/mydocker/container/users"
)

// CommandName is the hidden command that serves: Main of it is Serve.
const CommandName = "unpack-layer"

// socketFD is the descriptor on which the process gets its requests.
const socketFD = 3

// Worker is a process in a user namespace.
type Worker struct {
	// Variant is the one of layers that it unpacks.
	Variant image.Variant

	process *exec.Cmd
	mutex   sync.Mutex
	socket  *os.File
}

// Start makes a user namespace with the maps. They are changed where the subordinate ids cannot
// be had, see users.UserNamespace.Write.
func Start(maps *users.UserNamespace) (*Worker, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socketpair: %w", err)
	}
	theirs := os.NewFile(uintptr(fds[1]), "socket")
	w := &Worker{socket: os.NewFile(uintptr(fds[0]), "socket")}
	w.process = &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{"mydocker", CommandName}, Env: []string{},
		Stderr: os.Stderr, ExtraFiles: []*os.File{theirs},
		SysProcAttr: &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER, AmbientCaps: maps.Capabilities(), Setpgid: true},
	}
	err = w.process.Start()
	if closed := theirs.Close(); err == nil {
		err = closed
	}
	if err != nil {
		err = fmt.Errorf("make a user namespace to unpack layers in: %w (mydocker doctor tells what is missing)", err)
		return nil, errors.Join(err, w.socket.Close())
	}
	_, err = maps.Write(w.process.Process.Pid) //nolint:errcheck // which ids are left out, the owners of files tell
	if err == nil {
		err = w.send(nil, nil)
	}
	if err != nil {
		return nil, errors.Join(err, w.process.Process.Kill(), w.Close())
	}
	w.Variant = image.NewVariant(maps.Maps())
	return w, nil
}

// Close ends the process, when what it was asked to do is done.
func (w *Worker) Close() error {
	err := w.socket.Close()
	ended := w.process.Wait()
	var exited *exec.ExitError
	if errors.As(ended, &exited) { // those who wait for a reply have said so
		ended = nil
	}
	return errors.Join(err, ended)
}

// Layer is unpack.Layer.
func (w *Worker) Layer(ctx context.Context, r io.Reader, dir *os.File, o *unpack.Options) (unpack.Result, error) {
	got, err := w.give(ctx, &request{Unpack: o}, r, dir)
	if got.Unpacked == nil {
		return unpack.Result{}, err
	}
	return *got.Unpacked, err
}

// Imply is unpack.Imply.
func (w *Worker) Imply(ctx context.Context, dir *os.File, implied []string, o *unpack.Options) error {
	content, err := json.Marshal(implied)
	if err == nil {
		_, err = w.give(ctx, &request{Imply: o}, bytes.NewReader(content), dir)
	}
	return err
}

// give asks for something that reads r.
func (w *Worker) give(ctx context.Context, asked *request, r io.Reader, dirs ...*os.File) (reply, error) {
	in, out, err := os.Pipe()
	if err != nil {
		return reply{}, err
	}
	enlarge(out)
	coming, err := w.ask(asked, in, dirs...)
	if err != nil {
		return reply{}, errors.Join(err, out.Close())
	}
	copied := make(chan error, 1)
	go func() {
		_, err := io.Copy(out, r)
		if errors.Is(err, unix.EPIPE) { // the process has said why
			err = nil
		}
		copied <- errors.Join(err, out.Close())
	}()
	got, err := coming.await(w)
	if failed := <-copied; failed != nil {
		err = failed // the process has seen nothing but an end
	}
	if err == nil {
		err = context.Cause(ctx)
	}
	return got, err
}

// Archive is unpack.Archive.
func (w *Worker) Archive(ctx context.Context, to io.Writer, dirs []*os.File, o *unpack.ArchiveOptions) (unpack.Archived, error) {
	const most = maxFiles - 2
	if len(dirs) > most {
		return unpack.Archived{}, fmt.Errorf("%d layers over each other: %d are the most", len(dirs), most)
	}
	return w.take(ctx, &request{Archive: o}, to, dirs...)
}

// CopyOut is cp.Out.Write.
func (w *Worker) CopyOut(ctx context.Context, to io.Writer, files []*os.File, o *cp.Out) (unpack.Archived, error) {
	return w.take(ctx, &request{CopyOut: o}, to, files...)
}

// CopyIn is cp.In.Read.
func (w *Worker) CopyIn(ctx context.Context, r io.Reader, files []*os.File, i *cp.In) (unpack.Result, error) {
	got, err := w.give(ctx, &request{CopyIn: i}, r, files...)
	if got.Unpacked == nil {
		return unpack.Result{}, err
	}
	return *got.Unpacked, err
}

// take asks for something that writes an archive.
func (w *Worker) take(ctx context.Context, asked *request, to io.Writer, dirs ...*os.File) (unpack.Archived, error) {
	in, out, err := os.Pipe()
	if err != nil {
		return unpack.Archived{}, err
	}
	enlarge(out)
	reply, err := w.ask(asked, out, dirs...)
	if err != nil {
		return unpack.Archived{}, errors.Join(err, in.Close())
	}
	stop := context.AfterFunc(ctx, func() { in.Close() }) //nolint:errcheck // it is closed below, too
	_, copied := io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{in}, make([]byte, pipeSize))
	stop()
	if closed := in.Close(); closed != nil && !errors.Is(closed, os.ErrClosed) {
		copied = errors.Join(copied, closed)
	}
	got, err := reply.await(w)
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case copied != nil: // then the process has only seen that nobody reads
		err = copied
	}
	if got.Archived == nil {
		return unpack.Archived{}, err
	}
	return *got.Archived, err
}

// pipeSize is how much is read at a time.
const pipeSize = 1 << 20

// enlarge has a pipe take that much. Smaller ones work as well.
func enlarge(pipe *os.File) {
	unix.FcntlInt(pipe.Fd(), unix.F_SETPIPE_SZ, pipeSize) //nolint:errcheck // see above
}

// request is what the process is asked to do. Its descriptors are the archive's pipe, the reply's
// pipe and the directories.
type request struct {
	Unpack  *unpack.Options        `json:",omitempty"`
	Imply   *unpack.Options        `json:",omitempty"` // the stream is a list of names
	Archive *unpack.ArchiveOptions `json:",omitempty"`
	Changes *layers.ChangesOptions `json:",omitempty"`
	CopyOut *cp.Out                `json:",omitempty"`
	CopyIn  *cp.In                 `json:",omitempty"`
}

// Changes is layers.ChangesOf.
func (w *Worker) Changes(upper *os.File, lowers []*os.File, o *layers.ChangesOptions) ([]layers.Change, error) {
	nothing, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	reply, err := w.ask(&request{Changes: o}, nothing, append([]*os.File{upper}, lowers...)...)
	if err != nil {
		return nil, err
	}
	got, err := reply.await(w)
	return got.Changes, err
}

// pending is a reply that is to come.
type pending struct{ pipe *os.File }

// ask sends a request. stream is the process's then.
func (w *Worker) ask(r *request, stream *os.File, dirs ...*os.File) (*pending, error) {
	in, out, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, stream.Close())
	}
	err = w.send(r, append([]*os.File{stream, out}, dirs...))
	err = errors.Join(err, stream.Close(), out.Close())
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	return &pending{in}, nil
}

func (w *Worker) send(r *request, files []*os.File) error {
	content, err := json.Marshal(r)
	if err != nil {
		return err
	}
	var rights []byte
	if len(files) > 0 {
		fds := make([]int, 0, len(files))
		for _, file := range files {
			fds = append(fds, int(file.Fd()))
		}
		rights = unix.UnixRights(fds...)
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	err = unix.Sendmsg(int(w.socket.Fd()), content, rights, nil, unix.MSG_NOSIGNAL)
	if err == unix.EPIPE || err == unix.ECONNRESET {
		return w.died()
	}
	if err != nil {
		return fmt.Errorf("ask the process in the user namespace: %w", err)
	}
	return nil
}

// died is the error of a process that has ended by itself.
func (w *Worker) died() error {
	return errors.New("the process in the user namespace has ended: it was killed, or there is no memory left for it")
}

// await waits for a reply.
func (p *pending) await(w *Worker) (reply, error) {
	content, err := io.ReadAll(p.pipe)
	err = errors.Join(err, p.pipe.Close())
	if err == nil && len(content) == 0 {
		err = w.died()
	}
	var r reply
	if err == nil {
		err = json.Unmarshal(content, &r)
	}
	if err != nil {
		return reply{}, err
	}
	return r, r.Failure.err()
}
