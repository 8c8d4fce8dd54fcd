package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

func userChecks() []check {
	return []check{{"user", "privileges", privileges, "run it as root, and in another runtime's container with --privileged"}}
}

const sysAdmin = "CAP_SYS_ADMIN"

// missingCapabilities lists those that the caller lacks of the ones that a run
// without a user namespace needs: for namespaces and mounts, and for the
// loopback device.
func missingCapabilities() ([]string, error) {
	var missing []string
	for _, needed := range []struct {
		number int
		name   string
	}{{unix.CAP_SYS_ADMIN, sysAdmin}, {unix.CAP_NET_ADMIN, "CAP_NET_ADMIN"}} {
		has, err := utils.HasCapability(needed.number)
		if err != nil {
			return nil, err
		}
		if !has {
			missing = append(missing, needed.name)
		}
	}
	return missing, nil
}

func privileges(h *Host) answer {
	if len(h.missing) == 0 {
		return ok(fmt.Sprintf("uid %d, with CAP_SYS_ADMIN and CAP_NET_ADMIN", h.uid))
	}
	found := fmt.Sprintf("uid %d, without %s", h.uid, strings.Join(h.missing, " and "))
	if h.tried.works && !h.privileged() {
		return ok(found + "; run makes itself a user namespace")
	}
	return h.serious(found)
}

func userNamespaceChecks() []check {
	const group = "user namespaces"
	return []check{
		{group, "Debian's switch", unprivilegedClone, "sysctl -w kernel.unprivileged_userns_clone=1"},
		{group, "AppArmor", appArmor, "an AppArmor profile for mydocker with \"userns,\", or sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
		{group, "newuidmap, newgidmap", mapHelpers, "apt-get install uidmap (shadow-utils elsewhere); both have to be set-user-ID root"},
		{group, "/etc/subuid", func(h *Host) answer { return h.subordinates("/etc/subuid") }, "usermod --add-subuids 100000-165535 USER"},
		{group, "/etc/subgid", func(h *Host) answer { return h.subordinates("/etc/subgid") }, "usermod --add-subgids 100000-165535 USER"},
	}
}

// unprivilegedClone is a switch of Debian's kernels.
func unprivilegedClone(h *Host) answer {
	switch value := h.value("/proc/sys/kernel/unprivileged_userns_clone"); value {
	case "":
		return ok("kernel.unprivileged_userns_clone is not there")
	case "0":
		return h.ordinary("kernel.unprivileged_userns_clone is 0: only root may make user namespaces")
	default:
		return ok("kernel.unprivileged_userns_clone is " + value)
	}
}

// appArmor is a switch of Ubuntu's kernels: who makes a user namespace gets no
// capabilities in it, unless a profile says so.
func appArmor(h *Host) answer {
	const name = "kernel.apparmor_restrict_unprivileged_userns"
	switch value := h.value("/proc/sys/" + strings.ReplaceAll(name, ".", "/")); {
	case value == "":
		return ok(name + " is not there")
	case value == "0" || h.tried.works && !h.privileged():
		return ok(name + " is " + value + ": mydocker is let through")
	default:
		return h.ordinary(name + " is " + value + ": an ordinary user's user namespace has no capabilities")
	}
}

// mapHelpers looks for the two programs that give an ordinary user's namespace
// more than one id. Without them it has one, which is no failure.
func mapHelpers(h *Host) answer {
	if h.privileged() {
		return ok("root needs none")
	}
	var found []string
	for _, name := range []string{"newuidmap", "newgidmap"} {
		path := h.lookUp(name)
		if path == "" {
			return answer{status: Note, found: name + " is not in PATH: an ordinary user's container has one user, root"}
		}
		var stat unix.Stat_t
		if err := unix.Stat(h.root+path, &stat); err != nil || !h.gainsPrivileges(path, &stat) {
			return h.serious(path + " is neither set-user-ID root nor has it file capabilities, so it can write no map, and an ordinary user's container has one user, root")
		}
		found = append(found, path)
	}
	if field(h.value("/proc/self/status"), "NoNewPrivs") == "1" {
		a := h.serious("no_new_privs is set here, so that " + found[0] + " gains no privileges, and an ordinary user's container has one user, root")
		a.remedy = "start it without no_new_privs, which setpriv, bwrap and systemd's NoNewPrivileges= set"
		return a
	}
	return ok(strings.Join(found, ", "))
}

// gainsPrivileges reports whether a program is set-user-ID root, or has
// capabilities of its own (capabilities(7)).
func (h *Host) gainsPrivileges(path string, stat *unix.Stat_t) bool {
	size, err := unix.Getxattr(h.root+path, "security.capability", nil)
	return stat.Uid == 0 && stat.Mode&unix.S_ISUID != 0 || err == nil && size > 0
}

func (h *Host) lookUp(name string) string {
	for _, dir := range filepath.SplitList(h.path) {
		if path := filepath.Join(dir, name); unix.Access(h.root+path, unix.X_OK) == nil {
			return path
		}
	}
	return ""
}

// subordinates looks for the caller's ranges in a file like /etc/subuid.
func (h *Host) subordinates(file string) answer {
	var ranges []string
	for _, r := range utils.Subordinates(h.value(file), h.value("/etc/passwd"), h.uid) {
		ranges = append(ranges, fmt.Sprintf("%d from %d", r.Count, r.First))
	}
	if len(ranges) == 0 && h.privileged() {
		return ok("none for root, who needs them for --userns private alone")
	}
	if len(ranges) == 0 {
		return answer{status: Note, found: fmt.Sprintf("no range for uid %d: its container has one user, root", h.uid)}
	}
	return ok(strings.Join(ranges, ", "))
}

// WantsColour reports whether text for f may be coloured: it is a terminal, and
// the user has not said otherwise (no-color.org).
func WantsColour(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
