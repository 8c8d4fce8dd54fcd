package supervisor

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/mydocker/mydocker/container/session"
)

// attached is a session. What it cannot be sent at once waits in a queue, which a goroutine sends
// as long as there is any.
type attached struct {
	conn  *session.Conn
	asked session.Attach
	typed chan []byte // its stdin: one frame, for the next is sent when that is taken, and the end

	mutex   sync.Mutex
	changed sync.Cond // what follows has
	queue   []frame
	queued  int  // bytes in the queue
	sending bool // a goroutine sends the queue
	whole   bool // who has more for it waits until the queue has been sent
	gone    bool // it takes no more
}

type frame struct {
	kind    byte
	content []byte
}

// maxQueued is by how many bytes a session may be behind that nobody waits for.
const maxQueued = 1 << 20

func newAttached(conn *session.Conn, asked *session.Attach) *attached {
	s := &attached{conn: conn, asked: *asked, whole: asked.Whole, typed: make(chan []byte, 2)}
	s.changed.L = &s.mutex
	return s
}

func (s *attached) wants(kind byte) bool {
	return kind == session.FrameStdout && s.asked.Stdout || kind == session.FrameStderr && s.asked.Stderr
}

// send sends a frame, as far as the session still takes any.
func (s *attached) send(kind byte, content []byte) {
	const most = session.MaxPacket - 1
	for ; len(content) > most; content = content[most:] {
		s.sendPacket(kind, content[:most])
	}
	s.sendPacket(kind, content)
}

func (s *attached) sendPacket(kind byte, content []byte) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for s.whole && s.sending && !s.gone {
		s.changed.Wait()
	}
	if s.gone {
		return
	}
	if !s.sending {
		if sent, err := s.conn.TrySendFrame(kind, content); sent || err != nil {
			s.gone = err != nil
			return
		}
	}
	if !s.whole && s.queued+len(content) > maxQueued {
		s.drop(len(content))
		return
	}
	s.push(frame{kind, slices.Clone(content)})
}

func (s *attached) push(f frame) {
	s.queue = append(s.queue, f)
	s.queued += len(f.content)
	if !s.sending {
		s.sending = true
		go s.sendQueue()
	}
}

// drop ends a session that has fallen behind, and tells it so.
func (s *attached) drop(more int) {
	text := fmt.Sprintf("%d bytes of output are lost to it: they were not read in time", s.queued+more)
	s.leave()
	s.push(frame{session.FrameLost, []byte(text)})
}

// sendQueue sends what waits, until nothing does.
func (s *attached) sendQueue() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for len(s.queue) > 0 {
		next := s.queue[0]
		s.queue[0] = frame{} // for the collector
		s.queue = s.queue[1:]
		s.mutex.Unlock()
		err := s.conn.SendFrame(next.kind, next.content)
		s.mutex.Lock()
		if s.queued = max(s.queued-len(next.content), 0); err != nil {
			s.leave()
		}
	}
	s.queue, s.sending = nil, false
	s.changed.Broadcast()
}

// leave has it take no more.
func (s *attached) leave() {
	s.queue, s.queued, s.gone = nil, 0, true
	s.changed.Broadcast()
}

// close ends it, whatever it has still to read.
func (s *attached) close() error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.leave()
	return s.conn.Close()
}

// abandon has nobody wait for it any more.
func (s *attached) abandon() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.whole = false
	s.changed.Broadcast()
}

// awaitSent waits until the queue has been sent: for a time, if the session is not whole.
func (s *attached) awaitSent(patience time.Duration) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if !s.sending {
		return
	}
	late := false
	timer := time.AfterFunc(patience, func() {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		late = true
		s.changed.Broadcast()
	})
	defer timer.Stop()
	for s.sending && (s.whole || !late) {
		s.changed.Wait()
	}
}
