package oci

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/decode"
	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/utils"
)

// LoadProcess reads what exec is to start in the container with the given record: a process as
// JSON, as engines pass it in a file.
func LoadProcess(text []byte, container *lifecycle.Record) (*lifecycle.Exec, error) {
	p := new(specs.Process)
	err := in("process", decode.Text(string(text), p))
	var exec *lifecycle.Exec
	if err == nil {
		exec, err = execOf(p, container)
	}
	if err != nil {
		return nil, &lineError{err}
	}
	return exec, nil
}

// Command is what exec is to start in a container, as its flags say it. What they do not say is
// as for the container's first process.
type Command struct {
	Args, Env []string
	// Cwd, User (UID[:GID]), AppArmor and SELinux are "" for the container's.
	Cwd, User, AppArmor, SELinux string
	// AdditionalGIDs and Capabilities are more than the container's own.
	AdditionalGIDs, Capabilities []string
	// NoNewPrivileges is nil for the container's.
	NoNewPrivileges *bool
	Terminal        bool
	// Cgroups are as in lifecycle.Exec.
	Cgroups map[string]string
}

// LoadCommand is LoadProcess for a command line.
func LoadCommand(command *Command, container *lifecycle.Record) (*lifecycle.Exec, error) {
	p, err := processOf(container)
	if err != nil {
		return nil, err
	}
	if err := command.apply(p); err != nil {
		return nil, err
	}
	exec, err := execOf(p, container)
	if err != nil {
		return nil, &lineError{err}
	}
	exec.Cgroups = command.Cgroups
	return exec, nil
}

// processOf is the container's first process.
func processOf(container *lifecycle.Record) (*specs.Process, error) {
	p := new(specs.Process)
	if err := decode.Text(string(container.Process), p); err != nil {
		return nil, fmt.Errorf("the container's record: %w", in("process", err))
	}
	return p, nil
}

func (c *Command) apply(p *specs.Process) error {
	p.Args, p.Terminal = c.Args, c.Terminal
	p.Env = append(p.Env, c.Env...)
	for _, set := range []struct {
		to   *string
		from string
	}{{&p.Cwd, c.Cwd}, {&p.ApparmorProfile, c.AppArmor}, {&p.SelinuxLabel, c.SELinux}} {
		if set.from != "" {
			*set.to = set.from
		}
	}
	if c.NoNewPrivileges != nil {
		p.NoNewPrivileges = *c.NoNewPrivileges
	}
	c.applyCapabilities(p)
	return c.applyUser(&p.User)
}

// applyUser takes numbers alone: a name would be looked up in files of the container's.
func (c *Command) applyUser(user *specs.User) (err error) {
	if c.User != "" {
		uid, gid, hasGID := strings.Cut(c.User, ":")
		if user.UID, err = parseID(uid); err == nil && hasGID {
			user.GID, err = parseID(gid)
		}
		if err != nil {
			return fmt.Errorf("--user %s: %w", utils.Shortened(c.User), err)
		}
	}
	for _, text := range c.AdditionalGIDs {
		gid, err := parseID(text)
		if err != nil {
			return fmt.Errorf("--additional-gids %s: %w", utils.Shortened(text), err)
		}
		user.AdditionalGids = append(user.AdditionalGids, gid)
	}
	return nil
}

func parseID(text string) (uint32, error) {
	id, err := strconv.ParseUint(text, 10, 32)
	if err != nil || id >= utils.MaxIDs {
		return 0, errors.New("not UID[:GID] in numbers")
	}
	return uint32(id), nil
}

// applyCapabilities adds to all sets but the inheritable one, which would give them to programs
// whose files have capabilities (CVE-2022-29162). Ambient they are if some are inheritable already.
// Names that are unknown are left out where all sets are read, with a warning.
func (c *Command) applyCapabilities(p *specs.Process) {
	if len(c.Capabilities) == 0 {
		return
	}
	if p.Capabilities == nil {
		p.Capabilities = new(specs.LinuxCapabilities)
	}
	sets := p.Capabilities
	for _, name := range c.Capabilities {
		sets.Bounding, sets.Effective, sets.Permitted = append(sets.Bounding, name), append(sets.Effective, name), append(sets.Permitted, name)
		if slices.Contains(sets.Inheritable, name) {
			sets.Ambient = append(sets.Ambient, name)
		}
	}
}

// execOf is what joins a container. What a process does not say of limits and capabilities is as
// for the container's first, and what is said of the whole container (seccomp) holds for each.
func execOf(p *specs.Process, container *lifecycle.Record) (*lifecycle.Exec, error) {
	first, err := processOf(container)
	if err != nil {
		return nil, err
	}
	own := p.Capabilities != nil
	inherit(p, first)
	exec := &lifecycle.Exec{AllCPUs: true}
	exec.Message.Security = container.Security
	security := &exec.Message.Security
	maps := userMaps{container.UIDs, container.GIDs}
	if err := fillProcess(p, maps, &exec.Message, &exec.Process); err != nil {
		return nil, in("process", err)
	}
	keepGroups(container.Annotations, &exec.Message)
	known, available := availableCapabilities(container.Joins&unix.CLONE_NEWUSER != 0)
	var warnings []string
	if security.Capabilities, warnings = capabilities(p.Capabilities, known, available); own {
		exec.Warnings = warnings // else create has told
	}
	exec.Message.Env = withHome(exec.Message.Env, fmt.Sprintf("/proc/%d/root", container.Pid), nil, p.User.UID)
	if affinity := p.ExecCPUAffinity; affinity != nil {
		exec.InitialCPUs, exec.FinalCPUs = affinity.Initial, affinity.Final
	}
	if exec.Message.Marshal() == nil {
		return nil, errors.New("process: it holds a NUL byte")
	}
	return exec, nil
}

// inherit adds what a process has of the container's first.
func inherit(p, first *specs.Process) {
	if p.Capabilities == nil {
		p.Capabilities = first.Capabilities
	}
	if len(p.Rlimits) == 0 {
		p.Rlimits = first.Rlimits
	}
	if p.OOMScoreAdj == nil {
		p.OOMScoreAdj = first.OOMScoreAdj
	}
	if p.Scheduler == nil {
		p.Scheduler = first.Scheduler
	}
	if p.IOPriority == nil {
		p.IOPriority = first.IOPriority
	}
	if p.ExecCPUAffinity == nil {
		p.ExecCPUAffinity = first.ExecCPUAffinity
	}
	if p.ApparmorProfile == "" {
		p.ApparmorProfile = first.ApparmorProfile
	}
	if p.SelinuxLabel == "" {
		p.SelinuxLabel = first.SelinuxLabel
	}
}
