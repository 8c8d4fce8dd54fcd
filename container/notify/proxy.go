package notify

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Proxy passes on what comes at its socket.
type Proxy struct {
	// Dir is the directory that has the socket and nothing else.
	Dir     string
	manager string
	lock    *os.File // of the directory above, which is the proxy's as long as it is locked
	socket  *os.File
	warn    func(error)
	done    chan struct{}
}

// Listen makes a socket in a new directory below base, which is made if it is missing and closed to
// other users. manager is the socket of the service manager; warn is told of what cannot be passed on.
func Listen(base, manager string, warn func(error)) (p *Proxy, err error) {
	if _, err := address(manager); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(base, 0o700); err != nil {
		return nil, err
	}
	clearLeftovers(base)
	own, lock, err := makeOwn(base)
	if err != nil {
		return nil, err
	}
	p = &Proxy{Dir: filepath.Join(own, "notify"), manager: manager, lock: lock, warn: warn, done: make(chan struct{})}
	if err = p.listen(); err != nil {
		return nil, errors.Join(err, p.remove())
	}
	go p.serve()
	return p, nil
}

// makeOwn makes a directory and locks it. One that is not locked yet another proxy takes for what
// is left, and removes it; then there has to be another.
func makeOwn(base string) (own string, lock *os.File, err error) {
	for {
		id, err := utils.NewID()
		if err != nil {
			return "", nil, err
		}
		own = filepath.Join(base, id)
		if err = os.Mkdir(own, 0o700); err != nil {
			return "", nil, err
		}
		lock, err = lockDir(own)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.EWOULDBLOCK) {
			continue
		}
		if err != nil {
			return "", nil, errors.Join(err, os.Remove(own))
		}
		if _, err = os.Stat(own); err == nil {
			return own, lock, nil
		}
		if err = errors.Join(utils.Ignore(err, fs.ErrNotExist), lock.Close()); err != nil {
			return "", nil, err
		}
	}
}

// lockDir opens a directory and locks it. The error is unix.EWOULDBLOCK where it is locked.
func lockDir(path string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := utils.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// clearLeftovers removes what proxies have left that were killed. What cannot be removed stays.
func clearLeftovers(base string) {
	entries, err := os.ReadDir(base)
	if err != nil {
		return
	}
	for _, entry := range entries {
		own := filepath.Join(base, entry.Name())
		if !utils.IsID(entry.Name()) {
			continue
		}
		if lock, err := lockDir(own); err == nil {
			errors.Join(removeOwn(own), lock.Close()) //nolint:errcheck // the next tries it again
		}
	}
}

// removeOwn removes what a proxy has made.
func removeOwn(own string) error {
	dir := filepath.Join(own, "notify")
	var errs []error
	for _, path := range []string{filepath.Join(dir, SocketName), dir, own} {
		errs = append(errs, utils.Ignore(os.Remove(path), fs.ErrNotExist))
	}
	return errors.Join(errs...)
}

// listen makes the socket.
func (p *Proxy) listen() error {
	if err := os.Mkdir(p.Dir, 0o700); err != nil {
		return err
	}
	fd, err := bind(p.Dir)
	if err != nil {
		return err
	}
	p.socket = os.NewFile(uintptr(fd), SocketName)
	return os.Chmod(p.Dir, 0o755)
}

// Path is the socket's.
func (p *Proxy) Path() string { return filepath.Join(p.Dir, SocketName) }

// serve passes on until the socket is closed.
func (p *Proxy) serve() {
	defer close(p.done)
	raw, err := p.socket.SyscallConn()
	if err != nil {
		p.warn(err)
		return
	}
	buffer, oob := make([]byte, maxMessage), make([]byte, unix.CmsgSpace(4*maxDescriptors))
	next, ending := raw.Read, false
	for left := maxWaiting; left > 0; {
		var n, oobn, flags int
		var failed error
		err := next(func(fd uintptr) bool {
			n, oobn, flags, _, failed = unix.Recvmsg(int(fd), buffer, oob, unix.MSG_CMSG_CLOEXEC)
			return failed != unix.EAGAIN && failed != unix.EINTR
		})
		if errors.Is(err, os.ErrDeadlineExceeded) { // what was sent before the end is there
			ending = true
			next = func(receive func(uintptr) bool) error { return raw.Control(func(fd uintptr) { receive(fd) }) }
			continue
		}
		if err != nil || failed == unix.EAGAIN {
			return
		}
		if ending {
			left--
		}
		if failed != nil {
			p.warn(os.NewSyscallError("recvmsg", failed))
			return
		}
		fds := descriptors(oob[:oobn])
		if flags&unix.MSG_TRUNC == 0 {
			p.pass(string(buffer[:n]), fds)
		}
		utils.CloseAll(fds...) //nolint:errcheck // a sender has given them away
	}
}

// maxWaiting is how many messages are read at the end. A socket has room for fewer (net.unix.max_dgram_qlen).
const maxWaiting = 1024

// maxDescriptors is the most that a message can have: SCM_MAX_FD of the kernel.
const maxDescriptors = 253

// descriptors are those that came with a message.
func descriptors(oob []byte) (fds []int) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return nil
	}
	for i := range messages {
		if own, err := unix.ParseUnixRights(&messages[i]); err == nil {
			fds = append(fds, own...)
		}
	}
	return fds
}

func (p *Proxy) pass(message string, fds []int) {
	var err error
	if strings.TrimSuffix(message, "\n") == barrier && len(fds) == 1 {
		err = send(p.manager, barrier, fds)
	} else if state := filtered(message); state != "" {
		err = Send(p.manager, state)
	}
	if err != nil {
		p.warn(err)
	}
}

// Close passes on what was sent before, ends it, and removes its files.
func (p *Proxy) Close() error {
	err := p.socket.SetReadDeadline(time.Now())
	<-p.done
	return errors.Join(err, p.socket.Close(), p.remove())
}

func (p *Proxy) remove() error {
	return errors.Join(removeOwn(filepath.Dir(p.Dir)), p.lock.Close())
}
