package oci

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/container/security"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// capabilities are the five sets of a process. As the specification has it, one that cannot be
// given is left out with a warning: the process can do less than it was to, never more. Without
// any set it has none. Available are those that can be given, known those of the kernel.
func capabilities(asked *specs.LinuxCapabilities, known, available security.Set) (sets *wire.Capabilities, warnings []string) {
	if asked == nil {
		asked = new(specs.LinuxCapabilities)
	}
	read := func(field string, names []string, within security.Set, why string) security.Set {
		var set security.Set
		left := map[string][]string{} // by the reason
		for _, name := range names {
			number := spec.CapabilityNumber(name)
			if number >= 0 && within.Has(number) {
				set |= 1 << number
				continue
			}
			reason := why
			switch {
			case number < 0:
				reason = "there are none of such names"
			case !known.Has(number):
				reason = "this kernel does not have them"
			case !available.Has(number):
				reason = "mydocker does not have them (CapBnd in /proc/self/status)"
			}
			if reason != "" {
				left[reason] = append(left[reason], name)
			}
		}
		for _, reason := range slices.Sorted(maps.Keys(left)) {
			names := utils.Shortened(strings.Join(left[reason], ", "))
			warnings = append(warnings, fmt.Sprintf("process.capabilities.%s: left out, for %s: %s", field, reason, names))
		}
		return set
	}
	bounding := read("bounding", asked.Bounding, available, "")
	permitted := read("permitted", asked.Permitted, available, "")
	effective := read("effective", asked.Effective, permitted, "they are not permitted")
	inheritable := read("inheritable", asked.Inheritable, bounding, "they are not in the bounding set")
	ambient := read("ambient", asked.Ambient, permitted&inheritable, "") // as "runc spec" has them, and nobody is told
	return &wire.Capabilities{
		Drop: uint64(available &^ bounding), Keep: uint64(permitted), Ineffective: uint64(permitted &^ effective),
		Raise: uint64(inheritable), Ambient: uint64(ambient),
	}, warnings
}

// availableCapabilities are what the kernel has, and what can be given: in a new user namespace
// all of them.
func availableCapabilities(newUsers bool) (known, available security.Set) {
	known, available = security.Known()
	if newUsers {
		available = known
	}
	return known, available
}
