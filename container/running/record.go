// Package running keeps records of the containers that run, for who joins one. One that stays has
// its record in its own directory (KeepIn); those that run in the foreground have theirs together:
// a file for each, in a directory of their user's that is in memory. The run has its file locked
// for as long as it lives; the kernel drops that lock, however it ends. So a file that nobody has
// locked is a leftover, and who finds one removes it.
//
// A file appears whole (O_TMPFILE of open(2), Linux 3.11), before the container's command begins,
// and has the mode ready from then on: until then the container is not as its command has it.
package running

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// Record is what has to be known to join a container.
type Record struct {
	ID, Name string
	// Runner is the pid of the mydocker that runs it, Pid that of its PID 1: its child.
	Runner, Pid int
	// Joins are the clone flags of the namespaces that are not the host's.
	Joins uintptr
	// OwnRoot says that its root is that of its mount namespace.
	OwnRoot bool
	// Dir is its command's working directory, where the message names none.
	Dir string
	// State is the directory of mydocker's state that the run was told of. Kept says that what is
	// known of the container is there (package state), and more than here.
	State string
	Kept  bool
	// HomeOfUser says that HOME was not asked for: it is the user's.
	HomeOfUser bool
	// Cgroups are the directories of its cgroups: those of v1 by their controllers, that of v2 as "".
	Cgroups map[string]string
	// Message is what init was sent (wire.Config).
	Message []byte
}

// errOther says that a record has another form.
const errOther = utils.Sentinel("another version of mydocker runs it")

// version is that of the form, which changes with it and with that of the message.
const version = "2"

// marshal writes the record as fields like those of package wire, with the message behind them.
func (r *Record) marshal() ([]byte, error) {
	fields := []string{
		"version=" + version, "name=" + r.Name, "runner=" + strconv.Itoa(r.Runner), "pid=" + strconv.Itoa(r.Pid),
		"joins=" + strconv.FormatUint(uint64(r.Joins), 16), "dir=" + r.Dir,
	}
	if r.OwnRoot {
		fields = append(fields, "own-root=")
	}
	if r.State != "" {
		fields = append(fields, "state="+r.State)
	}
	if r.Kept {
		fields = append(fields, "kept=")
	}
	if r.HomeOfUser {
		fields = append(fields, "home-of-user=")
	}
	for name, dir := range r.Cgroups {
		fields = append(fields, "cgroup="+name+":"+dir)
	}
	var text []byte
	for _, field := range append(fields, "end=") {
		if slices.Contains([]byte(field), 0) {
			return nil, errors.New("a value holds a NUL byte")
		}
		text = append(append(text, field...), 0)
	}
	return append(text, r.Message...), nil
}

// parse is the reverse of marshal.
func parse(id string, content []byte) (*Record, error) {
	r := &Record{ID: id, Cgroups: map[string]string{}}
	for first := true; ; first = false {
		key, value, rest, ok := wire.NextField(content)
		if !ok {
			return nil, errors.New("it is cut short")
		}
		content = rest
		if wire.IsEnd(key) {
			r.Message = content
			return r, nil
		}
		if first && (string(key) != "version" || string(value) != version) {
			return nil, errOther
		}
		if err := r.set(string(key), string(value)); err != nil {
			return nil, err
		}
	}
}

func (r *Record) set(key, value string) (err error) {
	switch key {
	case "version":
	case "name":
		r.Name = value
	case "runner":
		r.Runner, err = strconv.Atoi(value)
	case "pid":
		r.Pid, err = strconv.Atoi(value)
	case "joins":
		var flags uint64
		flags, err = strconv.ParseUint(value, 16, 32)
		r.Joins = uintptr(flags)
	case "dir":
		r.Dir = value
	case "own-root":
		r.OwnRoot = true
	case "state":
		r.State = value
	case "kept":
		r.Kept = true
	case "home-of-user":
		r.HomeOfUser = true
	case "cgroup":
		name, dir, _ := strings.Cut(value, ":")
		r.Cgroups[name] = dir
	default:
		err = fmt.Errorf("unknown field %q", key)
	}
	return err
}
