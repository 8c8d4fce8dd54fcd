package supervisor

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// dueTimes are when there is something to do that nobody asks for; zero is never.
type dueTimes struct{ limit, health time.Time }

// first is the earlier one.
func (d *dueTimes) first() time.Time {
	if d.limit.IsZero() || !d.health.IsZero() && d.health.Before(d.limit) {
		return d.health
	}
	return d.limit
}

// within reports whether one comes before a time has passed. It is not worth it then.
func (d *dueTimes) within(limit time.Duration) bool {
	first := d.first()
	return !first.IsZero() && time.Until(first) < limit
}

// timer is a timerfd for the first, -1 for none.
func (d *dueTimes) timer() (fd int, err error) {
	first := d.first()
	if first.IsZero() {
		return -1, nil
	}
	if fd, err = unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK); err != nil {
		return -1, os.NewSyscallError("timerfd_create", err)
	}
	at := unix.ItimerSpec{Value: unix.NsecToTimespec(utils.Monotonic(first))}
	if err = unix.TimerfdSettime(fd, unix.TFD_TIMER_ABSTIME, &at, nil); err != nil {
		return -1, errors.Join(os.NewSyscallError("timerfd_settime", err), unix.Close(fd))
	}
	return fd, nil
}

// hasExpired reports whether a timerfd has, and closes it.
func hasExpired(timer int) (expired bool, err error) {
	if timer < 0 {
		return false, nil
	}
	var count [8]byte
	n, err := unix.Read(timer, count[:])
	if err = errors.Join(utils.Ignore(err, unix.EAGAIN), unix.Close(timer)); err != nil {
		err = fmt.Errorf("the timer of what is due: %w", err)
	}
	return n == len(count), err
}
