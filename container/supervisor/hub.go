package supervisor

import (
	"errors"
	"io"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/session"
)

// Hub passes the output of a container's command to the sessions that are attached to it, and
// what these send to the command.
type Hub struct {
	// Warn is told of what could not be done for a session; nil if nobody wants to know.
	Warn func(error)

	stdin     io.WriteCloser
	stdinOnce bool
	resize    func(rows, columns uint16) error
	signal    func(syscall.Signal) error

	mutex sync.Mutex
	// sessions is replaced where it changes: who passes output on walks it without the lock.
	sessions []*attached
	exit     []byte // the content of FrameExit, nil as long as the command runs
}

// maxSignal is the kernel's last one.
const maxSignal = 64

// endPatience is how long a session may take to read the last of the output.
const endPatience = 10 * time.Second

// NewHub returns one without sessions. stdin is nil for a command whose stdin is empty; its Close
// ends a Write that waits. With stdinOnce it is closed when the first session that types has come
// to its end.
func NewHub(stdin io.WriteCloser, stdinOnce bool, resize func(rows, columns uint16) error, signal func(syscall.Signal) error) *Hub {
	return &Hub{stdin: stdin, stdinOnce: stdinOnce, resize: resize, signal: signal}
}

// Attach takes a connection over, for a session that ends when the other side closes it or the
// command ends.
func (h *Hub) Attach(conn *session.Conn, asked *session.Attach) {
	s := newAttached(conn, asked)
	h.mutex.Lock()
	exit := h.exit
	if exit == nil {
		h.sessions = append(slices.Clip(h.sessions), s)
	}
	h.mutex.Unlock()
	if exit != nil {
		h.finish(s, exit)
		return
	}
	go h.read(s)
}

// Write passes a chunk of output on. It waits for sessions that are Whole until they have read, or
// are gone, and for no others.
func (h *Hub) Write(kind byte, data []byte) {
	if len(data) == 0 {
		return
	}
	h.mutex.Lock()
	sessions := h.sessions
	h.mutex.Unlock()
	for _, s := range sessions {
		if s.wants(kind) {
			s.send(kind, data)
		}
	}
}

// End tells all sessions that the command has ended, and returns when they have it. One that does
// not read is given up after a while, unless it is Whole.
func (h *Hub) End(code int) {
	exit := []byte{byte(code)}
	h.mutex.Lock()
	sessions := h.sessions
	h.exit = exit
	h.mutex.Unlock()
	if h.stdin != nil {
		h.warn(h.stdin.Close())
	}
	var all sync.WaitGroup
	for _, s := range sessions {
		all.Go(func() { h.finish(s, exit) })
	}
	all.Wait()
}

// Abandon ends the wait for sessions that are Whole: they become as all others.
func (h *Hub) Abandon() {
	h.mutex.Lock()
	sessions := h.sessions
	h.mutex.Unlock()
	for _, s := range sessions {
		s.abandon()
	}
}

func (h *Hub) finish(s *attached, exit []byte) {
	s.send(session.FrameExit, exit)
	s.awaitSent(endPatience)
	h.warn(s.close())
}

// isIdle reports whether there are no sessions, and the command runs.
func (h *Hub) isIdle() bool {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return len(h.sessions) == 0 && h.exit == nil
}

func (h *Hub) setSize(rows, columns uint16) {
	if rows > 0 && columns > 0 {
		h.warn(h.resize(rows, columns))
	}
}

func (h *Hub) remove(s *attached) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.sessions = slices.DeleteFunc(slices.Clone(h.sessions), func(other *attached) bool { return other == s })
}

// read takes what a session sends until its end.
func (h *Hub) read(s *attached) {
	if s.asked.Stdin && h.stdin != nil {
		defer close(s.typed)
		go h.typeIn(s)
	}
	h.setSize(s.asked.Rows, s.asked.Columns)
	buffer := make([]byte, session.MaxPacket)
	for {
		packet, err := s.conn.Receive(buffer)
		if err != nil || !h.take(s, packet[0], packet[1:]) {
			break
		}
	}
	h.remove(s)
	h.warn(s.close())
}

// take does what a frame asks for, or returns false for one that says nothing.
func (h *Hub) take(s *attached, kind byte, content []byte) bool {
	switch {
	case kind == session.FrameStdin:
		return !s.asked.Stdin || h.stdin == nil || s.typeNext(slices.Clone(content))
	case kind == session.FrameSize:
		rows, columns, ok := session.ParseSize(content)
		if !ok {
			return false
		}
		h.setSize(rows, columns)
	case kind == session.FrameSignal && len(content) == 1 && content[0] > 0 && content[0] <= maxSignal:
		h.warn(h.signal(syscall.Signal(content[0])))
	default:
		return false
	}
	return true
}

// typeNext has text be written next. It returns false where the text before has not been taken.
func (s *attached) typeNext(text []byte) bool {
	select {
	case s.typed <- text:
		return true
	default:
		return false
	}
}

// typeIn writes what a session has typed. The command may take its time: all else that the session
// sends is taken meanwhile.
func (h *Hub) typeIn(s *attached) {
	for text := range s.typed {
		if len(text) == 0 {
			break
		}
		if _, err := h.stdin.Write(text); err != nil {
			h.warn(err)
			break // it has closed its stdin: nobody asks for more
		}
		s.send(session.FrameTaken, nil)
	}
	if h.stdinOnce {
		h.warn(h.stdin.Close())
	}
	for range s.typed {
		continue
	}
}

// warn tells of an error, unless it is that the command or a session has ended.
func (h *Hub) warn(err error) {
	for _, usual := range []error{os.ErrClosed, os.ErrProcessDone, unix.EPIPE, unix.ESRCH} {
		if errors.Is(err, usual) {
			return
		}
	}
	if err != nil && h.Warn != nil {
		h.Warn(err)
	}
}
