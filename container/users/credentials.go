package users

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// The files in which names of users and groups are looked up.
const (
	// PasswdFile is passwd(5).
	PasswdFile = "/etc/passwd"
	groupFile  = "/etc/group"
)

// Credentials are who the command runs as.
type Credentials struct {
	spec     string // as it was asked for
	UID, GID uint32
	Groups   []uint32 // all of them, gid too
	home     string   // "" if it is not to change
	born     bool     // init is that already
}

func (u *Credentials) String() string { return u.spec }

// Become reports whether init has to become u.
func (u *Credentials) Become() bool { return u != nil && !u.born }

// Find looks the user and the further groups up that were asked for, in the files of the
// container, or in the host's where they are nil. It returns nil where none were: then it is
// mydocker's own, or root of the user namespace; where the root file system is not a view of
// the host's, it is its root.
func Find(user string, groups []string, files *Files, namespace *UserNamespace) (*Credentials, error) {
	if user == "" && len(groups) == 0 && !files.ownRoot() {
		return nil, nil
	}
	read := readHost
	if files != nil {
		read = files.read
	}
	passwd, err := read(PasswdFile)
	if err != nil {
		return nil, err
	}
	group, err := read(groupFile)
	if err != nil {
		return nil, err
	}
	known := parseGroup(group)
	var found *Credentials
	switch {
	case user != "":
		found, err = lookUpUser(user, parsePasswd(passwd), known)
	case files.ownRoot():
		found, err = rootOf(parsePasswd(passwd), known, namespace)
	case namespace != nil:
		found = &Credentials{spec: "root of the user namespace"}
	default:
		found, err = ownUser()
	}
	if err == nil {
		found.leaveUnmapped(namespace)
		err = found.add(groups, known)
		found.born = found.born && len(groups) == 0
	}
	if err == nil {
		err = found.checkMapped(namespace)
	}
	return found, err
}

// rootOf is root of a container with accounts of its own, with the groups that root has
// there. A caller who is not root stays who it is.
func rootOf(accounts []account, groups []groupEntry, namespace *UserNamespace) (*Credentials, error) {
	root, err := lookUpUser("0:", accounts, groups)
	if err == nil && namespace == nil && os.Geteuid() != 0 {
		home := root.home
		root, err = ownUser()
		root.home = home
		return root, err
	}
	root.spec = "root"
	if err == nil && namespace == nil {
		root.born, err = isCaller(root)
	}
	return root, err
}

// isCaller reports whether u is who mydocker runs as, and so who init is born as.
func isCaller(u *Credentials) (bool, error) {
	own, err := ownUser()
	if err != nil || own.UID != u.UID || own.GID != u.GID || os.Getuid() != int(u.UID) || os.Getgid() != int(u.GID) {
		return false, err
	}
	groups := slices.Clone(u.Groups)
	slices.Sort(groups)
	slices.Sort(own.Groups)
	return slices.Equal(groups, slices.Compact(own.Groups)) || cannotSetGroups(), nil
}

// cannotSetGroups reports whether mydocker is in a user namespace that forbids setgroups(2),
// as an ordinary user's does: the groups there are what they are.
func cannotSetGroups() bool {
	setting, err := utils.ReadFile("/proc/self/setgroups")
	return err == nil && setting == "deny"
}

// leaveUnmapped takes u out of groups that do not exist in the namespace and that nobody
// has asked for: the container's files cannot belong to them either.
func (u *Credentials) leaveUnmapped(namespace *UserNamespace) {
	u.Groups = slices.DeleteFunc(u.Groups, func(gid uint32) bool { return gid != u.GID && !namespace.HasGroup(gid) })
}

// checkMapped refuses an id that the namespace does not have, which the kernel would do
// without saying which. Root without other groups is who init is already.
func (u *Credentials) checkMapped(namespace *UserNamespace) error {
	if namespace == nil {
		return nil // the kernel has them all
	}
	if _, mapped := namespace.host(u.UID); !mapped {
		return notMapped("user", u.UID, namespace.UIDs)
	}
	for _, gid := range append([]uint32{u.GID}, u.Groups...) {
		if !namespace.HasGroup(gid) {
			return notMapped("group", gid, namespace.GIDs)
		}
	}
	others := slices.ContainsFunc(u.Groups, func(gid uint32) bool { return gid != 0 })
	u.born = u.UID == 0 && u.GID == 0 && !others
	return nil
}

func notMapped(kind string, id uint32, maps []spec.IDMap) error {
	var ranges strings.Builder
	for n, m := range maps[:min(len(maps), 3)] {
		if n > 0 {
			ranges.WriteString(", ")
		}
		fmt.Fprintf(&ranges, "%d to %d", m.Container, m.Container+m.Size-1)
	}
	return fmt.Errorf("%s %d does not exist in the container's user namespace, which has %s "+
		"(subordinate ids in /etc/subuid and /etc/subgid, or --uidmap and --gidmap, give it more)", kind, id, ranges.String())
}

// ownUser is mydocker's own user.
func ownUser() (*Credentials, error) {
	groups, err := os.Getgroups()
	if err != nil {
		return nil, err
	}
	u := &Credentials{spec: "the caller", UID: uint32(os.Geteuid()), GID: uint32(os.Getegid())}
	for _, gid := range groups {
		u.Groups = append(u.Groups, uint32(gid))
	}
	return u, nil
}

// lookUpUser finds NAME|UID[:GROUP|GID], as Docker does: what is a number is
// never taken for a name and need not be known; without a group it is the user's
// own, with those that list the user as a member, and for an unknown number 0.
func lookUpUser(spec string, accounts []account, groups []groupEntry) (*Credentials, error) {
	name, group, _ := strings.Cut(spec, ":")
	if name == "" {
		name = "0"
	}
	u := &Credentials{spec: spec, home: "/"}
	id, isID := parseID(name)
	known := slices.IndexFunc(accounts, func(a account) bool {
		return isID && a.uid == id || !isNumber(name) && a.name == name
	})
	switch {
	case known >= 0:
		u.UID, u.GID, u.home = accounts[known].uid, accounts[known].gid, cmp.Or(accounts[known].home, "/")
	case isID:
		u.UID = id
	case isNumber(name):
		return nil, fmt.Errorf("user %q is out of range: 0 to %d", name, maxID)
	default:
		return nil, fmt.Errorf("no user %q in %s", name, PasswdFile)
	}
	if group != "" {
		gid, err := lookUpGroup(group, groups)
		u.GID, u.Groups = gid, []uint32{gid}
		return u, err
	}
	u.Groups = []uint32{u.GID}
	if known >= 0 {
		u.join(groups, accounts[known].name)
	}
	return u, nil
}

// join gives u the groups that list a name as a member.
func (u *Credentials) join(groups []groupEntry, member string) {
	for _, group := range groups {
		if slices.Contains(group.members, member) {
			u.addGroup(group.gid)
		}
	}
}

// add gives u further groups. As in Docker, what is a number may be a group's name,
// too, and the first line of the file with either counts.
func (u *Credentials) add(names []string, groups []groupEntry) error {
	for _, name := range names {
		id, isID := parseID(name)
		known := slices.IndexFunc(groups, func(g groupEntry) bool { return g.name == name || isID && g.gid == id })
		if known >= 0 {
			u.addGroup(groups[known].gid)
			continue
		}
		gid, err := lookUpGroup(name, groups)
		if err != nil {
			return err
		}
		u.addGroup(gid)
	}
	if len(u.Groups) > wire.MaxGroups {
		return fmt.Errorf("more groups than the kernel's %d", wire.MaxGroups)
	}
	return nil
}

// addGroup adds a group that u does not have. Where there are too many already nobody looks, for
// each look takes as long as there are groups, and an image may name half a million.
func (u *Credentials) addGroup(gid uint32) {
	if len(u.Groups) <= wire.MaxGroups && !slices.Contains(u.Groups, gid) {
		u.Groups = append(u.Groups, gid)
	}
}

func lookUpGroup(name string, groups []groupEntry) (uint32, error) {
	if gid, isID := parseID(name); isID {
		return gid, nil
	}
	if isNumber(name) {
		return 0, fmt.Errorf("group %q is out of range: 0 to %d", name, maxID)
	}
	known := slices.IndexFunc(groups, func(g groupEntry) bool { return g.name == name })
	if known < 0 {
		return 0, fmt.Errorf("no group %q in %s", name, groupFile)
	}
	return groups[known].gid, nil
}

// Environment is env with the user's HOME, where it has none or an empty one. Without
// a user it is the caller's.
func (u *Credentials) Environment(env []string) []string {
	const name = "HOME="
	if slices.ContainsFunc(env, func(s string) bool { return strings.HasPrefix(s, name) && s != name }) {
		return env
	}
	home := ""
	if u != nil {
		home = u.home
	}
	if home == "" {
		home = homeOf(os.Getuid())
	}
	env = slices.DeleteFunc(slices.Clone(env), func(s string) bool { return s == name })
	return append(env, name+home)
}

// homeOf is a user's home directory, or the root where none is known.
func homeOf(uid int) string {
	passwd, err := readHost(PasswdFile)
	if err != nil {
		return "/" // it is a convenience, and no reason to start nothing
	}
	accounts := parsePasswd(passwd)
	known := slices.IndexFunc(accounts, func(a account) bool { return int(a.uid) == uid })
	if known < 0 {
		return "/"
	}
	return cmp.Or(accounts[known].home, "/")
}

// GiveStreams lets the user open /dev/stdin and the like, which means opening
// the file behind it once more: the pseudo-terminal and anonymous pipes, which
// nobody else finds, become the user's. The caller's own files stay as they are,
// and so does everything where the caller may give nothing away. Without a user
// it is the root of the user namespace who gets them.
func (u *Credentials) GiveStreams(fds [3]int, namespace *UserNamespace) error {
	if u == nil && namespace == nil {
		return nil
	}
	var inside uint32
	if u != nil {
		inside = u.UID
	}
	uid, mapped := namespace.host(inside)
	mayGive, err := utils.HasCapability(unix.CAP_CHOWN)
	if !mapped || int(uid) == os.Geteuid() || !mayGive {
		return err
	}
	for _, fd := range fds {
		var kind unix.Statfs_t
		if err := unix.Fstatfs(fd, &kind); err != nil {
			return fmt.Errorf("statfs of the command's streams: %w", err)
		}
		if kind.Type != unix.PIPEFS_MAGIC && !term.IsTerminal(fd) {
			continue
		}
		if err := unix.Fchown(fd, int(uid), -1); err != nil {
			return fmt.Errorf("give user %d, on the host %d, the command's streams: %w", inside, uid, err)
		}
	}
	return nil
}

// Outside is who the command runs as on the host. Without a user that is mydocker's own
// or root of the user namespace. It is not mapped if the host does not know the ids.
func (u *Credentials) Outside(namespace *UserNamespace) (uid, gid uint32, mapped bool) {
	switch {
	case u != nil:
		uid, gid = u.UID, u.GID
	case namespace == nil:
		return uint32(os.Geteuid()), uint32(os.Getegid()), true
	}
	uid, mappedUser := namespace.host(uid)
	gid, mappedGroup := namespace.hostGroup(gid)
	return uid, gid, mappedUser && mappedGroup
}

// host is who an id of the namespace is outside of it; without a namespace the
// same. It is not mapped if that is nobody.
func (u *UserNamespace) host(uid uint32) (host uint32, mapped bool) {
	if u == nil {
		return uid, true
	}
	return spec.HostID(u.UIDs, uid)
}

func (u *UserNamespace) hostGroup(gid uint32) (host uint32, mapped bool) {
	if u == nil {
		return gid, true
	}
	return spec.HostID(u.GIDs, gid)
}
