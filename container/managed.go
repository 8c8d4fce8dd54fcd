package container

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/container/notify"
	"github.com/mydocker/mydocker/container/running"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
)

// managed is what a service manager has given to mydocker, and what goes on to the command: the
// socket at which it is told of the service's state (sd_notify(3)), and sockets at which the service
// listens (sd_listen_fds(3)).
type managed struct {
	socket string // "" where nobody is told
	proxy  *notify.Proxy
	listen []int    // the descriptors that the command gets from 3 on
	env    []string // what the command is told of all that
}

// findManager finds out what a service manager has given to mydocker.
func (r *run) findManager() error {
	m := &r.managed
	if err := m.findListen(r.config); err != nil {
		return err
	}
	m.socket = os.Getenv(notify.Variable)
	if m.socket == "" || r.config.Notify == spec.NotifyIgnore || has(r.config.Env, notify.Variable) {
		m.socket = ""
		return nil
	}
	if r.notifyBy() != spec.NotifyContainer {
		return nil
	}
	return r.passNotify()
}

// notifyBy is who says that the service has started.
func (r *run) notifyBy() string {
	switch {
	case r.config.Notify != "":
		return r.config.Notify
	case r.config.Supervised != nil: // which many start who know nothing of the command
		return spec.NotifyConmon
	}
	return spec.NotifyContainer
}

// passNotify gives the command a socket. On the host's root another user cannot go to the directory of
// mydocker's; that one gets the manager's own, which takes its messages with NotifyAccess=all.
func (r *run) passNotify() error {
	m := &r.managed
	root := &r.config.Root
	if !root.Own() && r.config.World.User != "" {
		m.env = append(m.env, notify.Variable+"="+m.socket)
		return nil
	}
	base, err := running.Dir()
	if err == nil {
		warn := func(err error) { r.log.Warnf("pass on what the command tells the service manager: %v", err) }
		m.proxy, err = notify.Listen(filepath.Join(base, "notify"), m.socket, warn)
	}
	if err != nil {
		return fmt.Errorf("%w (--sdnotify=ignore does without)", err)
	}
	r.undo.Add(m.proxy.Close)
	socket := m.proxy.Path()
	if root.Own() {
		socket = filepath.Join(notify.Dir, notify.SocketName)
		taken := func(other spec.Mount) bool { return other.Target == notify.Dir }
		if slices.ContainsFunc(r.config.Mounts, taken) {
			return errors.New(notify.Dir + " is mounted by the user, and is where the socket of the service manager would be (--sdnotify=ignore does without)")
		}
		r.config.Mounts = append(slices.Clip(r.config.Mounts), spec.Mount{
			Type: spec.MountBind, Source: m.proxy.Dir, Target: notify.Dir, ReadOnly: true, NoExec: true, NoSuid: true, NoDev: true,
			Given: "--sdnotify=container",
		})
	}
	m.env = append(m.env, notify.Variable+"="+socket)
	m.passWatchdog(r.config)
	return nil
}

// passWatchdog tells the command how often the manager expects a word of it.
func (m *managed) passWatchdog(config *Config) {
	period, pid := os.Getenv("WATCHDOG_USEC"), os.Getenv("WATCHDOG_PID")
	if period == "" || pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return
	}
	m.env = append(m.env, "WATCHDOG_USEC="+period)
	if pid := commandsPID(config); pid != "" {
		m.env = append(m.env, "WATCHDOG_PID="+pid)
	}
}

// commandsPID is the pid that the command has in its own eyes, "" where that is not known.
func commandsPID(config *Config) string {
	switch {
	case config.Namespaces.HostPID:
		return ""
	case config.Init: // whose first child it is
		return "2"
	}
	return "1"
}

// firstListen is the first descriptor that a service manager passes (SD_LISTEN_FDS_START).
const firstListen = 3

// findListen finds the sockets, and tells the command of them.
func (m *managed) findListen(config *Config) (err error) {
	if s := config.Supervised; s != nil {
		m.listen = s.Sockets
	} else if m.listen, err = GivenSockets(); err != nil {
		return err
	}
	if len(m.listen) == 0 {
		return nil
	}
	pid := commandsPID(config)
	if pid == "" {
		return errors.New("the sockets of a service manager (LISTEN_FDS) go to a command whose pid is known: not with --pid host")
	}
	m.env = append(m.env, "LISTEN_FDS="+strconv.Itoa(len(m.listen)), "LISTEN_PID="+pid)
	if names := os.Getenv("LISTEN_FDNAMES"); names != "" {
		m.env = append(m.env, "LISTEN_FDNAMES="+names)
	}
	return nil
}

// GivenSockets are the descriptors of the sockets that a service manager has given to mydocker. No
// process that it executes inherits them by itself.
func GivenSockets() (fds []int, err error) {
	count := os.Getenv("LISTEN_FDS")
	if count == "" || os.Getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) {
		return nil, nil
	}
	number, err := strconv.ParseUint(count, 10, 16)
	if err != nil || number > wire.MaxFiles {
		return nil, fmt.Errorf("LISTEN_FDS=%q is no number of descriptors up to %d", count, wire.MaxFiles)
	}
	for fd := firstListen; fd < firstListen+int(number); fd++ {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC); err != nil {
			return nil, fmt.Errorf("LISTEN_FDS=%s: descriptor %d is not open", count, fd)
		}
		fds = append(fds, fd)
	}
	return fds, nil
}

// passListen has init pass the sockets on.
func (r *run) passListen() error {
	if len(r.managed.listen) == 0 {
		return nil
	}
	return r.process.Inherit(-1, -1, r.managed.listen...)
}

// tellManager says that the command runs, where the command does not say so itself. The manager learns
// who looks after the service: where that is a supervisor, who was called has ended before.
func (r *run) tellManager() {
	if r.managed.socket == "" {
		return
	}
	state := fmt.Sprintf("MAINPID=%d", os.Getpid())
	if r.notifyBy() == spec.NotifyConmon {
		state += "\n" + notify.Ready
	}
	if err := notify.Send(r.managed.socket, state); err != nil {
		r.log.Warnf("tell the service manager that the command runs: %v", err)
	}
}

func (r *run) explainManager() (actions []explain.Action) {
	if n := len(r.managed.listen); n > 0 {
		actions = append(actions, explain.Action{
			Kernel: fmt.Sprintf("fcntl(3, F_SETFD, FD_CLOEXEC) /* to %d */", firstListen+n-1),
			Why:    "A service manager has opened sockets for the service (LISTEN_FDS); the command gets them as its descriptors from 3 on.",
		})
	}
	if p := r.managed.proxy; p != nil {
		actions = append(actions, explain.Action{
			Kernel: fmt.Sprintf("bind(FD, {AF_UNIX, %q})", p.Path()),
			Why:    "What the command tells the service manager comes to mydocker, which sends it on as its own: the manager takes it from the service's main process alone.",
		})
	}
	return actions
}
