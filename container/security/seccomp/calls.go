package seccomp

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// compiler makes a filter of a profile.
type compiler struct {
	profile *profile
	machine machine
	table   map[string][columns]string
	abis    []abi   // those that the profile names, the machine's own first
	rules   []*rule // those that hold here
	unknown []string
	ignored []string
}

// call is what becomes of one system call: the action of the strictest clause that
// matches, otherwise one.
type call struct {
	clauses   []clause
	otherwise uint32
	// decided says that otherwise is a rule's action: no other rule changes it any more.
	decided bool
}

// clause is an action for calls with certain arguments: all of the comparisons hold.
type clause struct {
	comparisons []comparison
	action      uint32
}

// choose finds out which ABIs and which rules of the profile are for host.
func (c *compiler) choose(host Host) error {
	own := c.machine.abis[0].name
	names := slices.Concat(c.profile.architectures, c.profile.subArchitectures[own])
	for _, name := range names {
		if !isArchitecture(name) {
			return fmt.Errorf("unknown architecture %s", shown(strconv.Quote(name)))
		}
	}
	for _, abi := range c.machine.abis {
		if abi.name == own || slices.Contains(names, abi.name) {
			c.abis = append(c.abis, abi)
		}
	}
	for i := range c.profile.rules {
		if rule := &c.profile.rules[i]; rule.holds(host) {
			c.rules = append(c.rules, rule)
		}
	}
	return c.checkNames()
}

// checkNames refuses a rule against a call that no table knows: it would be without
// effect. Allowing one is harmless.
func (c *compiler) checkNames() error {
	seen := map[string]bool{}
	for _, rule := range c.rules {
		for _, name := range rule.names {
			if _, known := c.table[name]; known || seen[name] && rule.action == unix.SECCOMP_RET_ALLOW {
				continue
			}
			seen[name] = true
			if rule.action != unix.SECCOMP_RET_ALLOW && !c.deniesAnyway() {
				return c.errorf(rule, "unknown system call %q, which is not to be allowed", name)
			}
			if rule.action == unix.SECCOMP_RET_ALLOW {
				c.unknown = append(c.unknown, name)
			}
		}
	}
	return nil
}

// deniesAnyway reports whether an unknown call is not let through in any case: then the rules of
// a specification may name one, as they may for runc.
func (c *compiler) deniesAnyway() bool {
	return c.profile.reader == nil && severity(c.profile.defaultAction) >= severity(unix.SECCOMP_RET_ERRNO)
}

func (c *compiler) errorf(at *rule, format string, args ...any) error {
	if c.profile.reader == nil {
		return fmt.Errorf("syscalls[%d]: %s", at.offset, shown(fmt.Sprintf(format, args...)))
	}
	return fmt.Errorf("rule that ends in line %d: %s", c.profile.reader.line(at.offset), shown(fmt.Sprintf(format, args...)))
}

// notes tell what of the profile is without effect.
func (c *compiler) notes() (notes []string) {
	if len(c.unknown) > 0 {
		notes = append(notes, shown("it allows system calls that are not known: "+strings.Join(c.unknown, ", ")))
	}
	if len(c.ignored) > 0 {
		notes = append(notes, shown("it has rules without effect, because another rule decides, for "+strings.Join(c.ignored, ", ")))
	}
	return notes
}

// compile makes the filter. Its instructions are made from the last to the first, as
// each jump goes forwards.
func (c *compiler) compile() (*program, error) {
	p := newProgram()
	var archs []uint32
	spans := map[uint32][]span{}
	for _, abi := range c.machine.abis {
		if !slices.Contains(c.abis, abi) && abi.bit == 0 {
			continue
		}
		own, err := c.spans(abi)
		if err != nil {
			return nil, err
		}
		if _, isThere := spans[abi.arch]; !isThere {
			archs = append(archs, abi.arch)
		}
		spans[abi.arch] = append(spans[abi.arch], own...) // x32 comes behind amd64
	}
	// libseccomp has a call of another ABI end the thread.
	next := p.put(constant(unix.SECCOMP_RET_KILL_THREAD))
	for _, arch := range slices.Backward(archs) {
		number := p.straight(load, offsetNumber, p.tree(spans[arch]))
		next = p.branch(jumpEqual, arch, number, next)
	}
	return p, p.finish(p.straight(load, offsetArch, next))
}

// calls finds what the rules say of each call of abi.
func (c *compiler) calls(abi abi) (map[uint32]*call, error) {
	calls := map[uint32]*call{}
	for _, rule := range c.rules {
		clauses := rule.clauses(abi)
		for _, name := range rule.names {
			for _, n := range numbers(c.table[name][abi.column], abi.bit) {
				if calls[n.call] == nil {
					calls[n.call] = &call{otherwise: c.profile.defaultAction}
				}
				if rule.action == c.profile.defaultAction {
					continue // as in runc, where such a rule only makes the call known
				}
				if err := calls[n.call].add(n.clauses(clauses, c.profile.defaultAction)); err != nil {
					return nil, c.errorf(rule, "%s: %v", name, err)
				}
			}
		}
	}
	if c.profile.reader != nil { // who has written it wants to know
		c.noteIgnored(calls, abi)
	}
	return calls, nil
}

// noteIgnored finds the rules that have no effect because of others.
func (c *compiler) noteIgnored(calls map[uint32]*call, abi abi) {
	for _, rule := range c.rules {
		for _, name := range rule.names {
			for _, n := range numbers(c.table[name][abi.column], abi.bit) {
				call := calls[n.call]
				effective := call.otherwise == rule.action
				if !call.decided {
					effective = rule.action != c.profile.defaultAction || len(call.clauses) == 0
				}
				if !effective && !n.shared && !slices.Contains(c.ignored, name) {
					c.ignored = append(c.ignored, name)
				}
			}
		}
	}
}

// clauses is what r says of a call. As in runc, two comparisons of one argument are
// alternatives, and with them all comparisons of the rule are.
func (r *rule) clauses(abi abi) []clause {
	var all []comparison
	var compared [arguments]int
	for _, comparison := range r.arguments {
		compared[comparison.argument]++
		all = append(all, comparison.narrowed(abi.wide))
	}
	if slices.Max(compared[:]) < 2 {
		return []clause{{slices.DeleteFunc(all, comparison.always), r.action}}
	}
	var clauses []clause
	for _, one := range all {
		clauses = append(clauses, clause{slices.DeleteFunc([]comparison{one}, comparison.always), r.action})
	}
	return clauses
}

// clauses is what they say of the call n. If n is a call for several purposes, its
// further arguments are in the process's memory, where no filter can read them: then
// the strict action is for all arguments, and the lenient one for none.
func (n number) clauses(clauses []clause, otherwise uint32) []clause {
	if !n.shared {
		return clauses
	}
	first := []comparison{{operator: opEqual, value: n.first}}
	var list []clause
	for _, c := range clauses {
		if len(c.comparisons) == 0 || severity(c.action) > severity(otherwise) {
			list = append(list, clause{first, c.action})
		}
	}
	return list
}

// add adds what a rule says. As in libseccomp, one without comparisons decides alone,
// and the first of several.
func (c *call) add(clauses []clause) error {
	for _, next := range clauses {
		switch {
		case c.decided:
		case len(next.comparisons) == 0:
			*c = call{otherwise: next.action, decided: true}
		default:
			for _, other := range c.clauses {
				if slices.Equal(next.comparisons, other.comparisons) && next.action != other.action {
					return errors.New("another rule has the same args and another action")
				}
			}
			c.clauses = append(c.clauses, next)
			if len(c.clauses) > unix.BPF_MAXINSNS {
				return errors.New("more rules than the kernel takes instructions")
			}
		}
	}
	return nil
}

// severity orders the actions as the kernel does for several filters: the strictest is
// the highest.
func severity(action uint32) int {
	kinds := [...]uint32{
		unix.SECCOMP_RET_ALLOW, unix.SECCOMP_RET_LOG, unix.SECCOMP_RET_TRACE, unix.SECCOMP_RET_USER_NOTIF, unix.SECCOMP_RET_ERRNO,
		unix.SECCOMP_RET_TRAP, unix.SECCOMP_RET_KILL_THREAD, unix.SECCOMP_RET_KILL_PROCESS,
	}
	return slices.Index(kinds[:], action&unix.SECCOMP_RET_ACTION_FULL)
}

// spans has what becomes of all calls of abi, from number 0 (or the ABI's bit) on.
//
// A call that is newer than all that the profile knows gets ENOSYS instead of a default
// action that is not lenient, as with runc: programs take an older call then.
//
// An ABI that the profile has not ends the thread, as in libseccomp. -1 is no call of
// x32, but what a tracer has made of a call that it skips.
func (c *compiler) spans(abi abi) ([]span, error) {
	if !slices.Contains(c.abis, abi) {
		return []span{
			{abi.bit, constant(unix.SECCOMP_RET_KILL_THREAD)},
			{math.MaxUint32, constant(c.profile.defaultAction)},
		}, nil
	}
	calls, err := c.calls(abi)
	if err != nil {
		return nil, err
	}
	known := slices.Sorted(maps.Keys(calls))
	otherwise := constant(c.profile.defaultAction)
	newer := otherwise
	if len(known) > 0 && severity(c.profile.defaultAction) > severity(unix.SECCOMP_RET_TRACE) {
		newer = constant(unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS))
	}
	spans := []span{{abi.bit, otherwise}}
	for i, number := range known {
		spans = extend(spans, span{number, calls[number].node(abi.wide)})
		behind := otherwise
		if i == len(known)-1 || number < abi.private && known[i+1] >= abi.private {
			behind = newer
		}
		spans = extend(spans, span{number + 1, behind})
		if number < abi.private && i < len(known)-1 && known[i+1] >= abi.private {
			spans = extend(spans, span{abi.private, otherwise})
		}
	}
	return spans, nil
}
