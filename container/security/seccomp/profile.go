package seccomp

import (
	"errors"
	"fmt"
	"math"

	"golang.org/x/sys/unix"
)

// profile is a profile as it is written, its names of actions as numbers.
type profile struct {
	reader *reader // for the lines of rules, nil for those of a specification
	// defaultAction is for calls without a rule.
	defaultAction uint32
	// architectures are names of ABIs, subArchitectures those that a machine has beside
	// its own ABI.
	architectures    []string
	subArchitectures map[string][]string
	flags            uint64
	rules            []rule
}

// rule is what the profile says of some calls.
type rule struct {
	offset             int64 // where its text ends, or which of a specification it is
	names              []string
	action             uint32
	arguments          []comparison
	includes, excludes condition
}

// comparison is a condition on an argument of a call.
type comparison struct {
	argument int
	operator string
	// value is what the argument is compared with. For a masked comparison it is the
	// mask, and masked is what the rest is compared with.
	value, masked uint64
}

// maxErrno is the highest errno that the kernel returns (MAX_ERRNO).
const maxErrno = 4095

// actionOf is what a filter returns for an action, without the errno.
func actionOf(name string) (action uint32, err error) {
	switch name {
	case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD":
		return unix.SECCOMP_RET_KILL_THREAD, nil
	case "SCMP_ACT_KILL_PROCESS":
		return unix.SECCOMP_RET_KILL_PROCESS, nil
	case "SCMP_ACT_TRAP":
		return unix.SECCOMP_RET_TRAP, nil
	case "SCMP_ACT_ERRNO":
		return unix.SECCOMP_RET_ERRNO, nil
	case "SCMP_ACT_TRACE":
		return unix.SECCOMP_RET_TRACE, nil
	case "SCMP_ACT_LOG":
		return unix.SECCOMP_RET_LOG, nil
	case "SCMP_ACT_ALLOW":
		return unix.SECCOMP_RET_ALLOW, nil
	case "SCMP_ACT_NOTIFY":
		return unix.SECCOMP_RET_USER_NOTIF, nil
	case "":
		return 0, errors.New("the action is missing")
	}
	return 0, fmt.Errorf("unknown action %q", name)
}

// action is the action with its errno, EPERM if there is none.
func action(name string, errno uint64, hasErrno bool) (uint32, error) {
	action, err := actionOf(name)
	switch {
	case err != nil:
		return 0, err
	case action != unix.SECCOMP_RET_ERRNO && action != unix.SECCOMP_RET_TRACE:
		if hasErrno {
			return 0, fmt.Errorf("action %s has no errno", name)
		}
		return action, nil
	case !hasErrno:
		errno = uint64(unix.EPERM)
	}
	return action | uint32(errno), nil
}

// actionOfProfile is action for a profile, where nobody is there to be asked.
func actionOfProfile(name string, errno uint64, hasErrno bool) (uint32, error) {
	action, err := action(name, errno, hasErrno)
	if action == unix.SECCOMP_RET_USER_NOTIF {
		err = fmt.Errorf("action %s asks another program, which mydocker cannot", name)
	}
	return action, err
}

// parse reads a profile.
func parse(text []byte) (*profile, error) {
	r := newReader(text)
	p := &profile{reader: r, flags: unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW}
	var name string
	var errno uint64
	var hasErrno bool
	err := r.object("the profile", func(key string) (err error) {
		switch key {
		case "defaultAction":
			name, err = r.string(key)
		case "defaultErrnoRet":
			errno, hasErrno, err = r.number(key, maxErrno)
		case "architectures":
			p.architectures, err = r.strings(key)
		case "archMap":
			err = p.parseArchMap(r)
		case "flags":
			err = p.parseFlags(r)
		case "syscalls":
			err = r.array(key, func() error { return p.parseRule(r) })
		case "listenerPath", "listenerMetadata":
			var value string
			if value, err = r.string(key); err == nil && value != "" {
				err = r.errorf("%s: mydocker cannot have another program asked", key)
			}
		default:
			err = r.unknown("the profile", key)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	if len(p.architectures) > 0 && len(p.subArchitectures) > 0 {
		return nil, errors.New("it has both architectures and archMap")
	}
	if p.defaultAction, err = actionOfProfile(name, errno, hasErrno); err != nil {
		return nil, fmt.Errorf("defaultAction: %s", shown(err.Error()))
	}
	return p, nil
}

func (p *profile) parseArchMap(r *reader) error {
	p.subArchitectures = map[string][]string{}
	return r.array("archMap", func() error {
		var architecture string
		var more []string
		err := r.object("archMap", func(key string) (err error) {
			switch key {
			case "architecture":
				architecture, err = r.string(key)
			case "subArchitectures":
				more, err = r.strings(key)
			default:
				err = r.unknown("archMap", key)
			}
			return err
		})
		if err != nil {
			return err
		}
		for _, name := range append([]string{architecture}, more...) {
			if !isArchitecture(name) {
				return r.errorf("unknown architecture %q", name)
			}
		}
		if _, isThere := p.subArchitectures[architecture]; isThere {
			return r.errorf("archMap has %s twice", architecture)
		}
		p.subArchitectures[architecture] = more
		return nil
	})
}

// parseFlags reads the flags of seccomp(2). A profile that does not speak of them gets
// SPEC_ALLOW from runc, too.
func (p *profile) parseFlags(r *reader) error {
	names, err := r.strings("flags")
	if err != nil || names == nil {
		return err
	}
	p.flags = 0
	for _, name := range names {
		flag, known := flagOf(name)
		if !known || flag == unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV {
			return r.errorf("unknown flag %q", name)
		}
		p.flags |= flag
	}
	return nil
}

func (p *profile) parseRule(r *reader) error {
	var next rule
	var name, act string
	var errno uint64
	var hasErrno, hasNames bool
	err := r.object("a rule", func(key string) (err error) {
		switch key {
		case "names":
			next.names, err = r.strings(key)
			hasNames = true
		case "name":
			name, err = r.string(key)
		case "action":
			act, err = r.string(key)
		case "errnoRet":
			errno, hasErrno, err = r.number(key, maxErrno)
		case "args":
			err = r.array(key, func() error { return next.parseArgument(r) })
		case "comment":
			_, err = r.string(key)
		case "includes":
			next.includes, err = parseCondition(r, key)
		case "excludes":
			next.excludes, err = parseCondition(r, key)
		default:
			err = r.unknown("a rule", key)
		}
		return err
	})
	if err != nil {
		return err
	}
	switch {
	case name != "" && len(next.names) > 0:
		return r.errorf("a rule with both name and names")
	case name != "":
		next.names = []string{name}
	case !hasNames:
		return r.errorf("a rule without names")
	}
	next.offset = r.decoder.InputOffset()
	if next.action, err = actionOfProfile(act, errno, hasErrno); err != nil {
		return r.errorf("%v", err)
	}
	p.rules = append(p.rules, next)
	return nil
}

func (r *rule) parseArgument(from *reader) error {
	var c comparison
	var index uint64
	var hasIndex, hasValue bool
	err := from.object("args", func(key string) (err error) {
		switch key {
		case "index":
			index, hasIndex, err = from.number(key, arguments-1)
		case "value":
			c.value, hasValue, err = from.number(key, math.MaxUint64)
		case "valueTwo":
			c.masked, _, err = from.number(key, math.MaxUint64)
		case "op":
			c.operator, err = from.string(key)
		default:
			err = from.unknown("args", key)
		}
		return err
	})
	if err != nil {
		return err
	}
	switch {
	case !hasIndex || !hasValue || c.operator == "":
		return from.errorf("args without index, value or op")
	case !isOperator(c.operator):
		return from.errorf("unknown op %q", c.operator)
	}
	c.argument = int(index)
	r.arguments = append(r.arguments, c)
	return nil
}
