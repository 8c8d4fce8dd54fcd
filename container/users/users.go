// Package users finds out who a container's users are: the maps of a user
// namespace, and whom the command runs as.
package users

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// UserNamespace is a new user namespace, and who is in it and may write that down.
type UserNamespace struct {
	UIDs, GIDs []spec.IDMap

	// helpers says that newuidmap and newgidmap write the maps.
	helpers bool
	// keepGroups says that the kernel lets nobody of the namespace change its
	// groups, which a map without privileges has to pay for.
	keepGroups bool

	lastCapability int
}

// Resolve finds out what the maps are where none were asked for, and who may write
// them. Without a user namespace it returns nil.
func Resolve(asked *spec.UserNamespace) (*UserNamespace, error) {
	if asked == nil {
		return nil, nil
	}
	u := &UserNamespace{UIDs: asked.UIDs, GIDs: asked.GIDs}
	return u, u.resolve()
}

// ResolveAsRoot is Resolve for a caller who may map all ids.
func ResolveAsRoot(asked *spec.UserNamespace) (*UserNamespace, error) {
	if asked == nil {
		return nil, nil
	}
	u := &UserNamespace{UIDs: asked.UIDs, GIDs: asked.GIDs}
	return u, u.resolveAsRoot()
}

// resolve replaces what is empty, and finds out who may write the maps.
func (u *UserNamespace) resolve() error {
	if err := u.findLastCapability(); err != nil {
		return err
	}
	privileged, err := utils.HasCapability(unix.CAP_SETUID)
	if err != nil {
		return err
	}
	if privileged {
		denied, err := utils.ReadFile("/proc/self/setgroups")
		u.keepGroups = err == nil && denied == "deny"
		return u.resolveAsRoot()
	}
	asked := len(u.UIDs) > 0 || len(u.GIDs) > 0
	own := u.onlyCaller()
	if !asked {
		own = !u.addSubordinates()
	}
	u.helpers, u.keepGroups = !own, own
	return nil
}

// resolveAsRoot maps every id to itself where nothing else was asked for.
func (u *UserNamespace) resolveAsRoot() (err error) {
	if len(u.UIDs) == 0 {
		if u.UIDs, err = identity("/proc/self/uid_map"); err != nil {
			return err
		}
	}
	if len(u.GIDs) == 0 {
		u.GIDs, err = identity("/proc/self/gid_map")
	}
	return err
}

// onlyCaller maps the caller to root, and nobody else, where no map was asked
// for. It reports whether that is all that the maps do: then the kernel lets an
// ordinary process write them.
func (u *UserNamespace) onlyCaller() bool {
	uid, gid := uint32(os.Geteuid()), uint32(os.Getegid())
	if len(u.UIDs) == 0 {
		u.UIDs = []spec.IDMap{{Host: uid, Size: 1}}
	}
	if len(u.GIDs) == 0 {
		u.GIDs = []spec.IDMap{{Host: gid, Size: 1}}
	}
	return len(u.UIDs) == 1 && u.UIDs[0].Host == uid && u.UIDs[0].Size == 1 &&
		len(u.GIDs) == 1 && u.GIDs[0].Host == gid && u.GIDs[0].Size == 1
}

// addSubordinates appends the caller's subordinate ids, if all is set up that
// they need.
func (u *UserNamespace) addSubordinates() bool {
	for _, helper := range []string{"newuidmap", "newgidmap"} {
		if _, err := exec.LookPath(helper); err != nil {
			return false
		}
	}
	uids, gids := subordinates("/etc/subuid"), subordinates("/etc/subgid")
	if len(uids) == 0 || len(gids) == 0 {
		return false
	}
	u.UIDs, u.GIDs = appendRanges(u.UIDs, uids), appendRanges(u.GIDs, gids)
	return true
}

// appendRanges maps each range of the host behind what is mapped already.
func appendRanges(maps, ranges []spec.IDMap) []spec.IDMap {
	next := maps[len(maps)-1].Container + 1
	for _, r := range ranges {
		maps = append(maps, spec.IDMap{Container: next, Host: r.Host, Size: r.Size})
		next += r.Size
	}
	return maps
}

// subordinates reads the caller's ranges of a file like /etc/subuid. Without one
// there are none.
func subordinates(file string) (ranges []spec.IDMap) {
	content, err := utils.ReadFile(file)
	if err != nil {
		return nil
	}
	passwd, err := utils.ReadFile(PasswdFile)
	if err != nil {
		passwd = "" // then by number alone
	}
	for _, r := range utils.Subordinates(content, passwd, os.Getuid()) {
		ranges = append(ranges, spec.IDMap{Host: r.First, Size: r.Count})
	}
	return ranges
}

// identity maps all ids that the calling process has to themselves. A user
// namespace may lack some of its parent's.
func identity(file string) ([]spec.IDMap, error) {
	content, err := utils.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var maps []spec.IDMap
	for line := range strings.Lines(content) {
		var m spec.IDMap
		if _, err := fmt.Sscan(line, &m.Container, &m.Host, &m.Size); err != nil {
			return nil, fmt.Errorf("%s: %q: %w", file, line, err)
		}
		maps = append(maps, spec.IDMap{Container: m.Container, Host: m.Container, Size: m.Size})
	}
	return maps, nil
}

// MapFile is a file of /proc/PID that a map is written to, and the program that does
// it for those who may not.
type MapFile struct {
	Name, Helper string
	Maps         []spec.IDMap
}

// Files are the maps of u.
func (u *UserNamespace) Files() []MapFile {
	return []MapFile{{"uid_map", "newuidmap", u.UIDs}, {"gid_map", "newgidmap", u.GIDs}}
}

// Write gives the user namespace of process pid its maps.
func (u *UserNamespace) Write(pid int) error {
	if u.helpers {
		var errs []error
		for _, file := range u.Files() {
			errs = append(errs, runHelper(file.Helper, pid, file.Maps))
		}
		return errors.Join(errs...)
	}
	dir := fmt.Sprintf("/proc/%d/", pid)
	if u.keepGroups {
		if err := utils.WriteFile(dir+"setgroups", "deny"); err != nil {
			return err
		}
	}
	for _, file := range u.Files() {
		content := strings.Join(Lines(file.Maps), "\n")
		if err := utils.WriteFile(dir+file.Name, content); err != nil {
			return fmt.Errorf("%w (ranges must not overlap, and have to be the caller's to give)", err)
		}
	}
	return nil
}

// runHelper has a set-user-ID program check and write a map (newuidmap(1)).
func runHelper(name string, pid int, maps []spec.IDMap) error {
	arguments := append([]string{strconv.Itoa(pid)}, strings.Fields(strings.Join(Lines(maps), " "))...)
	output, err := exec.Command(name, arguments...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(arguments, " "), err, strings.TrimSpace(string(output)))
	}
	return nil
}

// Lines are maps as the kernel reads them, a line each.
func Lines(maps []spec.IDMap) []string {
	list := make([]string, 0, len(maps))
	for _, m := range maps {
		list = append(list, m.String())
	}
	return list
}

// Root tells init who it is.
func (u *UserNamespace) Root() string {
	switch {
	case u == nil:
		return ""
	case u.keepGroups:
		return wire.RootWithGroups
	}
	return wire.RootAlone
}

// Capabilities are those that init has before it is root: all. It needs but some
// of them, but where the execve of the command brought further ones the kernel
// would forget the signal that ends the container with mydocker (commit_creds).
func (u *UserNamespace) Capabilities() (all []uintptr) {
	if u == nil {
		return nil
	}
	for capability := range uintptr(u.lastCapability + 1) {
		all = append(all, capability)
	}
	return all
}

// findLastCapability asks the kernel for the highest capability that it knows.
func (u *UserNamespace) findLastCapability() error {
	content, err := utils.ReadFile("/proc/sys/kernel/cap_last_cap")
	if err != nil {
		return err
	}
	u.lastCapability, err = strconv.Atoi(content)
	return err
}

// NeedsHelpers reports whether newuidmap and newgidmap write the maps.
func (u *UserNamespace) NeedsHelpers() bool { return u.helpers }

// KeepsGroups reports whether the kernel lets nobody of the namespace change its
// groups.
func (u *UserNamespace) KeepsGroups() bool { return u.keepGroups }
