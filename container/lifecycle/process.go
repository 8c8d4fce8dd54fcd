package lifecycle

import (
	"errors"
	"fmt"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// bootFile has a number that is another one after each boot.
const bootFile = "/proc/sys/kernel/random/boot_id"

// startOf is when a process began, in ticks since the boot, and what it does: R, S, Z (ended, not
// waited for) and so on (proc_pid_stat(5)).
func startOf(pid int) (start uint64, doing string, err error) {
	const doingAt, startAt = 0, 19
	fields, err := utils.ProcessStat(pid, startAt+1)
	if err != nil {
		return 0, "", err
	}
	start, err = strconv.ParseUint(fields[startAt], 10, 64)
	return start, fields[doingAt], err
}

// identify notes by what the init process is told from a later one with its pid.
func (r *Record) identify(pid int) (err error) {
	if r.StartTime, _, err = startOf(pid); err != nil {
		return err
	}
	r.Pid = pid
	r.Boot, err = utils.ReadFile(bootFile)
	return err
}

// RecordOf is about a process that is a child of another one, for Exec alone. It is nil where there
// is no such process.
func RecordOf(pid, parent int) (*Record, error) {
	r := &Record{}
	err := r.identify(pid)
	if err == nil {
		var is bool
		if is, err = isChild(pid, parent); err == nil && is {
			return r, nil
		}
	}
	if utils.Gone(err) {
		err = nil
	}
	return nil, err
}

func isChild(pid, parent int) (bool, error) {
	const parentAt = 1
	fields, err := utils.ProcessStat(pid, parentAt+1)
	return err == nil && fields[parentAt] == strconv.Itoa(parent), err
}

// alive reports whether the init process is there and has not ended.
func (r *Record) alive() (bool, error) {
	if r.Pid == 0 {
		return false, nil
	}
	start, doing, err := startOf(r.Pid)
	if utils.Gone(err) {
		return false, nil
	}
	if err != nil || start != r.StartTime || doing == "Z" || doing == "X" {
		return false, err
	}
	boot, err := utils.ReadFile(bootFile)
	return boot == r.Boot, err
}

// PIDFD opens the init process, which has not ended when it is looked at; it is -1 where it has.
// It stays that process, whoever has the pid later.
func (r *Record) PIDFD() (int, error) {
	if r.Pid == 0 {
		return -1, nil
	}
	fd, err := utils.PidfdOpen(r.Pid)
	if err == unix.ESRCH {
		return -1, nil
	}
	if err != nil {
		return -1, fmt.Errorf("pidfd_open %d: %w", r.Pid, err)
	}
	alive, err := r.alive()
	if err == nil && alive {
		return fd, nil
	}
	return -1, errors.Join(err, unix.Close(fd))
}

// EndsWithin reports whether the init process has ended, or does so within a time.
func (r *Record) EndsWithin(patience time.Duration) (bool, error) {
	fd, err := r.PIDFD()
	if err != nil || fd < 0 {
		return err == nil, err
	}
	files := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	ended, err := utils.Retry(func() (int, error) { return unix.Poll(files, int(patience.Milliseconds())) })
	return ended > 0, errors.Join(err, unix.Close(fd))
}

// signalInit sends a signal to the init process. It is not there if it has ended.
func (r *Record) signalInit(sig syscall.Signal) (there bool, err error) {
	fd, err := r.PIDFD()
	if err != nil || fd < 0 {
		return false, err
	}
	err = unix.PidfdSendSignal(fd, sig, nil, 0)
	if there = err != unix.ESRCH; !there {
		err = nil
	}
	if err != nil {
		err = fmt.Errorf("send %s to process %d: %w", utils.SignalName(sig), r.Pid, err)
	}
	return there, errors.Join(err, unix.Close(fd))
}

// awaitEnd waits until the init process has ended, whoever waits for it, but no longer than
// milliseconds.
func (r *Record) awaitEnd(milliseconds int) error {
	fd, err := r.PIDFD()
	if err != nil || fd < 0 {
		return err
	}
	n, err := utils.Retry(func() (int, error) {
		return unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, milliseconds)
	})
	if err == nil && n == 0 {
		err = fmt.Errorf("process %d has not ended %d ms after it was killed (it may hang in the kernel)", r.Pid, milliseconds)
	}
	return errors.Join(err, unix.Close(fd))
}
