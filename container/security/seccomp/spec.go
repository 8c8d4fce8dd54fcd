package seccomp

import (
	"errors"
	"fmt"
	"runtime"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// LoadSpec is the filter of the rules of a runtime specification (config-linux.md, "Seccomp").
// Text is how they are written, by which the cache knows them: only rules that it does not know
// are asked for.
func LoadSpec(text, cache string, rules func() (*specs.LinuxSeccomp, error)) (Filter, error) {
	return compileOnce(entryOfSpec(runtime.GOARCH, text), cache, func() (Filter, error) {
		s, err := rules()
		if err != nil {
			return Filter{}, err
		}
		return CompileSpec(s, runtime.GOARCH)
	})
}

// CompileSpec makes a filter of rules for a machine, by Go's name.
func CompileSpec(s *specs.LinuxSeccomp, arch string) (Filter, error) {
	p, err := profileOf(s)
	if err != nil {
		return Filter{}, err
	}
	return p.filter(Host{Arch: arch})
}

func profileOf(s *specs.LinuxSeccomp) (*profile, error) {
	p := &profile{flags: unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW}
	var err error
	if p.defaultAction, err = actionOfSpec(s.DefaultAction, s.DefaultErrnoRet); err != nil {
		return nil, fmt.Errorf("defaultAction: %w", err)
	}
	if p.defaultAction == unix.SECCOMP_RET_USER_NOTIF {
		return nil, errors.New("defaultAction: SCMP_ACT_NOTIFY would ask about the calls that lead to the listener")
	}
	for _, arch := range s.Architectures {
		p.architectures = append(p.architectures, string(arch))
	}
	for n := range s.Syscalls {
		if err := p.addSyscalls(n, &s.Syscalls[n]); err != nil {
			return nil, fmt.Errorf("syscalls[%d]: %w", n, err)
		}
	}
	switch {
	case p.listens() && s.ListenerPath == "":
		return nil, errors.New("SCMP_ACT_NOTIFY needs a listenerPath")
	case s.ListenerPath == "" && s.ListenerMetadata != "":
		return nil, errors.New("listenerMetadata without listenerPath")
	case s.ListenerPath != "" && !strings.HasPrefix(s.ListenerPath, "/"):
		return nil, errors.New("listenerPath is not absolute")
	}
	return p, p.addFlags(s.Flags)
}

// addSyscalls adds a rule. Before the listener is reached init still has to tell where it is.
func (p *profile) addSyscalls(n int, s *specs.LinuxSyscall) error {
	action, err := actionOfSpec(s.Action, s.ErrnoRet)
	if err != nil {
		return err
	}
	if len(s.Names) == 0 {
		return errors.New("no names")
	}
	next := rule{offset: int64(n), names: s.Names, action: action}
	for _, name := range s.Names {
		if name == "write" && action == unix.SECCOMP_RET_USER_NOTIF {
			return errors.New("SCMP_ACT_NOTIFY cannot be used for the write syscall: by that init tells where the listener is")
		}
	}
	for at, arg := range s.Args {
		switch {
		case arg.Index >= arguments:
			return fmt.Errorf("args[%d].index: %d is not below %d", at, arg.Index, arguments)
		case !isOperator(string(arg.Op)):
			return fmt.Errorf("args[%d].op: unknown operator %q", at, shown(string(arg.Op)))
		}
		next.arguments = append(next.arguments, comparison{
			argument: int(arg.Index), operator: string(arg.Op), value: arg.Value, masked: arg.ValueTwo,
		})
	}
	p.rules = append(p.rules, next)
	if action == unix.SECCOMP_RET_USER_NOTIF {
		p.flags |= unix.SECCOMP_FILTER_FLAG_NEW_LISTENER
	}
	return nil
}

// listens reports whether somebody is asked about calls.
func (p *profile) listens() bool { return p.flags&unix.SECCOMP_FILTER_FLAG_NEW_LISTENER != 0 }

func actionOfSpec(name specs.LinuxSeccompAction, errno *uint) (uint32, error) {
	if errno == nil {
		return action(string(name), 0, false)
	}
	if *errno > maxErrno {
		return 0, fmt.Errorf("errno %d is above the kernel's highest, %d", *errno, maxErrno)
	}
	return action(string(name), uint64(*errno), true)
}

// addFlags takes those of the specification. Rules that do not speak of any have SPEC_ALLOW, as
// with runc.
func (p *profile) addFlags(flags []specs.LinuxSeccompFlag) error {
	if len(flags) > 0 {
		p.flags &^= unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW
	}
	for _, flag := range flags {
		number, known := flagOf(string(flag))
		if !known {
			return fmt.Errorf("unknown flag %q", shown(string(flag)))
		}
		if number == unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV && !p.listens() {
			continue // who waits for nobody is killable
		}
		p.flags |= number
	}
	return nil
}

// flagOf is a flag of seccomp(2). TSYNC is none: init has one thread.
func flagOf(name string) (flag uint64, known bool) {
	switch name {
	case "SECCOMP_FILTER_FLAG_LOG":
		return unix.SECCOMP_FILTER_FLAG_LOG, true
	case "SECCOMP_FILTER_FLAG_SPEC_ALLOW":
		return unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW, true
	case "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV":
		return unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, true
	case "SECCOMP_FILTER_FLAG_TSYNC":
		return 0, true
	}
	return 0, false
}
