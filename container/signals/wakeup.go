package signals

import (
	"fmt"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// wakeup is a timer of the kernel's (timer_create(2)) that sends mydocker SIGCONT: a
// limit on time holds also where mydocker itself is stopped, by a terminal or by anybody.
// The zero value never does.
type wakeup struct {
	id   int32
	made bool
}

// sigevent is that of timer_create(2).
type sigevent struct {
	value          uintptr
	signal, notify int32
	_              [48]byte
}

// arm has the signal sent after first, and then again after every, if that is not 0.
func (w *wakeup) arm(first, every time.Duration) error {
	if !w.made {
		const bySignal = 0 // SIGEV_SIGNAL
		event := sigevent{signal: int32(unix.SIGCONT), notify: bySignal}
		_, _, errno := syscall.Syscall(unix.SYS_TIMER_CREATE, unix.CLOCK_MONOTONIC, uintptr(unsafe.Pointer(&event)), uintptr(unsafe.Pointer(&w.id)))
		if errno != 0 {
			return fmt.Errorf("timer_create: %w", errno)
		}
		w.made = true
	}
	return w.set(first, every)
}

// pause is the opposite of arm.
func (w *wakeup) pause() error {
	if !w.made {
		return nil
	}
	return w.set(0, 0)
}

func (w *wakeup) set(first, every time.Duration) error {
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(first)), Interval: unix.NsecToTimespec(int64(every))}
	_, _, errno := syscall.Syscall6(unix.SYS_TIMER_SETTIME, uintptr(w.id), 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
	if errno != 0 {
		return fmt.Errorf("timer_settime: %w", errno)
	}
	return nil
}

// wakeEvery is the time between two signals once a limit is reached: somebody may stop
// mydocker anew.
const wakeEvery = 100 * time.Millisecond

// GoOnAt lets mydocker go on when that time is over, and from then on.
func (s *Signals) GoOnAt(after time.Duration) error { return s.deadline.arm(after, wakeEvery) }

// GoOnToLook lets mydocker go on once when that time is over, if it is not called again
// before. A job that is stopped as a whole stays so.
func (s *Signals) GoOnToLook(after time.Duration) error {
	s.stop.Lock()
	defer s.stop.Unlock()
	return s.look.arm(after+wakeEvery, 0)
}
