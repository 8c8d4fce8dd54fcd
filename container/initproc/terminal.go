package initproc

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// ExpectTerminal gives init a socket over which it sends a pseudo-terminal of the
// container's own (wire.Console).
func (p *ParentProcess) ExpectTerminal() error {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("create the terminal's socket: %w", err)
	}
	p.terminal, p.clone.Files[wire.TerminalFD] = ends[0], ends[1]
	return nil
}

// Terminal waits for that pseudo-terminal. An init that fails before it has one sends
// none: came is false, and Await says why it did.
func (p *ParentProcess) Terminal() (master, slave int, came bool, err error) {
	content, control := make([]byte, 1), make([]byte, unix.CmsgSpace(2*4))
	var used int
	n, err := utils.Retry(func() (n int, err error) {
		n, used, _, _, err = unix.Recvmsg(p.terminal, content, control, unix.MSG_CMSG_CLOEXEC)
		return n, err
	})
	if err = errors.Join(err, unix.Close(p.terminal)); err != nil {
		return -1, -1, false, fmt.Errorf("receive the terminal: %w", err)
	}
	p.terminal = -1
	if n == 0 {
		return -1, -1, false, nil
	}
	messages, err := unix.ParseSocketControlMessage(control[:used])
	if err != nil || len(messages) != 1 {
		return -1, -1, false, errors.Join(fmt.Errorf("receive the terminal: %d messages", len(messages)), err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 2 {
		return -1, -1, false, errors.Join(fmt.Errorf("receive the terminal: %d descriptors", len(fds)), err, utils.CloseAll(fds...))
	}
	return fds[0], fds[1], true, nil
}
