package container

import (
	"cmp"
	"errors"
	"strconv"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/child/bare"
	"github.com/mydocker/mydocker/container/events"
)

// waitForCommand passes streams and signals on until the command has ended, and
// then says why, if that is not plain.
func (r *run) waitForCommand() error {
	err := r.stdio.Start(
		func(err error) { r.log.Debugf("stdin ended: %v", err) },
		func() { r.signals.HangUp(r.process) },
		r.keyTyped,
	)
	if err != nil {
		return err
	}
	go r.signals.Forward(r.process, r.stdio)
	status, err := r.process.Wait()
	if err != nil {
		return err
	}
	timedOutBy := r.conclude(r.signals.Ending(status))
	if err := r.killOthers(); err != nil {
		return err
	}
	r.finalWait.asked, r.finalWait.reached = r.signals.Asked(), timedOutBy != ""
	unread, err := r.stdio.Drain(r.finalWait.Await)
	if err := errors.Join(err, r.stdio.Pause()); err != nil { // nobody types any more, but there may be something to read
		r.log.Warnf("copy the command's output: %v", err)
	}
	if r.config.Report != nil && r.config.Messages != nil { // somebody may wait for that
		r.config.Messages.Hold()
	}
	r.tellEnding(timedOutBy, unread)
	r.event(events.Die, "exitCode", strconv.Itoa(r.code))
	return nil
}

// tellEnding says why the command ended, if that is not plain.
func (r *run) tellEnding(timedOutBy string, unread bool) {
	if unread { // which is no success, whatever the command made of the signal
		r.code = r.finalWait.code(cmp.Or(r.code, 128+int(r.signals.Asked())))
	}
	r.info("the command ended", logrus.Fields{"pid": r.process.Pid(), "code": r.code})
	if r.code == 0 {
		return
	}
	if timedOutBy != "" {
		r.log.Warnf("time is up: the container was ended (--%s %s)", timedOutBy, r.limit(timedOutBy))
	}
	if unread {
		r.log.Warn("the last of the command's output is lost: nobody has read it")
	}
	r.tellReached()
}

// killOthers ends what the command has left behind, which the kernel does only
// for a PID namespace. Without a cgroup nobody knows them.
func (r *run) killOthers() error {
	if !r.config.Namespaces.HostPID {
		return nil
	}
	return r.cgroups.Kill()
}

// conclude says what the end of the command means. It returns the limit on time
// that ended it, or "".
func (r *run) conclude(status unix.WaitStatus) (timedOutBy string) {
	r.code = bare.ExitCode(status)
	timedOutBy = r.timedOutBy()
	if timedOutBy != "" {
		r.code = CodeTimedOut
	}
	r.config.Report.End(status, timedOutBy)
	return timedOutBy
}
