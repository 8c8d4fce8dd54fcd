package oci

import (
	"errors"
	"slices"
)

// refuse names what mydocker does not do. Nothing of it may be left out in silence.
func (l *loader) refuse() error {
	p, linux := l.spec.Process, l.spec.Linux
	for _, refused := range []struct {
		asked       bool
		field, text string
	}{
		{p.ApparmorProfile != "", "process.apparmorProfile", "AppArmor is not enabled on this host"},
		{p.SelinuxLabel != "", "process.selinuxLabel", "SELinux is not enabled on this host"},
		{linux.MountLabel != "", "linux.mountLabel", "SELinux is not enabled on this host"},
		{p.Scheduler != nil, "process.scheduler", "not supported"},
		{p.IOPriority != nil, "process.ioPriority", "not supported"},
		{p.ExecCPUAffinity != nil, "process.execCPUAffinity", "not supported"},
		{linux.IntelRdt != nil, "linux.intelRdt", "mydocker does not set up resctrl"},
		{linux.MemoryPolicy != nil, "linux.memoryPolicy", "not supported"},
		{linux.Personality != nil, "linux.personality", "not supported"},
		{len(linux.NetDevices) > 0, "linux.netDevices", "mydocker moves no network devices"},
	} {
		if refused.asked {
			return in(refused.field, errors.New(refused.text))
		}
	}
	switch propagation := linux.RootfsPropagation; {
	case slices.Contains([]string{"", "private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable", "runbindable"}, propagation):
	default:
		return in("linux.rootfsPropagation", errors.New("unknown propagation"))
	}
	return nil
}
