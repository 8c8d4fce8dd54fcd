// Package users finds out who a container's users are: the maps of a user
// namespace, and whom the command runs as.
package users

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// UserNamespace is a new user namespace, and who is in it and may write that down.
type UserNamespace struct {
	UIDs, GIDs []spec.IDMap

	// asked says that the maps are the user's own, which hold or nothing runs.
	asked bool
	// helpers says that newuidmap and newgidmap write the maps.
	helpers bool
	// keepGroups says that the kernel lets nobody of the namespace change its
	// groups, which a map without privileges has to pay for.
	keepGroups bool
}

// Resolve finds out what the maps are where none were asked for, and who may write
// them. Without a user namespace it returns nil.
func Resolve(asked *spec.UserNamespace) (*UserNamespace, error) {
	if asked == nil {
		return nil, nil
	}
	privileged, err := utils.HasCapability(unix.CAP_SETUID)
	if err != nil {
		return nil, err
	}
	if privileged {
		return ResolveAsRoot(asked)
	}
	u := newUserNamespace(asked)
	own := u.onlyCaller()
	if !u.asked {
		own = !u.addSubordinates()
	}
	u.helpers, u.keepGroups = !own, own
	return u, nil
}

// ResolveAsRoot is Resolve for a caller who may map all ids.
func ResolveAsRoot(asked *spec.UserNamespace) (*UserNamespace, error) {
	if asked == nil {
		return nil, nil
	}
	u := newUserNamespace(asked)
	denied, err := utils.ReadFile("/proc/self/setgroups")
	u.keepGroups = err == nil && denied == "deny"
	return u, u.mapAsRoot()
}

// Mapped is a user namespace with just these maps.
func Mapped(uids, gids []spec.IDMap) (*UserNamespace, error) {
	return Resolve(&spec.UserNamespace{UIDs: uids, GIDs: gids})
}

func newUserNamespace(asked *spec.UserNamespace) *UserNamespace {
	return &UserNamespace{UIDs: asked.UIDs, GIDs: asked.GIDs, asked: asked.Asked()}
}

// mapAsRoot has two maps of which one is given be alike. Without any, root is who
// the administrator has given it to be, or else who it is.
func (u *UserNamespace) mapAsRoot() error {
	switch {
	case len(u.UIDs) > 0 && len(u.GIDs) > 0:
		return nil
	case len(u.UIDs) > 0:
		u.GIDs = u.UIDs
		return nil
	case len(u.GIDs) > 0:
		u.UIDs = u.GIDs
		return nil
	}
	ownUIDs, err := readMap("/proc/self/uid_map")
	if err != nil {
		return err
	}
	ownGIDs, err := readMap("/proc/self/gid_map")
	if err != nil {
		return err
	}
	uids, gids := within(subordinates("/etc/subuid"), ownUIDs), within(subordinates("/etc/subgid"), ownGIDs)
	if len(uids) == 0 || len(gids) == 0 {
		u.UIDs, u.GIDs = identity(ownUIDs), identity(ownGIDs)
		return nil
	}
	u.UIDs, u.GIDs = appendRanges(nil, uids), appendRanges(nil, gids)
	return nil
}

// within leaves out the ranges that the caller's own user namespace does not have
// all of.
func within(ranges, own []spec.IDMap) []spec.IDMap {
	return slices.DeleteFunc(ranges, func(r spec.IDMap) bool {
		return !slices.ContainsFunc(own, func(o spec.IDMap) bool {
			return r.Host >= o.Container && uint64(r.Host)+uint64(r.Size) <= uint64(o.Container)+uint64(o.Size)
		})
	})
}

// NamespaceOf is the user namespace of a process, as it is seen from the caller's.
func NamespaceOf(pid int) (u *UserNamespace, err error) {
	u = &UserNamespace{}
	if u.UIDs, err = readMap(fmt.Sprintf("/proc/%d/uid_map", pid)); err == nil {
		u.GIDs, err = readMap(fmt.Sprintf("/proc/%d/gid_map", pid))
	}
	return u, err
}

// Users is the map of its users, which is nil where there is no namespace.
func (u *UserNamespace) Users() []spec.IDMap {
	if u == nil {
		return nil
	}
	return u.UIDs
}

// IsInitialNamespace reports whether the caller is in the user namespace that the kernel
// began with, the only one in which each id is itself.
func IsInitialNamespace() (bool, error) {
	own, err := readMap("/proc/self/uid_map")
	return len(own) == 1 && own[0] == spec.IDMap{Size: utils.MaxIDs}, err
}

// KeepsRoot reports whether there is a namespace whose root is who the caller is.
func (u *UserNamespace) KeepsRoot() bool {
	if u == nil {
		return false
	}
	host, mapped := u.host(0)
	return mapped && int(host) == os.Geteuid()
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
	for _, helper := range []string{newUIDMap, newGIDMap} {
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

// Outside lists who the users of the namespace are outside of it.
func (u *UserNamespace) Outside() string {
	ranges := make([]string, 0, len(u.UIDs))
	for _, m := range u.UIDs[:min(len(u.UIDs), 3)] {
		ranges = append(ranges, fmt.Sprintf("%d to %d", m.Host, m.Host+m.Size-1))
	}
	if len(u.UIDs) > len(ranges) {
		ranges = append(ranges, "others")
	}
	return strings.Join(ranges, ", ")
}

// appendRanges maps each range of the host behind what is mapped already, as far as
// the kernel takes it. One that shares ids with an earlier one, such as a line that is
// there twice, is left out: the kernel takes no id twice.
func appendRanges(maps, ranges []spec.IDMap) []spec.IDMap {
	own := len(maps)
	for _, r := range ranges {
		next := uint64(0)
		if len(maps) > 0 {
			last := maps[len(maps)-1]
			next = uint64(last.Container) + uint64(last.Size)
		}
		m := spec.IDMap{Container: uint32(next), Host: r.Host, Size: r.Size}
		if next+uint64(r.Size) > utils.MaxIDs || !spec.Fits(append(maps, m)) {
			break
		}
		if !slices.ContainsFunc(maps[own:], m.Overlaps) {
			maps = append(maps, m)
		}
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
func identity(own []spec.IDMap) []spec.IDMap {
	maps := slices.Clone(own)
	for n := range maps {
		maps[n].Host = maps[n].Container
	}
	return maps
}

// readMap reads a file like /proc/self/uid_map.
func readMap(file string) ([]spec.IDMap, error) {
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
		maps = append(maps, m)
	}
	return maps, nil
}

// RootIDs are those of the host that root of the namespace has, or the caller's.
func (u *UserNamespace) RootIDs() (uid, gid int) {
	uid, gid = os.Geteuid(), os.Getegid()
	if u == nil {
		return uid, gid
	}
	for _, m := range u.UIDs {
		if m.Container == 0 {
			uid = int(m.Host)
		}
	}
	for _, m := range u.GIDs {
		if m.Container == 0 {
			gid = int(m.Host)
		}
	}
	return uid, gid
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
	for capability := uintptr(0); isCapability(capability); capability++ {
		all = append(all, capability)
	}
	return all
}

// isCapability asks the kernel whether it knows one. A /proc that has processes alone
// (subset=pid) has no cap_last_cap.
func isCapability(capability uintptr) bool {
	_, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, capability, 0, 0, 0)
	return err == nil
}

// NeedsHelpers reports whether newuidmap and newgidmap write the maps.
func (u *UserNamespace) NeedsHelpers() bool { return u.helpers }

// KeepsGroups reports whether the kernel lets nobody of the namespace change its
// groups.
func (u *UserNamespace) KeepsGroups() bool { return u.keepGroups }

// HasGroup reports whether a group exists in the namespace, or in the caller's own where
// that is nil.
func (u *UserNamespace) HasGroup(gid uint32) bool {
	var groups []spec.IDMap
	if u != nil {
		groups = u.GIDs
	} else if own, err := readMap("/proc/self/gid_map"); err == nil {
		groups = own
	} else {
		return true // the kernel knows
	}
	_, has := spec.HostID(groups, gid)
	return has
}
