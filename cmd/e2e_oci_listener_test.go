package cmd_test

import (
	"os"
	"sync"
	"unsafe"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

// cmdListener is "listener SOCKET STATES": who answers for a seccomp filter (seccomp_unotify(2)) at
// a socket. What it is sent is added to the file STATES, a line each, and each call that it is asked
// about fails with ENOMSG.
func cmdListener(ts *testscript.TestScript, args []string) {
	needs(ts, args, 2, "listener SOCKET STATES")
	path, states := ts.MkAbs(args[0]), ts.MkAbs(args[1])
	socket, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	ts.Check(err)
	ts.Check(unix.Bind(socket, &unix.SockaddrUnix{Name: path}))
	ts.Check(unix.Listen(socket, 8))
	var answering sync.WaitGroup
	answering.Add(1)
	go func() {
		defer answering.Done()
		for {
			connection, _, err := unix.Accept4(socket, unix.SOCK_CLOEXEC)
			if err != nil {
				return
			}
			if listener, ok := receiveListener(connection, states); ok {
				answering.Add(1)
				go func() { defer answering.Done(); answerCalls(listener) }()
			}
		}
	}()
	ts.Defer(func() {
		ts.Check(unix.Shutdown(socket, unix.SHUT_RDWR)) // accept ends
		answering.Wait()
		ts.Check(unix.Close(socket))
	})
}

// receiveListener reads a state to its end, and the descriptor that came with it.
func receiveListener(connection int, states string) (listener int, ok bool) {
	defer unix.Close(connection)
	buffer, control := make([]byte, 64<<10), make([]byte, 256)
	n, rights, _, _, err := unix.Recvmsg(connection, buffer, control, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return -1, false
	}
	messages, err := unix.ParseSocketControlMessage(control[:rights])
	if err != nil || len(messages) != 1 {
		return -1, false
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return -1, false
	}
	text := buffer[:n]
	for err == nil && n > 0 {
		n, err = unix.Read(connection, buffer[len(text):])
		text = buffer[:len(text)+max(n, 0)]
	}
	file, err := os.OpenFile(states, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err == nil {
		_, err = file.Write(append(text, '\n'))
		if errClose := file.Close(); err == nil {
			err = errClose
		}
	}
	return fds[0], err == nil
}

// answerCalls answers until nobody is left who could ask.
func answerCalls(listener int) {
	defer unix.Close(listener)
	type notification struct {
		id         uint64
		pid, flags uint32
		data       [64]byte
	}
	type response struct {
		id    uint64
		value int64
		errno int32
		flags uint32
	}
	const receive, send = 0xc0502100, 0xc0182101 // SECCOMP_IOCTL_NOTIF_RECV and _SEND
	for {
		poll := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
		if _, err := unix.Poll(poll, -1); err == unix.EINTR {
			continue
		} else if err != nil || poll[0].Revents&unix.POLLIN == 0 {
			return
		}
		var asked notification
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(listener), receive, uintptr(unsafe.Pointer(&asked))); errno != 0 {
			continue // the caller has been killed
		}
		answer := response{id: asked.id, errno: -int32(unix.ENOMSG)}
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(listener), send, uintptr(unsafe.Pointer(&answer))); errno != 0 {
			continue
		}
	}
}
