// Package wire holds the values that cross between mydocker and the init
// process of a container, and nothing else.
//
//	mydocker run                           mydocker init (PID 1)
//	     |                                      |
//	     |-- clone, born in its cgroups ------->|
//	     |-- Config ---------- fd 3 ----------->|  blocks until it is whole
//	     |                                      |  steps: mounts, /proc, lo, ...
//	     |<----- fd 4 -- Status{step}, done ----|  after each step, if Trace
//	     |<----- fd 4 -- Status{execute}, done -|  always, just before execve
//	     |<----- fd 4 -- end of file -----------|  execve closed it: it runs
//	     |                                      |
//	     |<----- fd 4 -- Status{step, errno} ---|  instead: a step failed
//
// Both pipes are close-on-exec in the child, so the end of file on fd 4 behind
// the announcement of the execve is the kernel's word that it happened; an end
// of file without it means that init was killed on its way.
package wire

import (
	"errors"
	"fmt"
	"strconv"
	"syscall"
)

// The file descriptors on which the child finds the pipes.
const (
	ConfigFD = 3
	StatusFD = 4
)

// The names of the child's steps, in their order. Errors, log lines and the
// exit code use them.
const (
	StepReadConfig   = "read the command"
	StepCloseFDs     = "close inherited files"
	StepRoot         = "become root of the user namespace"
	StepMountPrivate = "make mounts private"
	StepMountProc    = "mount /proc"
	StepCgroup       = "create the cgroup namespace"
	StepLoopback     = "bring up loopback"
	StepNames        = "set the hostname"
	StepSysctls      = "set the sysctls"
	StepOOMScore     = "set the OOM score"
	StepRootFS       = "make the root file system"
	StepKeyring      = "join a session keyring"
	StepRlimits      = "set the ulimits"
	StepDir          = "enter the working directory"
	StepUmask        = "set the umask"
	StepBounding     = "bound the capabilities"
	StepUser         = "become the user"
	StepCapabilities = "give up capabilities"
	StepNoPrivileges = "gain no privileges"
	StepSignals      = "restore the signals"
	StepLookUp       = "look up the command"
	StepFilter       = "filter system calls"
	StepReaper       = "start below a reaper"
	StepExec         = "execute the command"
	StepProgram      = "protect mydocker's own program" // before all others, see Init.ExecuteProtected
)

// The keys of a Config's fields.
const (
	KeyArg         = "arg"          // an argument; the first is the command
	KeyEnv         = "env"          // a variable of the environment
	KeyCgroup      = "cgroup"       // the directory of one of its cgroups
	KeyCgroupMount = "cgroup-mount" // what that one is to be mounted over
	KeyHostNetwork = "host-network" // there if the network namespace is the host's
	KeyHostPID     = "host-pid"     // there if the PID namespace is the host's
	KeySlave       = "slave"        // there if mounts are made slaves and not private
	KeyOthers      = "others"       // there if the mount namespace is others' as well
	KeyRoot        = "root"         // who it is in its user namespace: RootAlone, RootWithGroups
	KeyMask        = "mask"         // the signal mask, hexadecimal
	KeyReaper      = "reaper"       // there if PID 1 is to be a reaper
	KeyTerminal    = "terminal"     // there if stdout is to be the controlling terminal
	KeyConsole     = "console"      // there if it has a Console
	KeyTrace       = "trace"        // there if the parent wants to hear of every step
	KeyClock       = "clock"        // there if the parent wants to hear when the command is executed
)

// The values of KeyRoot.
const (
	RootAlone      = "alone"
	RootWithGroups = "with-groups"
)

// EndedBy is what the name of a reaper begins with when a signal has ended its
// command; the signal's two decimal digits follow.
const EndedBy = "ended by "

// MaxConfig is the size in bytes of the longest Config that the child reads, and
// MaxStrings how many arguments it takes, and how many variables. The kernel takes
// both together up to 6 MiB, 8 bytes for the pointer to each included (execve(2),
// "Limits on size of arguments and environment").
const (
	MaxConfig  = 8 << 20
	MaxStrings = 1<<20 - 1
)

// Fits reports whether c, which is message when it is marshalled, is one that the
// child reads.
func (c *Config) Fits(message []byte) bool {
	return len(message) <= MaxConfig && len(c.Args) <= MaxStrings && len(c.Env) <= MaxStrings
}

// MaxCgroups is how many hierarchies a container can have a private view of.
const MaxCgroups = 16

// Bind is a directory that is mounted over another one.
type Bind struct{ Source, Target string }

// Config is what the parent sends: everything that the child needs to know.
// The child takes it apart itself, in package bare.
type Config struct {
	// Args is the command and its arguments.
	Args []string
	// Env is the command's environment.
	Env []string
	// Cgroups ask for a cgroup namespace: they are the directories of the
	// container's own cgroups, at most MaxCgroups, each of which becomes the
	// root of all that it sees of the hierarchy that is mounted at Target; without
	// one nothing is mounted there.
	Cgroups []Bind
	// HostNetwork and HostPID say that these namespaces are the host's.
	HostNetwork, HostPID bool
	// Slave has mounts get what is mounted on the host later, where they are not told otherwise.
	Slave bool
	// OthersMounts says that the mount namespace is the caller's: mounts stay as they are.
	OthersMounts bool
	// Root asks to become root of a new user namespace: RootAlone also drops the
	// caller's groups, RootWithGroups cannot. Empty, there is none.
	Root string
	// Mask is the set of signals that the command starts with blocked, signal
	// 1 as the lowest bit.
	Mask uint64
	// Process is what else the command starts with, Security what it may not do.
	Process  Process
	Security Security
	// Operations make a root file system of the container's own; none leaves the host's.
	Operations []Operation
	// Reaper keeps PID 1 from being the command: it is the command's parent,
	// passes signals on and reaps.
	Reaper bool
	// Terminal asks for stdout to be made the command's controlling terminal,
	// which mydocker has done already where there is no reaper.
	Terminal bool
	// Console is a pseudo-terminal that init opens and sends back; nil is none.
	Console *Console
	// Lifecycle is what else there is for a process that outlives the command that made it, or
	// joins a container.
	Lifecycle Lifecycle
	// Trace asks for a Status after each step that is done.
	Trace bool
	// Clock asks for the time in the Status before the execve.
	Clock bool
}

// Marshal encodes c. It returns nil where a value holds a NUL byte: what is behind that would
// be a field of its own.
func (c *Config) Marshal() []byte {
	fields := c.fields()
	size := sizeOf(endKey, "")
	for _, f := range fields {
		size += sizeOf(f[0], f[1])
	}
	e := encoder{buffer: make([]byte, size)}
	for _, f := range fields {
		e.field(f[0], f[1])
	}
	e.end()
	if IsForged(e.buffer, len(fields)+1) {
		return nil
	}
	return e.buffer
}

func (c *Config) fields() [][2]string {
	fields := make([][2]string, 0, len(c.Args)+len(c.Env)+6)
	for _, arg := range c.Args {
		fields = append(fields, [2]string{KeyArg, arg})
	}
	for _, env := range c.Env {
		fields = append(fields, [2]string{KeyEnv, env})
	}
	for _, bind := range c.Cgroups {
		fields = append(fields, [2]string{KeyCgroup, bind.Source}, [2]string{KeyCgroupMount, bind.Target})
	}
	if c.HostNetwork {
		fields = append(fields, [2]string{KeyHostNetwork, ""})
	}
	if c.HostPID {
		fields = append(fields, [2]string{KeyHostPID, ""})
	}
	if c.OthersMounts {
		fields = append(fields, [2]string{KeyOthers, ""})
	}
	if c.Slave {
		fields = append(fields, [2]string{KeySlave, ""})
	}
	if c.Root != "" {
		fields = append(fields, [2]string{KeyRoot, c.Root})
	}
	fields = append(fields, [2]string{KeyMask, strconv.FormatUint(c.Mask, 16)})
	fields = append(fields, c.Process.fields()...)
	fields = append(fields, c.Security.fields()...)
	for n := range c.Operations {
		fields = append(fields, c.Operations[n].fields()...)
	}
	if c.Reaper {
		fields = append(fields, [2]string{KeyReaper, ""})
	}
	if c.Terminal {
		fields = append(fields, [2]string{KeyTerminal, ""})
	}
	if c.Console != nil {
		fields = append(fields, [2]string{KeyConsole, c.Console.value()})
	}
	fields = append(fields, c.Lifecycle.fields()...)
	if c.Trace {
		fields = append(fields, [2]string{KeyTrace, ""})
	}
	if c.Clock {
		fields = append(fields, [2]string{KeyClock, ""})
	}
	return fields
}

// Status is what the child sends: a step that is done, or the one that failed.
type Status struct {
	Step string
	// Operand is what the step worked on: a path, a device.
	Operand string
	// Errno is why it failed, 0 if it did not.
	Errno syscall.Errno
	// Detail says more about a failure, or is empty.
	Detail string
	// At is when the message was sent, in nanoseconds of CLOCK_MONOTONIC
	// (clock_gettime(2)), or 0.
	At int64
}

// MaxStatus is the size in bytes of a buffer for any Status; what is longer is
// cut. An operand is hardly longer than a path (PATH_MAX), but a command's name
// can be.
const (
	MaxStatus  = maxOperand + 2*maxText + 96
	maxOperand = 4096
	maxText    = 512
)

// Failed reports whether the step failed.
func (s *Status) Failed() bool { return s.Errno != 0 }

// Encode writes s into buffer and returns the used part of it. It does not
// allocate (see package bare).
func (s *Status) Encode(buffer *[MaxStatus]byte) []byte {
	e := encoder{buffer: buffer[:]}
	e.field("step", s.Step[:min(len(s.Step), maxText)])
	e.field("operand", s.Operand[:min(len(s.Operand), maxOperand)])
	e.put("errno=")
	e.decimal(uint64(uint16(s.Errno)))
	e.put("\x00")
	e.field("detail", s.Detail[:min(len(s.Detail), maxText)])
	if s.At > 0 {
		e.put("at=")
		e.decimal(uint64(s.At))
		e.put("\x00")
	}
	e.end()
	return buffer[:e.used]
}

func (e *encoder) decimal(n uint64) {
	if n >= 10 {
		e.decimal(n / 10)
	}
	e.buffer[e.used] = '0' + byte(n%10)
	e.used++
}

// ErrNUL says that a Config cannot be marshalled.
var ErrNUL = errors.New("a value holds a NUL byte, which would make another setting of what is behind it")

// ErrTruncated says that a message ended before its last field.
var ErrTruncated = errors.New("message is cut short")

// ParseStatus decodes the first Status in data and returns what follows it.
// ErrTruncated means that more has to be read.
func ParseStatus(data []byte) (s *Status, rest []byte, err error) {
	s = &Status{}
	for rest = data; ; {
		key, value, after, ok := NextField(rest)
		if !ok {
			return nil, data, ErrTruncated
		}
		rest = after
		if IsEnd(key) {
			return s, rest, nil
		}
		if err := s.set(string(key), string(value)); err != nil {
			return nil, data, err
		}
	}
}

func (s *Status) set(key, value string) error {
	switch key {
	case "step":
		s.Step = value
	case "operand":
		s.Operand = value
	case "errno":
		errno, err := strconv.ParseUint(value, 10, 16)
		s.Errno = syscall.Errno(errno)
		return err
	case "detail":
		s.Detail = value
	case "at":
		at, err := strconv.ParseUint(value, 10, 63)
		s.At = int64(at)
		return err
	default:
		return fmt.Errorf("unknown field %q", key)
	}
	return nil
}
