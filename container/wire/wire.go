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
	"bytes"
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
	StepMountPrivate = "make mounts private"
	StepMountProc    = "mount /proc"
	StepLoopback     = "bring up loopback"
	StepLookUp       = "look up the command"
	StepExec         = "execute the command"
)

// Config is what the parent sends: everything that the child needs to know.
type Config struct {
	// Args is the command and its arguments.
	Args []string
	// Env is the command's environment.
	Env []string
	// Trace asks for a Status after each step that is done.
	Trace bool
}

// Marshal encodes c.
func (c *Config) Marshal() []byte {
	size := 64
	for _, list := range [][]string{c.Args, c.Env} {
		for _, s := range list {
			size += len(s) + len("arg=\x00")
		}
	}
	message := make([]byte, 0, size)
	for _, arg := range c.Args {
		message = appendField(message, "arg", arg)
	}
	for _, env := range c.Env {
		message = appendField(message, "env", env)
	}
	message = appendField(message, "trace", strconv.FormatBool(c.Trace))
	return appendEnd(message)
}

// ParseConfig decodes a Config, which has to be all of data. ErrTruncated
// means that more has to be read.
func ParseConfig(data []byte) (*Config, error) {
	if !bytes.HasSuffix(data, appendEnd(nil)) {
		return nil, ErrTruncated // saves reading megabytes anew for each piece
	}
	c := &Config{}
	rest, err := parseFields(string(data), func(key, value string) (err error) {
		switch key {
		case "arg":
			c.Args = append(c.Args, value)
		case "env":
			c.Env = append(c.Env, value)
		case "trace":
			c.Trace, err = strconv.ParseBool(value)
		default:
			err = fmt.Errorf("unknown field %q", key)
		}
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case len(rest) > 0:
		return nil, fmt.Errorf("%d bytes behind the message", len(rest))
	case len(c.Args) == 0:
		return nil, fmt.Errorf("no command")
	}
	return c, nil
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
}

// Failed reports whether the step failed.
func (s *Status) Failed() bool { return s.Errno != 0 }

// Marshal encodes s.
func (s *Status) Marshal() []byte {
	message := appendField(nil, "step", s.Step)
	message = appendField(message, "operand", s.Operand)
	message = appendField(message, "errno", strconv.Itoa(int(s.Errno)))
	message = appendField(message, "detail", s.Detail)
	return appendEnd(message)
}

// ParseStatus decodes the first Status in data and returns what follows it.
// ErrTruncated means that more has to be read.
func ParseStatus(data []byte) (s *Status, rest []byte, err error) {
	s = &Status{}
	after, err := parseFields(string(data), func(key, value string) error {
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
		default:
			return fmt.Errorf("unknown field %q", key)
		}
		return nil
	})
	if err != nil {
		return nil, data, err
	}
	return s, data[len(data)-len(after):], nil
}
