package container

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/signals"
)

// keyPause is how long a key may take to have an effect.
const keyPause = 300 * time.Millisecond

// keyTyped says once what helps where a key does nothing: the kernel drops a signal that
// PID 1 of the namespace has no handler for, also from its terminal.
func (r *run) keyTyped(sig syscall.Signal, group int) {
	name := map[syscall.Signal]string{unix.SIGINT: "Ctrl-C", unix.SIGQUIT: "Ctrl-\\"}[sig]
	if group != r.process.Pid() || r.process.Reaper() || r.config.Namespaces.HostPID || !r.log.IsLevelEnabled(logrus.WarnLevel) {
		return
	}
	time.AfterFunc(keyPause, func() {
		if r.process.Ended() || !signals.Drops(group, sig) || !r.hinted.CompareAndSwap(false, true) {
			return
		}
		hint := fmt.Sprintf("mydocker: hint: %s does nothing to a PID 1 that does not handle it; it does with --init. kill %d from elsewhere ends this.", name, os.Getpid())
		if err := r.stdio.Tell(hint); err != nil {
			r.log.Debug(err)
		}
	})
}
