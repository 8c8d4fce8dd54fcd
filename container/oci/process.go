package oci

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// process is the container's first process.
func (l *loader) process() error {
	p := l.spec.Process
	if p == nil {
		return in("process", errMissing)
	}
	maps := userMaps{l.plan.UIDs, l.plan.GIDs}
	if err := fillProcess(p, maps, &l.plan.Message, &l.plan.Process); err != nil {
		return in("process", err)
	}
	message := &l.plan.Message
	keepGroups(l.spec.Annotations, message)
	message.Env = withHome(message.Env, l.plan.Rootfs, l.spec.Mounts, p.User.UID)
	return nil
}

// GroupsAnnotation has processes keep the groups of whoever starts them, as crun has it: podman sets
// it for --group-add keep-groups.
const GroupsAnnotation = "run.oci.keep_original_groups"

func keepGroups(annotations map[string]string, message *wire.Config) {
	if value, has := annotations[GroupsAnnotation]; has && value != "0" {
		message.Process.Groups = wire.KeepGroups
	}
}

// userMaps are the ids that a container has; none are all.
type userMaps struct{ uids, gids []spec.IDMap }

// fillProcess is what a first process and one that joins have in common.
func fillProcess(p *specs.Process, maps userMaps, message *wire.Config, connection *lifecycle.Process) error {
	switch {
	case len(p.Args) == 0:
		return in("args", errors.New("it must not be empty"))
	case p.Args[0] == "":
		return in("args[0]", errors.New("the command's name is empty: executable file not found"))
	case p.Cwd == "":
		return in("cwd", errors.New("it must not be empty"))
	case !filepath.IsAbs(p.Cwd):
		return in("cwd", fmt.Errorf("%q is not an absolute path", utils.Shortened(p.Cwd)))
	}
	env, err := environment(p.Env)
	if err != nil {
		return err
	}
	if err := checkUser(&p.User, maps); err != nil {
		return in("user", err)
	}
	message.Args, message.Env = p.Args, env
	world := &message.Process
	world.Dir = p.Cwd
	world.User = fmt.Sprintf("%x %x uid %d, gid %d", p.User.UID, p.User.GID, p.User.UID, p.User.GID)
	world.Groups = groups(p.User.AdditionalGids)
	umask := uint32(defaultUmask)
	if p.User.Umask != nil {
		umask = *p.User.Umask
	}
	world.Umask = fmt.Sprintf("%x %04o", umask, umask)
	if world.Rlimits, connection.HardLimits, err = rlimits(p.Rlimits); err != nil {
		return err
	}
	if err := checkOOMScore(p.OOMScoreAdj); err != nil {
		return in("oomScoreAdj", err)
	}
	connection.OOMScore = p.OOMScoreAdj
	if world.Labels, err = labels(p); err != nil {
		return err
	}
	if err := prioritise(p, world); err != nil {
		return err
	}
	message.Security.NoNewPrivileges = p.NoNewPrivileges
	return connect(p, connection)
}

// defaultUmask is what runc and crun give: engines and their users rely on it, whatever the umask
// of the engine is.
const defaultUmask = 0o022

// groups has each group once: the kernel would show a process what it was given twice, and engines
// do ask for a group twice.
func groups(gids []uint32) string {
	var text strings.Builder
	seen := make(map[uint32]bool, len(gids))
	for _, gid := range gids {
		if !seen[gid] {
			fmt.Fprintf(&text, "%x ", gid)
		}
		seen[gid] = true
	}
	return text.String()
}

// environment has each variable once, with its last value.
func environment(env []string) ([]string, error) {
	seen := make(map[string]bool, len(env))
	list := make([]string, 0, len(env)+1)
	for n, variable := range slices.Backward(env) {
		name, _, found := strings.Cut(variable, "=")
		if !found || name == "" {
			return nil, in(fmt.Sprintf("env[%d]", n), fmt.Errorf("%q is not NAME=VALUE", utils.Shortened(variable)))
		}
		if !seen[name] {
			seen[name] = true
			list = append(list, variable)
		}
	}
	slices.Reverse(list)
	return list, nil
}

// checkUser refuses ids that the kernel would refuse, or take for "leave it as it is" (-1).
func checkUser(user *specs.User, maps userMaps) error {
	if err := checkID(user.UID, maps.uids); err != nil {
		return in("uid", err)
	}
	if err := checkID(user.GID, maps.gids); err != nil {
		return in("gid", err)
	}
	if len(user.AdditionalGids) > wire.MaxGroups {
		return in("additionalGids", fmt.Errorf("%d groups are more than the kernel's %d", len(user.AdditionalGids), wire.MaxGroups))
	}
	for n, gid := range user.AdditionalGids {
		if err := checkID(gid, maps.gids); err != nil {
			return in(fmt.Sprintf("additionalGids[%d]", n), err)
		}
	}
	const allBits = 0o7777
	if user.Umask != nil && *user.Umask&^allBits != 0 {
		return in("umask", fmt.Errorf("%#o has bits that are no permissions", *user.Umask))
	}
	return nil
}

func checkID(id uint32, maps []spec.IDMap) error {
	if id == math.MaxUint32 {
		return fmt.Errorf("%d is no id", id)
	}
	if _, mapped := spec.HostID(maps, id); len(maps) > 0 && !mapped {
		return fmt.Errorf("%d is not mapped in the container's user namespace", id)
	}
	return nil
}

// rlimits are the limits in wire's form, and the hard ones. A type that is there twice is an error in the
// specification.
func rlimits(limits []specs.POSIXRlimit) (list []string, hard []lifecycle.HardLimit, err error) {
	seen := map[int]bool{}
	for n, limit := range limits {
		at := fmt.Sprintf("rlimits[%d]", n)
		name, is := strings.CutPrefix(limit.Type, "RLIMIT_")
		resource, known := spec.ResourceOf(strings.ToLower(name))
		if name == "AS" { // which Docker has no name for
			resource, known = unix.RLIMIT_AS, true
		}
		switch {
		case !is || !known || name != strings.ToUpper(name):
			return nil, nil, in(at+".type", fmt.Errorf("unknown limit %q", utils.Shortened(limit.Type)))
		case seen[resource]:
			return nil, nil, in(at+".type", fmt.Errorf("%s is there twice", limit.Type))
		case limit.Soft > limit.Hard:
			return nil, nil, in(at+".soft", fmt.Errorf("%d is above the hard limit, %d", limit.Soft, limit.Hard))
		}
		seen[resource] = true
		hard = append(hard, lifecycle.HardLimit{Resource: resource, Value: limit.Hard})
		list = append(list, fmt.Sprintf("%x %x %x %s", resource, limit.Soft, limit.Hard, limit.Type))
	}
	return list, hard, nil
}

func checkOOMScore(score *int) error {
	const most = 1000 // OOM_SCORE_ADJ_MAX
	if score != nil && (*score < -most || *score > most) {
		return fmt.Errorf("%d is not from -%d to %d", *score, most, most)
	}
	return nil
}

// connect says how the process is connected. A size without a terminal counts for nothing.
func connect(p *specs.Process, connection *lifecycle.Process) error {
	connection.Owner = p.User.UID
	if !p.Terminal {
		return nil
	}
	connection.Terminal = true
	if size := p.ConsoleSize; size != nil {
		if size.Height > math.MaxUint16 || size.Width > math.MaxUint16 {
			return in("consoleSize", fmt.Errorf("%d x %d is larger than a terminal can be", size.Width, size.Height))
		}
		connection.Rows, connection.Columns = uint16(size.Height), uint16(size.Width)
	}
	return nil
}
