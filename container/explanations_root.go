package container

import (
	"fmt"

	"github.com/mydocker/mydocker/container/explain"
)

func (r *run) explainRoot() []explain.Action {
	root := &r.config.Root
	if root.Dir == "" {
		return nil
	}
	return []explain.Action{{
		Kernel: fmt.Sprintf("stat(%q, ...)", root.Dir),
		Why:    "The container's root has to be a directory; a link to one is followed on the host.",
		Shell:  "test -d " + explain.Quote(root.Dir),
		Use:    explain.AsIs,
	}}
}

func (r *run) explainRootPlan() []explain.Action {
	if !r.config.Root.Own() {
		return nil
	}
	return []explain.Action{{
		Kernel: `read("/etc/resolv.conf", ...)`,
		Why:    "The container gets a copy of the host's resolver, and a name and addresses of its own; all that init will mount is decided now.",
		Shell:  "cat /etc/resolv.conf",
		Use:    explain.AsIs,
	}}
}
