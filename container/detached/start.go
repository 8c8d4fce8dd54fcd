package detached

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/faults"
	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/state"
)

// SuperviseName is the command by which mydocker executes itself as a supervisor:
// "supervise STATE ID WORD SOCKETS", with the descriptors below.
const SuperviseName = "supervise"

// What a supervisor inherits.
const (
	LockFD    = 3 // the container's lock
	ResultFD  = 4 // a connection on which it says how the start went (session.Reply); closed after that
	AttachFD  = 5 // a session of who has started it, if there is AttachWord
	SocketsFD = 6 // and the following: the sockets that a service manager has given to who has started it
)

// The word behind the id: AttachWord says that there is a session on AttachFD, StartWord that there is
// none; AgainWord that a supervisor goes on as another process image. Behind that comes the number of
// sockets, and behind AgainWord the descriptor of its listening socket.
const (
	StartWord  = "start"
	AttachWord = "attach"
	AgainWord  = "again"
)

// StartError says that a container could not be started, as its supervisor has told.
type StartError struct {
	Message string
	// Code is the exit status that goes with it: 125, 126 or 127.
	Code int
}

func (e *StartError) Error() string { return e.Message }

// Launch has a supervisor start a container that the caller has, and waits until its command was
// executed. The container is the supervisor's then, and closed in either case. With attach, the
// session is connected before the command begins, and returned.
func Launch(stateDir string, c *state.Container, attach *session.Attach) (*session.Conn, error) {
	sockets, err := container.GivenSockets()
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	result, resultEnd, err := session.Pair()
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	files, word := []*os.File{c.Lock(), resultEnd}, StartWord
	var conn *session.Conn
	if attach != nil {
		var end *os.File
		if conn, end, err = session.Pair(); err != nil {
			return nil, errors.Join(err, result.Close(), resultEnd.Close(), c.Close())
		}
		files, word = append(files, end), AttachWord
	}
	args := superviseArgs(stateDir, c.ID, word, len(sockets))
	err = faults.Around("execute the supervisor", func() error { return spawn(args, files, sockets) })
	for _, file := range files[1:] {
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		err = errors.Join(err, c.Close())
	} else { // to unlock it would take the lock from the supervisor, too
		err = errors.Join(attachFirst(conn, attach), faults.Around("hand the container over", c.HandOver))
	}
	if err == nil {
		err = faults.Around("await the start", func() error { return awaitStart(result, "container "+c.ID+": its supervisor") })
	}
	if err = errors.Join(err, result.Close()); err != nil && conn != nil {
		err = errors.Join(err, conn.Close())
		conn = nil
	}
	return conn, err
}

// attachFirst says what of the streams the first session has.
func attachFirst(conn *session.Conn, attach *session.Attach) error {
	if attach == nil {
		return nil
	}
	return conn.SendJSON(&session.Request{Op: session.OpAttach, Attach: attach})
}

func superviseArgs(stateDir, id, word string, sockets int) []string {
	return []string{"mydocker", SuperviseName, stateDir, id, word, strconv.Itoa(sockets)}
}

// spawn starts a supervisor. It has the caller's stderr until the command runs, for what is to be said
// of the start.
func spawn(args []string, files []*os.File, sockets []int) error {
	nothing, err := os.OpenFile(os.DevNull, os.O_RDWR, 0) //nolint:forbidigo // a device that is there
	if err != nil {
		return err
	}
	fds := []uintptr{nothing.Fd(), nothing.Fd(), uintptr(stderrOr(nothing))}
	for _, file := range files {
		fds = append(fds, file.Fd())
	}
	if len(sockets) > 0 && len(fds) < SocketsFD {
		const closed = ^uintptr(0)
		fds = append(fds, closed)
	}
	for _, fd := range sockets {
		fds = append(fds, uintptr(fd))
	}
	err = execute(args, &syscall.ProcAttr{Dir: "/", Env: environment(), Files: fds})
	if err != nil {
		err = fmt.Errorf("start the supervisor: %w", err)
	}
	return errors.Join(err, nothing.Close())
}

// environment is the caller's, with one thread at a time for Go code: a supervisor waits nearly all
// of its life, and each further one costs it 100 KB (docs/supervisor.md).
func environment() []string {
	const threads = "GOMAXPROCS="
	env := slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, threads) })
	return append(env, threads+"1")
}

// stderrOr is the caller's stderr, or nothing where it has none.
func stderrOr(nothing *os.File) int {
	if _, err := unix.FcntlInt(uintptr(unix.Stderr), unix.F_GETFD, 0); err != nil {
		return int(nothing.Fd())
	}
	return unix.Stderr
}

// awaitStart reads what somebody in the background says of a start (TellStart).
func awaitStart(result *session.Conn, who string) error {
	reply := &session.Reply{}
	if err := result.ReceiveJSON(reply); err != nil {
		return errors.New(who + " has ended before the command ran")
	}
	if reply.Error != "" {
		return &StartError{reply.Error, reply.ExitCode}
	}
	return nil
}
