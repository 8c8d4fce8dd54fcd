package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// NoSupervisorError says that nobody answers at a container's socket.
type NoSupervisorError struct{ Err error }

func (e *NoSupervisorError) Error() string { return "its supervisor does not answer: " + e.Err.Error() }

// Unwrap implements errors.Unwrap.
func (e *NoSupervisorError) Unwrap() error { return e.Err }

// Conn is one end of a connection. One goroutine may read while another writes.
type Conn struct{ file *os.File }

func newSocket() (int, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	return fd, nil
}

// Dial connects with the supervisor whose socket has a name in a directory.
func Dial(dir int, name string) (*Conn, error) {
	fd, err := newSocket()
	if err != nil {
		return nil, err
	}
	// A socket that does not block has no room where too many wait already.
	const patience = 10 * time.Second
	for since := time.Now(); ; time.Sleep(time.Millisecond) {
		_, err = utils.Retry(func() (int, error) { return 0, unix.Connect(fd, utils.SocketIn(dir, name)) })
		if err != unix.EAGAIN || time.Since(since) > patience {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(&NoSupervisorError{os.NewSyscallError("connect", err)}, unix.Close(fd))
	}
	return NewConn(fd), nil
}

// NewConn takes over a connected socket.
func NewConn(fd int) *Conn { return &Conn{os.NewFile(uintptr(fd), "session")} }

// Taken takes over the end of a Pair that the process has inherited.
func Taken(file *os.File) *Conn { return &Conn{file} }

// Pair are the two ends of a connection, of which the second is for a child to inherit.
func Pair() (*Conn, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	return NewConn(fds[0]), os.NewFile(uintptr(fds[1]), "session"), nil
}

// Send writes a packet.
func (c *Conn) Send(packet []byte) error {
	_, err := c.file.Write(packet)
	return err
}

// SendFrame writes a frame, in several packets where it is long.
func (c *Conn) SendFrame(kind byte, content []byte) error {
	packet := make([]byte, 0, min(len(content)+1, MaxPacket))
	for {
		n := min(len(content), MaxPacket-1)
		if err := c.Send(append(append(packet[:0], kind), content[:n]...)); err != nil {
			return err
		}
		if content = content[n:]; len(content) == 0 {
			return nil
		}
	}
}

// Receive reads a packet into a buffer of MaxPacket bytes. The error is io.EOF when the other side
// has closed.
func (c *Conn) Receive(buffer []byte) ([]byte, error) {
	n, err := c.file.Read(buffer)
	if errors.Is(err, unix.ECONNRESET) { // the other side has closed with something unread: the packets before are still there
		n, err = c.file.Read(buffer)
	}
	if n == 0 && err == nil {
		err = io.EOF
	}
	return buffer[:n], err
}

// SendJSON and ReceiveJSON pass a Request or a Reply.
func (c *Conn) SendJSON(value any) error {
	packet, err := json.Marshal(value)
	if err == nil && len(packet) > MaxPacket {
		err = fmt.Errorf("a message of %d bytes is too long", len(packet))
	}
	if err != nil {
		return err
	}
	return c.Send(packet)
}

// ReceiveJSON reads one.
func (c *Conn) ReceiveJSON(value any) error {
	packet, err := c.Receive(make([]byte, MaxPacket))
	if err != nil {
		return err
	}
	return utils.DecodeStrictly(packet, value)
}

// Ask sends a request and waits for the reply. That the supervisor has ended before it could
// answer is a *NoSupervisorError, that somebody has stopped it a *StoppedError.
func (c *Conn) Ask(request *Request) (*Reply, error) {
	if err := c.SendJSON(request); err != nil {
		return nil, &NoSupervisorError{err}
	}
	if request.Op != OpWait { // its container runs on meanwhile
		if err := c.awaitReply(); err != nil {
			return nil, err
		}
	}
	reply := &Reply{}
	if err := c.ReceiveJSON(reply); err != nil {
		return nil, &NoSupervisorError{err}
	}
	return reply, nil
}

// Gone returns a channel that is closed when the other side, which has nothing more to say, has
// closed, or this one has.
func (c *Conn) Gone() <-chan struct{} {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		var packet [1]byte
		if _, err := c.file.Read(packet[:]); err != nil { // or it says more: nobody waits for an answer either way
			return
		}
	}()
	return gone
}

// HasGone reports whether the other side, which waits for an answer, has closed.
func (c *Conn) HasGone() (bool, error) { return c.isReadable(0) }

// Descriptor is the number of its descriptor.
func (c *Conn) Descriptor() (int, error) { return utils.Descriptor(c.file) }

// SetDeadline ends what waits in Send and Receive at a time.
func (c *Conn) SetDeadline(t time.Time) error { return c.file.SetDeadline(t) }

// Peer is the user at the other end.
func (c *Conn) Peer() (uid int, err error) {
	credentials, err := c.credentials()
	if err != nil {
		return -1, err
	}
	return int(credentials.Uid), nil
}

func (c *Conn) credentials() (credentials *unix.Ucred, err error) {
	raw, err := c.file.SyscallConn()
	if err != nil {
		return nil, err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		credentials, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	})
	return credentials, errors.Join(err, failed)
}

// Close closes it, which ends what waits in Send and Receive.
func (c *Conn) Close() error { return c.file.Close() }

// Listener is the supervisor's socket.
type Listener struct{ file *os.File }

// Listen makes the socket, instead of one that a supervisor has left that is gone.
func Listen(dir int, name string) (*Listener, error) {
	if err := utils.Ignore(unix.Unlinkat(dir, name, 0), unix.ENOENT); err != nil {
		return nil, &fs.PathError{Op: "unlink", Path: name, Err: err}
	}
	fd, err := newSocket()
	if err != nil {
		return nil, err
	}
	if err = unix.Bind(fd, utils.SocketIn(dir, name)); err == nil {
		err = unix.Listen(fd, unix.SOMAXCONN)
	}
	if err != nil {
		return nil, errors.Join(&fs.PathError{Op: "listen at", Path: name, Err: err}, unix.Close(fd))
	}
	return &Listener{os.NewFile(uintptr(fd), name)}, nil
}

// Inherited is the socket of the supervisor's process image before this one.
func Inherited(file *os.File) *Listener { return &Listener{file} }

// File is the socket, for the next process image.
func (l *Listener) File() *os.File { return l.file }

// Accept waits for the next connection.
func (l *Listener) Accept() (*Conn, error) {
	raw, err := l.file.SyscallConn()
	if err != nil {
		return nil, err
	}
	fd := -1
	var failed error
	err = raw.Read(func(listening uintptr) bool {
		fd, _, failed = unix.Accept4(int(listening), unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK)
		return failed != unix.EAGAIN && failed != unix.EINTR && failed != unix.ECONNABORTED
	})
	if err = errors.Join(err, failed); err != nil {
		return nil, os.NewSyscallError("accept4", err)
	}
	return NewConn(fd), nil
}

// Close closes it; the name stays.
func (l *Listener) Close() error { return l.file.Close() }
