package oci

import (
	"github.com/mydocker/mydocker/container/security/seccomp"
)

// restrict computes what no process of the container may do.
func (l *loader) restrict() error {
	security := &l.plan.Message.Security
	security.Keyring = !l.options.NoNewKeyring
	known, available := availableCapabilities(l.spaces.isNew("user"))
	var warnings []string
	security.Capabilities, warnings = capabilities(l.spec.Process.Capabilities, known, available)
	l.plan.Warnings = append(l.plan.Warnings, warnings...)
	if l.spec.Linux.Seccomp == nil {
		return nil
	}
	filter, err := seccomp.LoadSpec(l.seccomp, l.options.Cache)
	if err != nil {
		return in("linux.seccomp", err)
	}
	security.Filter, security.FilterFlags, security.OwnFilter = filter.Program, filter.Flags, true
	for _, note := range filter.Notes {
		l.plan.Warnings = append(l.plan.Warnings, "linux.seccomp: "+note)
	}
	return nil
}
