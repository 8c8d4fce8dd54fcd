package oci

import "errors"

// refuse names what mydocker does not do. Nothing of it may be left out in silence.
func (l *loader) refuse() error {
	linux := l.spec.Linux
	for _, refused := range []struct {
		asked       bool
		field, text string
	}{
		{linux.MountLabel != "" && seLinux(), "linux.mountLabel", "mydocker labels no mounts for SELinux"},
		{linux.IntelRdt != nil, "linux.intelRdt", "mydocker does not set up resctrl"},
		{len(linux.NetDevices) > 0, "linux.netDevices", "mydocker moves no network devices"},
	} {
		if refused.asked {
			return in(refused.field, errors.New(refused.text))
		}
	}
	return nil
}
