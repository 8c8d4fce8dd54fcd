package container

import (
	"fmt"

	"github.com/mydocker/mydocker/container/explain"
)

func (r *run) explainRoot() []explain.Action {
	root := &r.config.Root
	if root.Image != "" {
		return r.explainImage()
	}
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
	return append(r.explainHidden(), explain.Action{
		Kernel: `read("/etc/resolv.conf", ...)`,
		Why:    "The container gets a copy of the host's resolver, and a name and addresses of its own; all that init will mount is decided now.",
		Shell:  "cat /etc/resolv.conf",
		Use:    explain.AsIs,
	})
}

func (r *run) explainVolumes() (actions []explain.Action) {
	for n := range r.mounts {
		m := &r.mounts[n]
		source := explain.Quote(m.Resolved())
		if m.IsMissing() {
			actions = append(actions, explain.Action{
				Kernel:   fmt.Sprintf("mkdirat(AT_FDCWD, %q, 0755)", m.Resolved()),
				Why:      "As in Docker, -v makes a directory on the host where nothing is.",
				Shell:    "mkdir -p " + source,
				Position: explain.Before,
			})
		}
		if uid, gid, _ := r.user.Outside(r.userNamespace); m.Chown {
			actions = append(actions, explain.Action{
				Kernel:   fmt.Sprintf(`fchownat(..., "", %d, %d, AT_EMPTY_PATH)`, uid, gid),
				Why:      "U gives the volume to the command's user.",
				Shell:    fmt.Sprintf("chown -hR %d:%d %s", uid, gid, source),
				Position: explain.Before,
			})
		}
	}
	return actions
}
