package oci

import (
	"errors"
	"os"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/utils"
)

// labels are those of security modules, which the next execve takes. One that is not enabled
// cannot do what is asked of it.
func labels(p *specs.Process) (list []string, err error) {
	if p.ApparmorProfile != "" {
		file, enabled := appArmor()
		if !enabled {
			return nil, in("apparmorProfile", errors.New("AppArmor is not enabled on this host"))
		}
		list = append(list, file+"=exec "+p.ApparmorProfile)
	}
	if p.SelinuxLabel != "" {
		if !seLinux() {
			return nil, in("selinuxLabel", errors.New("SELinux is not enabled on this host"))
		}
		list = append(list, "/proc/self/attr/exec="+p.SelinuxLabel)
	}
	return list, nil
}

// appArmor is the file for a profile: since Linux 5.8 AppArmor has one of its own, so that SELinux
// can be there as well.
func appArmor() (file string, enabled bool) {
	const own, shared = "/proc/self/attr/apparmor/exec", "/proc/self/attr/exec"
	state, err := utils.ReadFile("/sys/module/apparmor/parameters/enabled")
	if err != nil || !strings.HasPrefix(state, "Y") {
		return "", false
	}
	if _, err := os.Stat(own); err == nil {
		return own, true
	}
	return shared, true
}

func seLinux() bool {
	_, err := os.Stat("/sys/fs/selinux/enforce")
	return err == nil
}
