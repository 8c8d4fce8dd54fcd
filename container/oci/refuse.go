package oci

import (
	"errors"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// refusal is a field that mydocker does not do, and why.
type refusal struct {
	asked       bool
	field, text string
}

func refuse(list ...refusal) error {
	for _, refused := range list {
		if refused.asked {
			return in(refused.field, errors.New(refused.text))
		}
	}
	return nil
}

// refuseOfProcess is refuse for what a process that joins can ask for, too.
func refuseOfProcess(p *specs.Process) error {
	return refuse([]refusal{
		{p.ApparmorProfile != "", "process.apparmorProfile", "AppArmor is not enabled on this host"},
		{p.SelinuxLabel != "", "process.selinuxLabel", "SELinux is not enabled on this host"},
		{p.Scheduler != nil, "process.scheduler", "not supported"},
		{p.IOPriority != nil, "process.ioPriority", "not supported"},
	}...)
}

// refuse names what mydocker does not do. Nothing of it may be left out in silence.
func (l *loader) refuse() error {
	if err := refuseOfProcess(l.spec.Process); err != nil {
		return err
	}
	linux := l.spec.Linux
	err := refuse([]refusal{
		{linux.MountLabel != "", "linux.mountLabel", "SELinux is not enabled on this host"},
		{linux.IntelRdt != nil, "linux.intelRdt", "mydocker does not set up resctrl"},
		{linux.MemoryPolicy != nil, "linux.memoryPolicy", "not supported"},
		{linux.Personality != nil, "linux.personality", "not supported"},
		{len(linux.NetDevices) > 0, "linux.netDevices", "mydocker moves no network devices"},
	}...)
	if err != nil {
		return err
	}
	return nil
}
