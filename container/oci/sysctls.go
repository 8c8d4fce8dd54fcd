package oci

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/container/spec"
)

// sysctls are parameters of the container's own namespaces. Those of the host are refused.
func (l *loader) sysctls() error {
	values := l.spec.Linux.Sysctl
	if len(values) == 0 {
		return nil
	}
	private := spec.PrivateNamespaces{
		UTS: isPrivate(l.plan.Namespaces, specs.UTSNamespace), IPC: isPrivate(l.plan.Namespaces, specs.IPCNamespace), Network: isPrivate(l.plan.Namespaces, specs.NetworkNamespace),
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		sysctl, err := spec.ParseSysctl(name + "=" + values[name])
		if strings.ContainsAny(name, "=\n") {
			err = fmt.Errorf("%q is not the name of a sysctl", name)
		}
		if err == nil {
			err = checkSysctl(sysctl, private)
		}
		if err != nil {
			return in("linux.sysctl", err)
		}
		message := &l.plan.Message.Process
		message.Sysctls = append(message.Sysctls, "/proc/sys/"+sysctl.Path+"="+sysctl.Value)
	}
	return nil
}

func checkSysctl(sysctl spec.Sysctl, private spec.PrivateNamespaces) error {
	switch sysctl.Path {
	case "kernel/hostname":
		return errors.New("sysctl kernel.hostname is not allowed: hostname sets it")
	case "kernel/domainname":
		if !private.UTS {
			return fmt.Errorf("sysctl kernel.domainname is not allowed: there is no UTS namespace")
		}
		return nil
	}
	return sysctl.Check(private)
}
