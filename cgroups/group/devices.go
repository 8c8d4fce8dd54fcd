package group

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/utils"
)

// devices returns what sets the rules, nil for nothing. A new container has them in any case: the devices that the
// specification promises to every container, and no other ones.
func (g *Group) devices(rules []specs.LinuxDeviceCgroup) (func() error, error) {
	asked := len(rules) > 0
	if !asked && !g.fresh {
		return nil, nil
	}
	wanted := []subsystems.DeviceRule{{Deny: true, Type: 'a', Major: subsystems.AnyDevice, Minor: subsystems.AnyDevice, Access: "rwm"}}
	for n := range rules {
		rule, err := deviceRule(&rules[n])
		if err != nil {
			return nil, err
		}
		wanted = append(wanted, rule)
	}
	wanted = append(wanted, defaultDevices()...)
	if !slices.ContainsFunc(wanted, isTun) {
		wanted = append(wanted, subsystems.DeviceRule{Type: 'c', Major: 10, Minor: 200, Access: "rwm"})
	}
	version, dir := g.controller(subsystems.DevicesName)
	switch {
	case dir == "" && asked:
		return nil, fmt.Errorf("cannot set devices limit: %w", g.whyNone())
	case dir == "":
		return nil, nil
	case version == subsystems.V2:
		return func() error { return g.devicesV2(dir, wanted) }, nil
	}
	state, err := reduce(wanted)
	if err != nil {
		return nil, err
	}
	return func() error { return g.devicesV1(dir, state) }, nil
}

// defaultDevices are those that every container may use (config-linux.md, "Default Devices"). As with other runtimes
// it may make nodes of all, which is no way to use them.
func defaultDevices() []subsystems.DeviceRule {
	rules := []subsystems.DeviceRule{
		{Type: 'c', Major: subsystems.AnyDevice, Minor: subsystems.AnyDevice, Access: "m"},
		{Type: 'b', Major: subsystems.AnyDevice, Minor: subsystems.AnyDevice, Access: "m"},
		{Type: 'c', Major: 136, Minor: subsystems.AnyDevice, Access: "rwm"}, // terminals of a devpts
	}
	for _, device := range [...][2]int64{
		{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, // null, zero, full, random, urandom
		{5, 0}, {5, 1}, {5, 2}, // tty, console, ptmx
	} {
		rules = append(rules, subsystems.DeviceRule{Type: 'c', Major: device[0], Minor: device[1], Access: "rwm"})
	}
	return rules
}

// isTun tells a rule for /dev/net/tun. Every container of runc and crun may use that, and programs count on it; so only a rule
// of the configuration's own keeps it away.
func isTun(r subsystems.DeviceRule) bool { return r.Type == 'c' && r.Major == 10 && r.Minor == 200 }

// deviceRule translates one rule of the specification. No type is all types, and no number all numbers.
func deviceRule(d *specs.LinuxDeviceCgroup) (subsystems.DeviceRule, error) {
	rule := subsystems.DeviceRule{Deny: !d.Allow, Type: 'a', Major: subsystems.AnyDevice, Minor: subsystems.AnyDevice, Asked: true}
	switch d.Type {
	case "", "a", "b", "c":
		if d.Type != "" {
			rule.Type = d.Type[0]
		}
	default:
		return rule, invalid("devices type", strconv.Quote(d.Type), "it is a, b or c")
	}
	for _, number := range []struct {
		given *int64
		into  *int64
	}{{d.Major, &rule.Major}, {d.Minor, &rule.Minor}} {
		if number.given == nil {
			continue
		}
		if *number.given < subsystems.AnyDevice || *number.given > maxNumber {
			return rule, invalid("devices number", *number.given, "it is 0 or more, or -1 for all")
		}
		*number.into = *number.given
	}
	given := d.Access
	if !d.Allow && strings.Contains(given, "a") { // runc passes that over, and its own suite has such a rule
		given = "rwm"
	}
	if rule.Access = bits(given).String(); strings.Trim(given, "rwm") != "" {
		return rule, invalid("devices access", strconv.Quote(d.Access), "it is made of r, w and m")
	}
	if d.Access == "" && d.Allow {
		return rule, errors.New("resources.devices: a rule allows no access: it is made of r, w and m")
	}
	if d.Access == "" {
		rule.Access = "rwm"
	}
	return rule, nil
}

// maxNumber is the highest that the v1 controller reads.
const maxNumber = 1<<32 - 1

// devicesV2 attaches the program. An ordinary user, and root of a user namespace, may attach none; but neither may
// they make device nodes, nor open those that they could not open outside of the container.
func (g *Group) devicesV2(dir string, rules []subsystems.DeviceRule) error {
	attach := subsystems.ReplaceDevices
	if g.fresh {
		attach = subsystems.AttachDevices
	}
	err := attach(dir, rules)
	if errors.Is(err, unix.EPERM) && isOrdinary() {
		return nil
	}
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return &subsystems.NeedsError{Err: err, Needs: "Linux 4.15 with CONFIG_CGROUP_BPF"}
	}
	return err
}

// isOrdinary reports whether the caller has no rights over the host's devices.
func isOrdinary() bool {
	if os.Geteuid() != 0 {
		return true
	}
	ids, err := utils.ReadFile("/proc/self/uid_map")
	return err == nil && strings.Join(strings.Fields(ids), " ") != "0 0 4294967295"
}

// devicesV1 writes the rules. What is there already and what goes are not touched together, so what runs can use
// what it may use before and after at each moment.
func (g *Group) devicesV1(dir string, wanted *ruleSet) error {
	var current *ruleSet
	if !g.fresh {
		list, err := utils.ReadFile(dir + "/devices.list")
		if err != nil {
			return err
		}
		if current, err = parseRuleSet(list); err != nil {
			return fmt.Errorf("%s/devices.list: %w", dir, err)
		}
	}
	allow, deny := wanted.changesFrom(current)
	writes := [...]struct {
		file  string
		lines []ruleLine
	}{{"/devices.allow", allow}, {"/devices.deny", deny}}
	if len(deny) > 0 && deny[0].value == "a" { // all is denied, but for exceptions
		writes[0], writes[1] = writes[1], writes[0]
	}
	for _, w := range writes {
		if err := writeRules(dir+w.file, w.lines); err != nil {
			return err
		}
	}
	return nil
}

// writeRules writes lines to one file. A cgroup above may forbid a device that was not asked for.
func writeRules(file string, lines []ruleLine) error {
	if len(lines) == 0 {
		return nil
	}
	fd, err := utils.Open(file, unix.O_WRONLY)
	if err != nil {
		return pathError("open", file, err)
	}
	for _, line := range lines {
		_, err = utils.Retry(func() (int, error) { return unix.Write(fd, []byte(line.value)) })
		if err == unix.EPERM && !line.asked {
			err = nil
		}
		if err != nil {
			err = &utils.WriteError{Path: file, Value: line.value, Err: err}
			if errors.Is(err, unix.EPERM) {
				err = fmt.Errorf("%w (a cgroup above does not allow this device)", err)
			}
			break
		}
	}
	return errors.Join(err, unix.Close(fd))
}
