package supervisor

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/logs"
	"github.com/mydocker/mydocker/utils"
)

// A supervisor that has had nothing to do for a while gives its memory back: the same process goes on
// as another image of mydocker, which waits before the Go runtime (package entry). When there is
// something to do, the runtime starts there, and Supervise goes on with what was handed over.

// IdleAfter is how long nothing is to be done before that. A command that writes a line from time to
// time is not to cost an execve each time.
const IdleAfter = 5 * time.Second

// handed is what a supervisor knows that is neither in the container's directory nor in the kernel.
type handed struct {
	Run     *container.Handed
	Control int
	Streams streamFiles
	Lines   logs.Unfinished
	Health  *handedHealth // nil without a check
	Timer   int           // a timerfd for what is due; -1 where nothing is
}

// maxHanded is longer than it can be as JSON: mostly the beginnings of two lines, and limits.
const maxHanded = 1 << 20

var errBusy = errors.New("there is something to do")

// soon is for a supervisor that has woken up for what was due, and for nothing else.
const soon = 50 * time.Millisecond

// watchIdle waits for a time in which nothing happens.
func (s *supervisor) watchIdle(live *container.Live) {
	if s.IdleAfter < 0 || !live.NeedsNoOne() {
		return
	}
	pause := s.IdleAfter
	if s.wasDue {
		pause = min(soon, pause)
	}
	for {
		before := s.activity()
		select {
		case <-s.ended:
			return
		case <-time.After(pause):
		}
		if s.activity() != before {
			pause = s.IdleAfter
			continue
		}
		if err := s.becomeIdle(live); !errors.Is(err, errBusy) && !errors.Is(err, container.ErrNotIdle) {
			s.Log.Debugf("the supervisor keeps its memory: %v", err)
			return
		}
		pause = max(min(2*pause, s.IdleAfter), time.Millisecond)
	}
}

// activity counts what others have asked for, or written.
func (s *supervisor) activity() int64 { return s.done.Load() + s.streams.reads.Load() }

// becomeIdle returns where the supervisor stays as it is.
func (s *supervisor) becomeIdle(live *container.Live) error {
	if !s.answering.TryLock() {
		return errBusy
	}
	defer s.answering.Unlock()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.live == nil || s.stopping || s.over || s.asking.Load() > 0 {
		return errBusy
	}
	release, err := s.streams.hold()
	if err != nil {
		return err
	}
	defer release()
	health, releaseHealth, ok := s.health.Hold()
	if !ok {
		return errBusy
	}
	defer releaseHealth()
	due := dueTimes{live.Due(), health.due()}
	lines, settled := s.output.Unfinished()
	if !settled || due.within(s.IdleAfter) {
		return errBusy
	}
	return live.HandOver(func(run *container.Handed, signals int) (words []string, kept []int, err error) {
		return s.handOver(&handed{Run: run, Lines: lines, Health: health}, due, signals)
	})
}

// handOver writes down what is handed over. It returns the words for the next process image, and the descriptors that
// this one is to have.
func (s *supervisor) handOver(h *handed, due dueTimes, signals int) (words []string, kept []int, err error) {
	if s.streams.hasUnread() { // what came from the engine before that was held
		return nil, nil, errBusy
	}
	if h.Control, err = utils.Descriptor(s.listener.File()); err != nil {
		return nil, nil, err
	}
	if h.Streams, err = s.streams.files(s.container.TTY); err != nil {
		return nil, nil, err
	}
	if h.Timer, err = due.timer(); err != nil {
		return nil, nil, err
	}
	memory, err := remember(h)
	if err != nil {
		return nil, nil, err
	}
	watched := append([]int{h.Control}, h.Streams.outputs()...)
	if h.Run.Master >= 0 {
		watched = []int{h.Control, h.Run.Master}
	}
	kept = slices.Concat(h.Streams.all(), s.Sockets, []int{detached.LockFD, h.Control, memory})
	if h.Timer >= 0 {
		watched, kept = append(watched, h.Timer), append(kept, h.Timer)
	}
	limit := int64(0)
	if !due.limit.IsZero() {
		limit = utils.Monotonic(due.limit)
	}
	words, err = detached.IdleWords(s.State, s.ID, len(s.Sockets), memory, signals, limit, watched)
	return words, kept, err
}

// remember writes it to memory that has a descriptor.
func remember(h *handed) (fd int, err error) {
	content, err := json.Marshal(h)
	if err != nil {
		return -1, err
	}
	if len(content) > maxHanded {
		return -1, fmt.Errorf("%d bytes are to be handed over, and %d can be", len(content), maxHanded)
	}
	if fd, err = unix.MemfdCreate("supervisor", unix.MFD_CLOEXEC); err != nil {
		return -1, os.NewSyscallError("memfd_create", err)
	}
	if _, err = unix.Pwrite(fd, content, 0); err != nil {
		return -1, errors.Join(os.NewSyscallError("pwrite", err), unix.Close(fd))
	}
	return fd, nil
}

// goOn reads what was handed over.
func (s *supervisor) goOn() error {
	content := make([]byte, maxHanded)
	n, err := unix.Pread(s.Handed, content, 0)
	if err != nil {
		return os.NewSyscallError("pread", err)
	}
	s.handed = &handed{}
	if err := utils.DecodeStrictly(content[:n], s.handed); err != nil {
		return err
	}
	if err := unix.Close(s.Handed); err != nil {
		return os.NewSyscallError("close", err)
	}
	s.Listening = utils.Inherited(s.handed.Control, "control")
	s.wasDue, err = hasExpired(s.handed.Timer)
	return err
}

// resumed is told by the engine that the command runs still.
func (s *supervisor) resumed(live *container.Live) {
	s.mutex.Lock()
	s.live = live
	s.resumeHealth()
	s.mutex.Unlock()
	close(s.settled)
	go s.watchIdle(live)
}
