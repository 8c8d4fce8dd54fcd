package lifecycle

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups/group"
	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/signals"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// CreateOptions are how the caller of create is connected with the container.
type CreateOptions struct {
	// PidFile gets the pid of init as the caller sees it, "" for none.
	PidFile string
	// ConsoleSocket is the socket that gets the master of the pseudo-terminal, "" for none.
	ConsoleSocket string
	// PidfdSocket is the socket that gets a pidfd of the process, "" for none.
	PidfdSocket string
	// PreserveFDs is how many of the caller's descriptors the command gets, from 3 on.
	PreserveFDs int
}

// creation is a container on its way to be created.
type creation struct {
	*Container
	plan    *Plan
	options CreateOptions
	// foreground is the caller that stays, or nil.
	foreground *Foreground

	birth         birth
	joins         []*os.File           // those of birth, open
	userNamespace *users.UserNamespace // nil for no new one
	groups        *group.Group
	unit          *unit // nil where systemd makes no cgroup
	start, result int   // descriptors of the two FIFOs
	pidfdSocket   int   // connected, or -1
	process       *initproc.ParentProcess
	cloner        initproc.Cloner
	hooked        bool // hooks were run
	undo          utils.Undo
}

// createSteps lists them in their order. What a step makes it pushes on the undo stack, which
// runs where a later one fails. A create that is killed leaves what delete --force removes: the
// record names cgroups and process before they are there.
func createSteps() []step[*creation] {
	return []step[*creation]{
		{"find namespaces", (*creation).findNamespaces},
		{"count mounts", (*creation).countMounts},
		{"find cgroups", (*creation).findCgroups},
		{"write the record", (*creation).writeRecord},
		{"create cgroups", (*creation).createCgroups},
		{"make the directory of notifications", (*creation).makeNotify},
		{"prepare init", (*creation).prepareInit},
		{"start init", (*creation).startInit},
		{"write down its pid", (*creation).recordInit},
		{"enter the systemd unit", (*creation).enterUnit},
		{"use the privileges of the caller", (*creation).usePrivileges},
		{"set limits", (*creation).setLimits},
		{"send the command", (*creation).sendCommand},
		{"map users", (*creation).mapUsers},
		{"pass the terminal on", (*creation).passTerminal},
		{"run hooks", (*creation).runHooks},
		{"pass the listener on", (*creation).passListener},
		{"await init", (*creation).awaitInit},
		{"write the pid file", (*creation).writePidFile},
	}
}

// Create makes a container whose init waits for the start. Where it fails nothing is left.
func (r *Root) Create(id string, plan *Plan, options CreateOptions) (c *Container, err error) {
	var process *initproc.ParentProcess
	err = signals.Unignore(func() error {
		c, process, err = r.create(id, plan, options, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	process.Release()
	return c, process.Close()
}

// create returns the init process, too, for who waits for it. It is connected with the caller's
// streams as they are, or by foreground.
func (r *Root) create(id string, plan *Plan, options CreateOptions, foreground *Foreground) (*Container, *initproc.ParentProcess, error) {
	c, err := r.make(id)
	if err != nil {
		return nil, nil, err
	}
	creation := &creation{Container: c, plan: plan, options: options, foreground: foreground, start: -1, result: -1, pidfdSocket: -1}
	creation.undo.Add(creation.endHooks)
	creation.undo.Add(c.remove)
	creation.undo.Add(c.removeMounts)
	if err := work(creation, createSteps(), c.done); err != nil {
		return nil, nil, errors.Join(creation.explainMount(err), creation.undo.Run(), creation.release(), c.Close())
	}
	return c, creation.process, errors.Join(creation.release(), c.unlock())
}

// release closes what create has open.
func (c *creation) release() error {
	var errs []error
	for _, file := range c.joins {
		errs = append(errs, file.Close())
	}
	for _, fd := range append([]int{c.start, c.result, c.pidfdSocket}, c.plan.Files...) {
		if fd >= 0 {
			errs = append(errs, unix.Close(fd))
		}
	}
	return errors.Join(errs...)
}

func (c *creation) findNamespaces() (err error) {
	p := c.plan
	if err := p.Process.checkTerminal(c.options.ConsoleSocket, c.foreground); err != nil {
		return err
	}
	privileged, err := mayEnter()
	if err != nil {
		return err
	}
	if c.birth, err = newBirth(p.Namespaces, privileged); err != nil {
		return err
	}
	joins, err := p.Namespaces.flags()
	if err != nil {
		return err
	}
	c.Record = Record{
		Version: recordVersion, ID: c.ID, OCIVersion: p.OCIVersion, Bundle: p.Bundle, Rootfs: p.Rootfs, Annotations: p.Annotations,
		Created: time.Now().UTC(), Owner: os.Geteuid(), Joins: joins, UIDs: p.UIDs, GIDs: p.GIDs,
		Security: p.Message.Security, Listener: p.Listener, HasHooks: p.Hooks != nil, Process: p.ProcessConfig, Inside: insideOf(p),
	}
	if c.joins, err = openNamespaces(c.birth.joins); err != nil {
		return err
	}
	if p.Namespaces.IsNew(specs.UserNamespace) {
		c.userNamespace, err = users.Mapped(p.UIDs, p.GIDs)
	}
	return err
}

func (c *creation) findCgroups() (err error) {
	if c.plan.Systemd {
		return c.findUnit()
	}
	if c.groups, err = group.New(c.plan.CgroupsPath, c.ID); err != nil {
		return err
	}
	c.Cgroups = c.groups.Dirs
	return nil
}

func (c *creation) writeRecord() error {
	if err := c.write(configName, c.plan.Config); err != nil {
		return err
	}
	return c.save()
}

// createCgroups leaves nothing where it fails, and does not touch cgroups of others.
func (c *creation) createCgroups() error {
	if c.unit != nil { // systemd makes them for a process that is there
		return nil
	}
	if err := c.groups.Create(); err != nil {
		return err
	}
	c.undo.Add(c.groups.Destroy)
	return nil
}

// prepareInit makes what init is connected by.
func (c *creation) prepareInit() (err error) {
	if err := c.connectPidfd(); err != nil {
		return err
	}
	if c.start, err = c.makeFIFO(startName); err != nil {
		return err
	}
	if c.result, err = c.makeFIFO(resultName); err != nil {
		return err
	}
	streams := [...]int{unix.Stdin, unix.Stdout, unix.Stderr}
	if c.foreground != nil {
		streams = c.foreground.Child()
	}
	if err := giveStreams(streams, c.plan.Process.Owner, c.UIDs, c.plan.Process.Terminal); err != nil {
		return err
	}
	if c.process, err = initproc.NewParentProcess(streams, false, false, c.birth.clone); err != nil {
		return err
	}
	c.undo.Add(c.process.Close)
	if c.plan.Process.Terminal {
		if err := c.process.ExpectTerminal(); err != nil {
			return err
		}
	}
	files := append([]int(nil), c.plan.Files...)
	for _, file := range c.joins {
		files = append(files, int(file.Fd()))
	}
	for n := range c.options.PreserveFDs {
		files = append(files, firstPreserved+n)
	}
	if err := c.process.Inherit(c.start, c.result, files...); err != nil {
		return err
	}
	if err := c.process.ProtectProgram(); err != nil {
		return err
	}
	c.cloner, err = initproc.NewCloner(c.birth.thread, false, nil)
	return err
}

// makeFIFO makes one, and opens it for both ways, which waits for nobody.
func (c *creation) makeFIFO(name string) (fd int, err error) {
	dir := int(c.dir.Fd())
	if err = unix.Mkfifoat(dir, name, 0o600); err == nil {
		fd, err = unix.Openat(dir, name, unix.O_RDWR|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	}
	if err != nil {
		return -1, &fs.PathError{Op: "mkfifo", Path: filepath.Join(c.path, name), Err: err}
	}
	return fd, nil
}

// firstPreserved is the first descriptor of --preserve-fds.
const firstPreserved = 3

// startInit has init born in the container's cgroups, but for those that systemd makes.
func (c *creation) startInit() error {
	return startIn(c.groups, c.process, c.cloner)
}

func (c *creation) recordInit() error {
	if err := c.identify(c.process.Pid()); err != nil {
		return err
	}
	return c.save()
}

// mapUsers waits for the process that goes on in a new user namespace, and maps its users.
func (c *creation) mapUsers() error {
	if c.userNamespace == nil {
		return nil
	}
	if err := c.process.Await(func(*wire.Status) {}); err != nil {
		return err
	}
	if err := c.recordInit(); err != nil {
		return err
	}
	leftOut, err := c.userNamespace.Write(c.process.Pid())
	if err = errors.Join(leftOut, err); err != nil {
		return err
	}
	return c.process.GoOn()
}

// setLimits comes when init is in its cgroups and waits. On which CPUs it runs these say when they have
// their limits.
func (c *creation) setLimits() error {
	if err := c.setResources(c.groups, c.plan.Resources); err != nil {
		return err
	}
	if err := resetCPUs(c.process); err != nil {
		return err
	}
	uid, mapped := hostID(c.UIDs, c.plan.Process.Owner)
	if !c.plan.DelegatesCgroup || !mapped || int(uid) == os.Geteuid() {
		return nil
	}
	return c.groups.Delegate(int(uid))
}

func (c *creation) sendCommand() error {
	message := c.message()
	return c.process.Send(message, message.Marshal())
}

// message is what init is told: the plan's, with what is the engine's to say.
func (c *creation) message() *wire.Config {
	m := c.plan.Message
	m.HostPID = true // init mounts no /proc but those of the operations
	m.HostNetwork = !c.plan.Namespaces.IsNew(specs.NetworkNamespace)
	m.Root = c.userNamespace.Root()
	if n, has := c.plan.Namespaces.Find(specs.UserNamespace); has && n.Path != "" {
		m.Root = wire.RootAlone
	}
	m.Lifecycle = wire.Lifecycle{
		Outlives: true, Wait: true, Hooks: c.hasHooks(),
		Files: len(c.plan.Files) + len(c.joins) + c.options.PreserveFDs, Preserved: c.options.PreserveFDs,
	}
	for n, join := range c.birth.joins {
		m.Lifecycle.Joins = append(m.Lifecycle.Joins, wire.Join{FD: wire.FirstFile + len(c.plan.Files) + n, Flags: uint64(join.flag)})
	}
	if c.birth.staged {
		m.Lifecycle.Stage = &wire.Stage{Unshare: uint64(c.birth.unshare), Clone: uint64(c.birth.stage)}
	}
	if len(c.plan.TimeOffsets) > 0 {
		m.Lifecycle.ClockSets = strings.Join(c.plan.TimeOffsets, "\n") + "\n"
	}
	if c.birth.cgroup {
		m.Cgroups = c.privateCgroups()
	}
	m.Console = c.plan.Process.console(c.options.ConsoleSocket, c.foreground)
	for _, n := range c.plan.CgroupBinds {
		m.Operations[n].Source = c.groups.Dirs[m.Operations[n].Source]
	}
	return &m
}

// privateCgroups ask for a cgroup namespace. What it shows is mounted by operations alone.
func (c *creation) privateCgroups() []wire.Bind {
	for _, dir := range c.groups.Dirs {
		return []wire.Bind{{Source: dir}}
	}
	return []wire.Bind{{Source: "/"}} // its cgroups are the caller's
}

func (c *creation) passTerminal() error {
	return c.plan.Process.passTerminal(c.process, c.options.ConsoleSocket, c.foreground)
}

// awaitInit waits until init is ready, and tells who wants it what process that is.
func (c *creation) awaitInit() error {
	if err := c.process.Await(func(*wire.Status) {}); err != nil {
		return err
	}
	if c.process.Pid() != c.Pid { // another process went on
		if err := c.recordInit(); err != nil {
			return err
		}
	}
	return c.passPidfd()
}

// writePidFile comes last: who reads it may take it for the end of create.
func (c *creation) writePidFile() error { return writePidFile(c.options.PidFile, c.Pid) }
