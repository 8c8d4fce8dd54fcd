package systemd

import (
	"fmt"

	"github.com/godbus/dbus/v5"
	"github.com/opencontainers/runtime-spec/specs-go"
)

// allowed is an entry of DeviceAllow.
type allowed struct{ Node, Access string }

// deviceProperties tell systemd which devices a container may use, at least: systemd knows no
// exceptions from what is allowed, and on v1 rewrites the list when it reads its configuration
// again. What is forbidden is in the cgroup itself. Where all are allowed systemd is told nothing.
func deviceProperties(rules []specs.LinuxDeviceCgroup) []property {
	list, closed := []allowed{}, true
	for _, rule := range rules {
		switch {
		case isEverything(&rule):
			list, closed = []allowed{}, !rule.Allow
		case rule.Allow:
			list = append(list, allow(&rule)...)
		}
	}
	if !closed {
		return nil
	}
	return []property{
		{"DevicePolicy", dbus.MakeVariant("strict")},
		{"DeviceAllow", dbus.MakeVariant(append(list, everybodys()...))},
	}
}

// isEverything reports whether a rule is about all devices in all ways.
func isEverything(rule *specs.LinuxDeviceCgroup) bool {
	return (rule.Type == "" || rule.Type == "a") && isAny(rule.Major) && isAny(rule.Minor) && (rule.Access == "" || len(rule.Access) == 3)
}

func isAny(number *int64) bool { return number == nil || *number < 0 }

// allow writes a rule as systemd does (systemd.resource-control(5), DeviceAllow): "char-*",
// "char-136" and, whether there is a node or not, "/dev/char/1:3".
func allow(rule *specs.LinuxDeviceCgroup) (list []allowed) {
	kinds := []string{"char", "block"}
	switch rule.Type {
	case "c", "u":
		kinds = kinds[:1]
	case "b":
		kinds = kinds[1:]
	}
	access := rule.Access
	if access == "" {
		access = "rwm"
	}
	for _, kind := range kinds {
		node := kind + "-*"
		switch {
		case isAny(rule.Major):
		case isAny(rule.Minor):
			node = fmt.Sprintf("%s-%d", kind, *rule.Major)
		default:
			node = fmt.Sprintf("/dev/%s/%d:%d", kind, *rule.Major, *rule.Minor)
		}
		list = append(list, allowed{node, access})
	}
	return list
}

// everybodys are the devices that each container has, whatever the rules are: nodes of any kind
// may be made, and null, zero, full, random, urandom, tty, console, ptmx and the terminals be used.
func everybodys() []allowed {
	list := []allowed{{"char-*", "m"}, {"block-*", "m"}, {"char-136", "rwm"}}
	for _, number := range []string{"1:3", "1:5", "1:7", "1:8", "1:9", "5:0", "5:1", "5:2"} {
		list = append(list, allowed{"/dev/char/" + number, "rwm"})
	}
	return list
}
