package userns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/image/layers"
	"github.com/mydocker/mydocker/container/image/unpack"
	"github.com/mydocker/mydocker/utils"
)

// errNotStarted answers a user who types the hidden command.
const errNotStarted = utils.Sentinel(CommandName + " is what mydocker starts by itself, in a user namespace")

// Serve is the process: it works until its worker is closed, or gone.
func Serve() error {
	kind, err := unix.GetsockoptInt(socketFD, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil || kind != unix.SOCK_SEQPACKET {
		return errNotStarted
	}
	unix.CloseOnExec(socketFD)
	if _, _, err := receive(); err != nil { // the maps are there
		return err
	}
	if err := becomeRoot(); err != nil {
		return err
	}
	var jobs sync.WaitGroup
	defer jobs.Wait()
	for {
		asked, files, err := receive()
		if asked == nil || err != nil {
			return err
		}
		jobs.Go(func() { serve(asked, files) })
	}
}

// becomeRoot has the process be root of its namespace, and nobody else.
func becomeRoot() error {
	unix.Umask(0)
	if err := syscall.Setgroups(nil); err != nil && err != unix.EPERM { // who maps its own id alone keeps its groups
		return fmt.Errorf("setgroups: %w", err)
	}
	if err := syscall.Setresgid(0, 0, 0); err != nil {
		return fmt.Errorf("setresgid: %w", err)
	}
	if err := syscall.Setresuid(0, 0, 0); err != nil {
		return fmt.Errorf("setresuid: %w", err)
	}
	return nil
}

// receive receives a request; nil says that there will be no more.
func receive() (*request, []*os.File, error) {
	const most = 1 << 20
	content, rights := make([]byte, most), make([]byte, unix.CmsgSpace(4*maxFiles))
	n, rightsLength, flags, err := receiveMessage(content, rights)
	if err != nil {
		return nil, nil, fmt.Errorf("receive: %w", err)
	}
	if n == 0 {
		return nil, nil, nil
	}
	files, err := filesIn(rights[:rightsLength])
	if err == nil && flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0 {
		err = errors.New("receive: a request is too long")
	}
	asked := &request{}
	if err == nil {
		err = json.Unmarshal(content[:n], asked)
	}
	if err != nil {
		return nil, nil, errors.Join(err, closeAll(files))
	}
	return asked, files, nil
}

func receiveMessage(content, rights []byte) (n, rightsLength, flags int, err error) {
	for {
		n, rightsLength, flags, _, err = unix.Recvmsg(socketFD, content, rights, unix.MSG_CMSG_CLOEXEC)
		if err != unix.EINTR {
			return n, rightsLength, flags, err
		}
	}
}

// maxFiles is how many descriptors one message may have (SCM_MAX_FD).
const maxFiles = 253

func filesIn(rights []byte) (files []*os.File, err error) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return nil, err
	}
	for n := range messages {
		fds, err := unix.ParseUnixRights(&messages[n])
		if err != nil {
			return files, err
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "received"))
		}
	}
	return files, nil
}

// serve does what was asked for. The reply is written when all else is closed.
func serve(asked *request, files []*os.File) {
	if len(files) < 3 {
		closeAll(files) //nolint:errcheck // that there is no reply tells it
		return
	}
	stream, pipe, dirs := files[0], files[1], files[2:]
	var r reply
	err := errors.New("nothing is asked for")
	switch {
	case asked.Unpack != nil:
		var result unpack.Result
		result, err = unpack.Layer(context.Background(), stream, dirs[0], asked.Unpack)
		r.Unpacked = &result
	case asked.Imply != nil:
		var implied []string
		if err = json.NewDecoder(stream).Decode(&implied); err == nil {
			err = unpack.Imply(context.Background(), dirs[0], implied, asked.Imply)
		}
	case asked.Archive != nil:
		var archived unpack.Archived
		archived, err = unpack.Archive(context.Background(), stream, dirs, asked.Archive)
		r.Archived = &archived
	case asked.CopyOut != nil:
		var archived unpack.Archived
		archived, err = asked.CopyOut.Write(context.Background(), stream, dirs)
		r.Archived = &archived
	case asked.CopyIn != nil:
		var result unpack.Result
		result, err = asked.CopyIn.Read(context.Background(), stream, dirs)
		r.Unpacked = &result
	case asked.Changes != nil:
		r.Changes, err = layers.ChangesOf(dirs[0], dirs[1:], asked.Changes)
	}
	err = errors.Join(err, stream.Close(), closeAll(dirs))
	r.Failure = failureOf(err)
	content, err := json.Marshal(&r)
	if err == nil {
		_, err = pipe.Write(content)
	}
	if closed := pipe.Close(); err != nil || closed != nil {
		return // that there is no reply tells it
	}
}

func closeAll(files []*os.File) error {
	var errs []error
	for _, file := range files {
		errs = append(errs, file.Close())
	}
	return errors.Join(errs...)
}
