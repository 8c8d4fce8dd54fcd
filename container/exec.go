package container

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/container/running"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/container/wire"
)

// ExecConfig is a further command in a container that runs.
type ExecConfig struct {
	// State is the directory of mydocker's state, "" for none.
	State string
	// Container is its name, its id or the beginning of that.
	Container string
	Command   []string
	// User and Dir are those of the container's command where they are empty.
	User, Dir string
	// Environment changes that of the container's command.
	Environment func(env []string) []string
	// TTY and Interactive are as for a run.
	TTY, Interactive bool
	// Privileged has it keep all capabilities.
	Privileged bool
	// Explain tells on stderr what is going to be done.
	Explain explain.Format
	// Warn is told of what is no failure.
	Warn func(error)
	// Started is called when the command runs; nil if nobody wants to know.
	Started func()
	// Keys are those by which the caller leaves the command's terminal. Then Left is given that, and
	// the command as a pidfd, and Exec returns lifecycle.ErrLeft.
	Keys []byte
	Left func(terminal *os.File, pidfd int) error
}

// NotJoinableError says why no command can be executed in a container as it is.
type NotJoinableError struct{ Why string }

func (e *NotJoinableError) Error() string { return e.Why }

// findRunning finds what is known of a container that runs: one that stays by its directory, where its
// record is kept, or one that runs in the foreground. A whole name counts more than the beginning of an id.
func findRunning(stateDir, name string) (r *running.Record, kept *state.Record, err error) {
	if stateDir == "" {
		r, err = running.Find(name)
		return r, nil, err
	}
	found, err := state.Find(stateDir, name)
	if missing := (*state.NotFoundError)(nil); errors.As(err, &missing) {
		r, err = running.Find(name)
		return r, nil, err
	}
	if err != nil {
		return nil, nil, err
	}
	if found.ID != name && found.Name != name {
		if r, err := running.Find(name); err == nil && r.Name == name {
			return r, nil, nil
		}
	}
	if err := joinable(&found); err != nil {
		return nil, nil, err
	}
	if !found.Supervised {
		r, err = running.Find(found.ID)
		return r, nil, err
	}
	r, err = running.ReadIn(found.Path, found.ID)
	if err == nil && r == nil {
		err = &NotJoinableError{"container " + found.ID + " is not running"}
	}
	return r, &found.Record, err
}

// joinable says in Docker's words why a container cannot be joined.
func joinable(l *state.Listed) error {
	switch l.Now() {
	case state.StatusRunning:
		return nil
	case state.StatusPaused:
		return &NotJoinableError{"container " + cmp.Or(l.Name, l.ID) + " is paused, unpause the container before exec"}
	case state.StatusRestarting:
		return &NotJoinableError{"container " + l.ID + " is restarting, wait until the container is running"}
	}
	return &NotJoinableError{"container " + l.ID + " is not running"}
}

// Exec runs a command in a container, and returns its exit code. An error means that it has not
// run, as with Run.
func Exec(config *ExecConfig) (code int, err error) {
	found, kept, err := findRunning(config.State, config.Container)
	if err != nil {
		return 0, err
	}
	container, err := lifecycle.RecordOf(found.Pid, found.Runner)
	if err != nil {
		return 0, err
	}
	if container == nil {
		return 0, &NotJoinableError{"container " + found.ID + " has just ended, or is in a PID namespace that cannot be seen from here"}
	}
	container.ID, container.Cgroups, container.Joins = found.ID, found.Cgroups, found.Joins
	e := &joining{config: config, container: found}
	if err := e.resolve(); err != nil {
		return 0, err
	}
	if err := explainExec(config, found); err != nil {
		return 0, err
	}
	container.UIDs = e.namespace.Users()
	container.Security.Capabilities = e.capabilities
	told := newExecEvents(config.State, kept, config.Command)
	ran := false
	started := func() {
		ran = true
		told.started()
		if config.Started != nil {
			config.Started()
		}
	}
	code, err = container.Exec(&e.exec, lifecycle.ExecOptions{Warn: config.Warn, Started: started, Keys: config.Keys, Left: config.Left})
	switch {
	case errors.Is(err, lifecycle.ErrLeft):
		told.left()
	case ran:
		told.ended(code)
	}
	return code, becauseOfEnd(container, err)
}

// becauseOfEnd is the error of a command that could not be executed, for the container was ending.
func becauseOfEnd(container *lifecycle.Record, err error) error {
	if init := (*initproc.InitError)(nil); err == nil || errors.Is(err, lifecycle.ErrLeft) || errors.As(err, &init) {
		return err
	}
	const dying = 200 * time.Millisecond
	ended, unknown := container.EndsWithin(dying)
	if unknown != nil || !ended {
		return err
	}
	return &NotJoinableError{"container " + container.ID + " is not running: it has just ended"}
}

// joining is a command on its way into a container.
type joining struct {
	config    *ExecConfig
	container *running.Record
	namespace *users.UserNamespace // nil for mydocker's own
	exec      lifecycle.Exec
	// capabilities are what the container's command got.
	capabilities *wire.Capabilities
}

// resolve makes of what init was told, and of what is asked for, what the command gets.
func (e *joining) resolve() (err error) {
	told, err := wire.Decode(e.container.Message)
	if err != nil {
		return fmt.Errorf("read what the container was made of: %w", err)
	}
	e.capabilities = told.Security.Capabilities
	if e.container.Joins&unix.CLONE_NEWUSER != 0 {
		if e.namespace, err = users.NamespaceOf(e.container.Pid); err != nil {
			return err
		}
	}
	m := &e.exec.Message
	m.Args, m.Env, m.Process, m.Security = e.config.Command, told.Env, told.Process, told.Security
	if m.Process.Dir == "" {
		m.Process.Dir = e.container.Dir
	}
	if e.config.Dir != "" {
		m.Process.Dir = e.config.Dir
	}
	if err := e.becomeUser(); err != nil {
		return err
	}
	m.Env = e.config.Environment(m.Env)
	e.restrict()
	e.exec.Process = lifecycle.Process{Terminal: e.config.TTY, Owner: e.uid()}
	e.exec.RootOfInit, e.exec.NoInput = !e.container.OwnRoot, !e.config.Interactive
	return nil
}

// becomeUser looks up the user that is asked for, in the container's files.
func (e *joining) becomeUser() error {
	if e.config.User == "" {
		return nil
	}
	files := &users.Files{Root: "/proc/" + strconv.Itoa(e.container.Pid) + "/root"}
	user, err := users.Find(e.config.User, nil, files, e.namespace)
	if err != nil {
		return err
	}
	m := &e.exec.Message
	m.Process.User, m.Process.Groups = "", ""
	if user.Become() {
		p := processOf(&spec.World{}, user, nil)
		m.Process.User, m.Process.Groups = p.User, p.Groups
	}
	if e.container.HomeOfUser {
		m.Env = slices.DeleteFunc(m.Env, func(s string) bool { return strings.HasPrefix(s, "HOME=") })
	}
	m.Env = user.Environment(m.Env)
	return nil
}

// uid is who it runs as, in the container.
func (e *joining) uid() uint32 {
	digits, _, _ := strings.Cut(e.exec.Message.Process.User, " ")
	uid, err := strconv.ParseUint(digits, 16, 32)
	if err != nil {
		return 0
	}
	return uint32(uid)
}

// restrict gives the command the capabilities that its user has in the container: root those
// that are not taken away, another none.
func (e *joining) restrict() {
	s := &e.exec.Message.Security
	switch {
	case e.config.Privileged:
		s.Capabilities = nil
	case s.Capabilities == nil || e.config.User == "":
	case e.uid() == 0:
		s.Capabilities.Keep = ^s.Capabilities.Drop
	default:
		s.Capabilities.Keep = 0
	}
}
