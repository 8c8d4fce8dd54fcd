package oci

import (
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/decode"
	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/container/security/seccomp"
)

// restrict computes what no process of the container may do.
func (l *loader) restrict() error {
	security := &l.plan.Message.Security
	security.Keyring = !l.options.NoNewKeyring
	known, available := availableCapabilities(l.plan.Namespaces.IsNew(specs.UserNamespace))
	var warnings []string
	security.Capabilities, warnings = capabilities(l.spec.Process.Capabilities, known, available)
	l.plan.Warnings = append(l.plan.Warnings, warnings...)
	return in("linux.seccomp", l.filter())
}

// filter is the container's seccomp filter. Notes about calls that this machine does not have are
// for who writes a profile: engines give the same to all.
func (l *loader) filter() error {
	if l.spec.Linux.Seccomp == nil {
		return nil
	}
	read := func() (*specs.LinuxSeccomp, error) {
		rules := new(specs.LinuxSeccomp)
		return rules, decode.Text(l.seccomp, rules)
	}
	filter, err := seccomp.LoadSpec(l.seccomp, l.options.Cache, read)
	if err != nil {
		return err
	}
	security := &l.plan.Message.Security
	security.Filter, security.FilterFlags, security.OwnFilter = filter.Program, filter.Flags, true
	if filter.Flags&unix.SECCOMP_FILTER_FLAG_NEW_LISTENER == 0 {
		return nil
	}
	rules, err := read()
	if err == nil {
		l.plan.Listener = &lifecycle.Listener{Path: rules.ListenerPath, Metadata: rules.ListenerMetadata}
	}
	return err
}
