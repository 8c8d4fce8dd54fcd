// Package notify tells a service manager how it is with a container, by the protocol of
// sd_notify(3), and passes on what the container's command says of itself.
//
// The manager takes messages from the service's own processes, often from its main process
// alone, and the container's command is another one, with other pids and files. So it gets a socket
// of mydocker's, which sends what comes there on as its own.
package notify

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Variable names the socket of the service manager in the environment.
const Variable = "NOTIFY_SOCKET"

// Ready says that a service has started.
const Ready = "READY=1"

// maxMessage is the longest message that systemd reads: a page.
const maxMessage = 4096

// sendTimeout is how long a manager that reads nothing is waited for.
const sendTimeout = 5

// address is a manager's socket: a path, or a name behind "@".
func address(socket string) (*unix.SockaddrUnix, error) {
	if !strings.HasPrefix(socket, "/") && !strings.HasPrefix(socket, "@") {
		return nil, fmt.Errorf("%s=%q is neither a path nor a name behind @", Variable, utils.Shortened(socket))
	}
	return &unix.SockaddrUnix{Name: socket}, nil
}

// Send tells the manager a state, a line for each variable.
func Send(socket, state string) error { return send(socket, state, nil) }

// Check refuses what is no address of a manager's.
func Check(socket string) error {
	_, err := address(socket)
	return err
}

// send does so, with descriptors.
func send(socket, state string, fds []int) error {
	to, err := address(socket)
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	var rights []byte
	if len(fds) > 0 {
		rights = unix.UnixRights(fds...)
	}
	err = unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO, &unix.Timeval{Sec: sendTimeout})
	if err == nil {
		_, err = utils.Retry(func() (int, error) { return 0, unix.Sendmsg(fd, []byte(state), rights, to, unix.MSG_NOSIGNAL) })
	}
	if err != nil {
		err = fmt.Errorf("send to the service manager at %s: %w", socket, err)
	}
	return errors.Join(err, unix.Close(fd))
}

// passedOn are the variables that a container's command may set. The others would speak of
// processes and files that are not what the manager takes them for, or let it have others kept.
func passedOn(name string) bool {
	switch name {
	case "READY", "RELOADING", "STOPPING", "MONOTONIC_USEC", "STATUS", "ERRNO", "BUSERROR", "VARLINKERROR",
		"EXIT_STATUS", "WATCHDOG", "WATCHDOG_USEC", "EXTEND_TIMEOUT_USEC":
		return true
	}
	return false
}

// barrier asks the manager to close a descriptor when it has read all before it. It comes alone.
const barrier = "BARRIER=1"

// filtered is what of a message is passed on, "" for nothing.
func filtered(message string) string {
	var kept []string
	for _, line := range strings.Split(message, "\n") {
		if name, _, isSet := strings.Cut(line, "="); isSet && passedOn(name) && !strings.ContainsRune(line, 0) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}
