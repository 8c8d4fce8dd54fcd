package group

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// access is the kinds of access to a device.
type access uint8

const (
	read access = 1 << iota
	write
	mknod
	everything = read | write | mknod
)

func bits(s string) (a access) {
	for _, letter := range s {
		switch letter {
		case 'r':
			a |= read
		case 'w':
			a |= write
		case 'm':
			a |= mknod
		}
	}
	return a
}

func (a access) String() string {
	s := ""
	for n, letter := range "rwm" {
		if a&(1<<n) != 0 {
			s += string(letter)
		}
	}
	return s
}

// deviceRange is some devices of one type; a number may be subsystems.AnyDevice.
type deviceRange struct {
	kind         byte // 'b' or 'c'
	major, minor int64
}

func (d deviceRange) String() string {
	return fmt.Sprintf("%c %s:%s", d.kind, star(d.major), star(d.minor))
}

func star(number int64) string {
	if number == subsystems.AnyDevice {
		return "*"
	}
	return strconv.FormatInt(number, 10)
}

// covers reports whether all of the other are among them, meets whether some are.
func (d deviceRange) covers(other deviceRange) bool {
	in := func(a, b int64) bool { return a == subsystems.AnyDevice || a == b }
	return d.kind == other.kind && in(d.major, other.major) && in(d.minor, other.minor)
}

func (d deviceRange) meets(other deviceRange) bool {
	both := func(a, b int64) bool { return a == b || a == subsystems.AnyDevice || b == subsystems.AnyDevice }
	return d.kind == other.kind && both(d.major, other.major) && both(d.minor, other.minor)
}

// exception is what a ruleSet has against its default.
type exception struct {
	deviceRange
	access access
	asked  bool
}

// ruleSet is all that a v1 cgroup can hold: everything or nothing, and exceptions from that, whose order has no meaning
// (Documentation/admin-guide/cgroup-v1/devices.rst).
type ruleSet struct {
	allowed    bool
	asked      bool
	exceptions []exception
}

// reduce computes what is left of rules that are applied in their order.
func reduce(rules []subsystems.DeviceRule) (*ruleSet, error) {
	var s ruleSet
	for n := range rules {
		r := &rules[n]
		if r.Type == 'a' && r.Major == subsystems.AnyDevice && r.Minor == subsystems.AnyDevice && bits(r.Access) == everything {
			s = ruleSet{allowed: !r.Deny, asked: r.Asked}
			continue
		}
		kinds := []byte{r.Type}
		if r.Type == 'a' {
			kinds = []byte{'b', 'c'}
		}
		for _, kind := range kinds {
			if err := s.apply(exception{deviceRange{kind, r.Major, r.Minor}, bits(r.Access), r.Asked}, !r.Deny); err != nil {
				return nil, err
			}
		}
	}
	return &s, nil
}

// apply makes an exception, or takes it back.
func (s *ruleSet) apply(rule exception, allowed bool) error {
	if allowed != s.allowed {
		s.except(rule)
		return nil
	}
	kept := s.exceptions[:0]
	for _, e := range s.exceptions {
		switch {
		case rule.covers(e.deviceRange):
			e.access &^= rule.access
		case rule.meets(e.deviceRange) && rule.access&e.access != 0:
			return fmt.Errorf("resources.devices: cgroup v1 cannot take %s out of %s again; give rules that do not undo a part of each other", rule.deviceRange, e.deviceRange)
		}
		if e.access != 0 {
			kept = append(kept, e)
		}
	}
	s.exceptions = kept
	return nil
}

// except adds an exception. Where all is denied the kernel looks for one exception with all that is asked for at once, which is
// reading and writing at most: so those for some of the devices of another may read or write as that does, too.
func (s *ruleSet) except(rule exception) {
	same := -1
	for n := range s.exceptions {
		e := &s.exceptions[n]
		switch {
		case e.deviceRange == rule.deviceRange:
			same = n
		case s.allowed:
		case e.covers(rule.deviceRange):
			rule.access |= e.access & (read | write)
		case rule.covers(e.deviceRange):
			e.access |= rule.access & (read | write)
		}
	}
	if same < 0 {
		s.exceptions = append(s.exceptions, rule)
		return
	}
	s.exceptions[same].access |= rule.access
	s.exceptions[same].asked = s.exceptions[same].asked || rule.asked
}

// ruleLine is a line for devices.allow or devices.deny.
type ruleLine struct {
	value string
	asked bool
}

// changesFrom lists what makes the set of the current one, nil for one that is not known. It begins from the beginning, with
// "a", unless both deny all with exceptions.
func (s *ruleSet) changesFrom(current *ruleSet) (allow, deny []ruleLine) {
	if s.allowed {
		allow = append(allow, ruleLine{"a", s.asked})
		return allow, append(deny, linesOf(s.exceptions, nil)...)
	}
	if current == nil || current.allowed {
		return linesOf(s.exceptions, nil), []ruleLine{{"a", true}}
	}
	return linesOf(s.exceptions, current.exceptions), linesOf(current.exceptions, s.exceptions)
}

// linesOf lists the exceptions, without what others have already.
func linesOf(exceptions, others []exception) []ruleLine {
	var lines []ruleLine
	for _, e := range exceptions {
		for _, other := range others {
			if other.deviceRange == e.deviceRange {
				e.access &^= other.access
			}
		}
		if e.access != 0 {
			lines = append(lines, ruleLine{e.String() + " " + e.access.String(), e.asked})
		}
	}
	return lines
}

// parseRuleSet reads devices.list. Where all is allowed it does not show the exceptions.
func parseRuleSet(list string) (*ruleSet, error) {
	var s ruleSet
	for line := range strings.Lines(list) {
		words := strings.Fields(line)
		if len(words) != 3 || len(words[0]) != 1 || !strings.Contains("abc", words[0]) {
			return nil, fmt.Errorf("not understood: %q", line)
		}
		if words[0] == "a" {
			return &ruleSet{allowed: true}, nil
		}
		major, minor, _ := strings.Cut(words[1], ":")
		e := exception{deviceRange: deviceRange{kind: words[0][0]}, access: bits(words[2])}
		var err, minorErr error
		e.major, err = parseNumber(major)
		e.minor, minorErr = parseNumber(minor)
		if err = errors.Join(err, minorErr); err != nil {
			return nil, err
		}
		s.exceptions = append(s.exceptions, e)
	}
	return &s, nil
}

func parseNumber(s string) (int64, error) {
	if s == "*" {
		return subsystems.AnyDevice, nil
	}
	number, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("not a device number: %q", s)
	}
	return int64(number), nil
}
