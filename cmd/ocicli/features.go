//go:build !front

package ocicli

import (
	"encoding/json"
	"runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
	"github.com/opencontainers/runtime-spec/specs-go/features"

	"github.com/mydocker/mydocker/container/oci"
	"github.com/mydocker/mydocker/container/spec"
)

func (c *call) features() (int, error) {
	text, err := json.MarshalIndent(c.supported(), "", "    ")
	if err != nil {
		return 0, err
	}
	return 0, c.print(append(text, '\n'))
}

// supported is what mydocker has of the specification (features.md).
func (c *call) supported() *features.Features {
	yes, no := true, false
	modes, flags := oci.MemoryPolicies()
	build := c.build()
	return &features.Features{
		OCIVersionMin: "1.0.0",
		OCIVersionMax: specs.Version,
		Hooks:         []string{"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"},
		MountOptions:  oci.MountOptions(),
		Linux: &features.Linux{
			Namespaces:      []string{"cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"},
			Capabilities:    capabilityNames(),
			Cgroup:          &features.Cgroup{V1: &yes, V2: &yes, Systemd: &yes, SystemdUser: &yes, Rdma: &yes},
			Seccomp:         seccompFeatures(),
			Apparmor:        &features.Apparmor{Enabled: &yes},
			Selinux:         &features.Selinux{Enabled: &yes},
			IntelRdt:        &features.IntelRdt{Enabled: &no},
			MemoryPolicy:    &features.MemoryPolicy{Modes: modes, Flags: flags},
			MountExtensions: &features.MountExtensions{IDMap: &features.IDMap{Enabled: &yes}},
			NetDevices:      &features.NetDevices{Enabled: &no},
		},
		Annotations: map[string]string{
			"io.github.mydocker.version": build.Version,
			"io.github.mydocker.commit":  build.Commit,
		},
		PotentiallyUnsafeConfigAnnotations: []string{
			oci.GroupsAnnotation,
			"org.systemd.property.", // with --systemd-cgroup
		},
	}
}

func capabilityNames() []string {
	var names []string
	for _, capability := range spec.Capabilities() {
		names = append(names, capability.Name)
	}
	return names
}

// seccompFeatures are those of package seccomp.
func seccompFeatures() *features.Seccomp {
	yes := true
	archs := []string{"SCMP_ARCH_X32", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64"}
	if runtime.GOARCH == "arm64" {
		archs = []string{"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"}
	}
	flags := []string{
		"SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
	}
	return &features.Seccomp{
		Enabled: &yes,
		Actions: []string{
			"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD",
			"SCMP_ACT_LOG", "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP",
		},
		Operators: []string{
			"SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE",
		},
		Archs: archs, KnownFlags: flags, SupportedFlags: flags,
	}
}
