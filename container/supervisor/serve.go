package supervisor

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/faults"
	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

// requestTime is how long a command may take to say what it wants.
const requestTime = 10 * time.Second

// serve answers those who connect, each for itself.
func (s *supervisor) serve() {
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, os.ErrClosed) {
			return
		}
		if err != nil { // out of descriptors, perhaps
			s.Log.Debugf("accept a connection: %v", err)
			time.Sleep(10 * time.Millisecond)
			continue
		}
		s.done.Add(1)
		s.asking.Add(1)
		go s.answer(conn)
	}
}

// answer reads one request, and does what it asks for.
func (s *supervisor) answer(conn *session.Conn) {
	request := &session.Request{}
	err := s.checkPeer(conn)
	if err == nil {
		err = conn.SetDeadline(time.Now().Add(requestTime))
	}
	if err == nil {
		err = conn.ReceiveJSON(request)
	}
	if err == nil {
		err = conn.SetDeadline(time.Time{})
	}
	if err == nil {
		err = checkWaiting(conn)
	}
	s.answering.RLock()
	defer s.answering.RUnlock()
	s.asking.Add(-1)
	refused := error(nil)
	if err == nil {
		refused = checkRoom(conn, request.Op)
	}
	if err == nil && refused == nil && request.Op == session.OpAttach && request.Attach != nil {
		s.attach(conn, request.Attach)
		return
	}
	if err == nil {
		err = conn.SendJSON(s.perform(conn, request, refused))
	}
	if err = errors.Join(err, conn.Close()); err != nil {
		s.Log.Debugf("answer a command: %v", err)
	}
}

// errGone is for nobody to read.
var errGone = errors.New("the caller has gone")

// checkWaiting refuses to begin what nobody waits for any more: this process may have been stopped since
// it was asked.
func checkWaiting(conn *session.Conn) error {
	gone, err := conn.HasGone()
	if gone && err == nil {
		err = errGone
	}
	return err
}

// checkPeer refuses other users but root. The directory is closed to them already.
func (s *supervisor) checkPeer(conn *session.Conn) error {
	uid, err := conn.Peer()
	if err == nil && uid != 0 && uid != os.Geteuid() {
		err = fmt.Errorf("user %d may not ask for anything", uid)
	}
	return err
}

// refusal is an error with a code of package session.
type refusal struct{ message, code string }

func (r *refusal) Error() string { return r.message }

// perform does what is asked for, unless that is refused.
func (s *supervisor) perform(conn *session.Conn, request *session.Request, refused error) *session.Reply {
	reply := &session.Reply{}
	if refused == nil {
		refused = faults.Around("supervisor "+request.Op, func() error { return s.do(conn, request, reply) })
	}
	tellFailure(reply, refused)
	return reply
}

// tellFailure has a reply say why something was not done; err is nil where it was.
func tellFailure(reply *session.Reply, err error) {
	if err == nil {
		return
	}
	reply.Error = utils.ErrorLine(err)
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		reply.Code = refused.code
	}
}

func (s *supervisor) do(conn *session.Conn, request *session.Request, reply *session.Reply) error {
	if request.Signal < 0 || request.Signal > maxSignal {
		return fmt.Errorf("there is no signal %d", request.Signal)
	}
	switch request.Op {
	case session.OpStart:
		return s.awaitStart()
	case session.OpWait:
		return s.awaitEnd(conn.Gone(), reply)
	case session.OpStop, session.OpRemove:
		ran, err := s.end(request)
		if err != nil {
			return err
		}
		err = s.awaitEnd(nil, reply)
		if ran && request.Op == session.OpStop { // behind its die, as in Docker
			s.mutex.Lock()
			s.event(events.Stop)
			s.mutex.Unlock()
		}
		return err
	case session.OpKill:
		if err := s.kill(request); err != nil || syscall.Signal(request.Signal) != unix.SIGKILL {
			return err
		}
		return s.awaitEnd(nil, reply)
	case session.OpPause, session.OpResume:
		return s.pause(request)
	case session.OpRename:
		return s.rename(request)
	case session.OpUpdate:
		return s.update(request.Update)
	}
	return fmt.Errorf("this supervisor does not know how to %q", request.Op)
}

// isEnding is what is said when nothing more is done for anybody. The container itself tells the rest.
func isEnding() error { return &refusal{"its supervisor is ending", session.CodeEnding} }

// awaitStart waits until the command runs, or could not be started.
func (s *supervisor) awaitStart() error {
	<-s.settled
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.failed != nil || s.over {
		return isEnding()
	}
	if s.container.Status == state.StatusPaused {
		return errors.New("cannot start a paused container, try unpause instead")
	}
	return nil
}

// awaitEnd waits for the end of this run, as long as the caller does, if gone is not nil: who gives
// up, as under timeout(1), is not to keep a descriptor until then.
func (s *supervisor) awaitEnd(gone <-chan struct{}, reply *session.Reply) error {
	select {
	case <-s.ended:
	case <-gone:
		return errGone
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.failed != nil {
		return isEnding()
	}
	reply.ExitCode = s.container.ExitCode
	return nil
}

// whileLive does something to a container whose command runs.
func (s *supervisor) whileLive(verb string, do func(*state.Record) error) error {
	<-s.settled
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.over || s.failed != nil {
		return isEnding()
	}
	if s.live == nil {
		return &refusal{(&detached.NotRunningError{ID: s.ID, Verb: verb}).Error(), session.CodeStopped}
	}
	return do(&s.container.Record)
}

func (s *supervisor) kill(request *session.Request) error {
	sig := syscall.Signal(request.Signal)
	return s.whileLive("kill", func(r *state.Record) error {
		if sig == unix.SIGKILL {
			s.stopping, r.Stopped, r.StoppedBy = true, true, request.By
		}
		err := s.live.Signal(sig)
		if sig == unix.SIGKILL && r.Status == state.StatusPaused {
			err = errors.Join(err, s.live.Resume())
		}
		s.event(events.Kill, "signal", fmt.Sprint(request.Signal))
		return err
	})
}

// end has the container end, and no policy start it again. It reports whether the command ran.
func (s *supervisor) end(request *session.Request) (ran bool, err error) {
	<-s.settled
	s.mutex.Lock()
	if s.over || s.failed != nil && !s.waits { // one that cannot be started is tried again by its policy
		s.mutex.Unlock()
		return false, isEnding()
	}
	r := &s.container.Record
	first := !s.stopping
	s.stopping, r.Stopped, r.StoppedBy = true, true, request.By
	s.stays = s.stays || request.Stays
	live, paused := s.live, r.Status == state.StatusPaused
	if first {
		close(s.wake)
	}
	s.mutex.Unlock()
	if live == nil { // its output may still be read
		s.abandonLater()
		return false, nil
	}
	sig, timeout := s.stopSignal(request)
	resume := func() { s.logError("let the container go on", live.Resume()) }
	switch {
	case paused && request.Op == session.OpRemove: // nothing of it runs once more
		defer resume()
	case paused:
		resume()
	}
	return true, live.Stop(sig, timeout, s.ended)
}

// stopSignal is how a container is asked to end, and how long that may take.
func (s *supervisor) stopSignal(request *session.Request) (syscall.Signal, time.Duration) {
	if request.Op == session.OpRemove {
		return unix.SIGKILL, 0
	}
	sig, timeout := s.config.Lifetime.StopSignal, s.config.Lifetime.StopTimeout
	if request.Signal != 0 {
		sig = syscall.Signal(request.Signal)
	}
	if request.Timeout != nil {
		timeout = *request.Timeout
	}
	return sig, timeout
}

func (s *supervisor) logError(what string, err error) {
	if err != nil {
		s.Log.Warnf("%s: %v", what, err)
	}
}
