// Package container runs a command in a container: the host's side of it. The
// other side, inside the new namespaces, is package child; what crosses
// between them is package wire.
package container

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"

	"github.com/sirupsen/logrus"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/container/faults"
	"github.com/mydocker/mydocker/container/image/layers"
	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/container/rootfs"
	"github.com/mydocker/mydocker/container/running"
	"github.com/mydocker/mydocker/container/security"
	"github.com/mydocker/mydocker/container/signals"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/stdio"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// run is one container on its way.
type run struct {
	config  *Config
	streams stdio.Streams
	log     *logrus.Logger

	signals *signals.Signals

	ordinary      bool                 // the caller has no privileges
	userNamespace *users.UserNamespace // nil for mydocker's own
	view          *overlay.View        // what overlays make the root, nil for none
	thrownAway    bool                 // what is written to its layers goes at the end
	stack         *layers.Stack        // the layers of the image, nil for none
	image         *overlay.Image       // the same for init
	dry           bool                 // nothing is made

	security   wire.Security   // what init takes from the command, see restrictions
	devices    []security.Node // those of the host that it gets
	makesNodes bool            // init can make device nodes: it is in no user namespace, nor is mydocker

	id      string
	uses    []state.VolumeUse  // the volumes of the store that it has
	mounts  []rootfs.Mount     // the user's
	root    []wire.Operation   // what makes a root file system of its own
	user    *users.Credentials // nil for mydocker's own
	cgroups *cgroups.CgroupManager
	stdio   *stdio.Stdio
	cloner  initproc.Cloner
	process *initproc.ParentProcess
	managed managed
	sent    *wire.Config // the message to init, and as it is sent
	wire    []byte
	record  *running.Kept // by which exec finds the container, nil for none
	created bool          // the journal was told of it
	locks   []*os.File    // of volumes and layers, held until the end
	cleared atomic.Bool   // nothing is done any more about what killed runs have left
	ran     bool          // the command was executed

	hinted    atomic.Bool
	executed  int64 // when, if anybody asked for it, see wire.Status
	code      int
	expired   chan string  // the limit on time that was reached, see timedOutBy
	expiring  sync.Mutex   // held while the container is ended for it
	nextLook  atomic.Int64 // when the CPU time used is looked at, in nanoseconds of CLOCK_MONOTONIC
	finalWait *FinalWait
	undo      utils.Undo
	teller    *explain.Teller // nil if nobody wants to know
}

// step is one thing that the host does for a container. Its name is in every
// error and log line about it. It explains itself, or does not compile.
type step struct {
	name    string
	do      func(*run) error
	explain func(*run) []explain.Action
}

// stepWait is the last one.
const stepWait = "wait for the command"

// steps lists what the host does, in this order. What a step acquires it
// pushes on the undo stack, which runs at the end and after any failure.
func steps() []step {
	return []step{
		{"check privileges", (*run).checkPrivileges, (*run).explainPrivileges},
		{"check the streams", (*run).checkStreams, (*run).explainStreamCheck},
		{"find the root", (*run).findRoot, (*run).explainRoot},
		{"restrict the command", (*run).restrict, (*run).explainRestriction},
		{"find the user", (*run).findUser, (*run).explainUser},
		{"find cgroups", (*run).findCgroups, (*run).explainFindCgroups},
		{"catch signals", (*run).catchSignals, (*run).explainSignals},
		{"make the layers", (*run).makeLayers, (*run).explainLayers},
		{"create cgroups", (*run).createCgroups, (*run).explainCgroups},
		{"claim the name", (*run).claimName, (*run).explainName},
		{"write the cidfile", (*run).writeIDFile, (*run).explainIDFile},
		{"open streams", (*run).openStreams, (*run).explainStreams},
		{"plan the root", (*run).planRoot, (*run).explainRootPlan},
		{"prepare the volumes", (*run).prepareVolumes, (*run).explainVolumes},
		{"create namespaces", (*run).createNamespaces, (*run).explainNamespaces},
		{"start init", (*run).startInit, (*run).explainInit},
		{"map users", (*run).mapUsers, (*run).explainUsers},
		{"write the pidfile", (*run).writePIDFile, (*run).explainPIDFile},
		{"send the command", (*run).sendCommand, (*run).explainSending},
		{"clear leftovers", (*run).clearLeftovers, (*run).explainLeftovers},
		{"await the command", (*run).awaitCommand, (*run).explainAwaiting},
		{"watch the time", (*run).watchTime, (*run).explainTime},
		{stepWait, (*run).waitForCommand, (*run).explainWaiting},
	}
}

// Run runs config's command in a container of its own and returns its exit
// code: the command's status, 128 plus the signal that ended it, or CodeTimedOut.
// What it used is told to config's Report, also where Run fails. An error
// means that mydocker failed: the command was not executed, or was killed because
// its streams could not be connected, and nothing is left behind. NotFound and
// NotExecutable tell what is the command's own fault, a *StepError names the
// step that failed.
func Run(config *Config, streams stdio.Streams, log *logrus.Logger) (int, error) {
	if err := config.Validate(); err != nil {
		return 0, err
	}
	r := newRun(config, streams, log)
	r.teller = newTeller(config.Explain, streams.Stderr, config.Messages)
	return r.do(steps())
}

func newRun(config *Config, streams stdio.Streams, log *logrus.Logger) *run {
	r := &run{config: config, streams: streams, log: log, expired: make(chan string, 1), finalWait: config.FinalWait}
	if r.finalWait == nil {
		r.finalWait = NewFinalWait()
	}
	r.signals = signals.New(config.KeepSignals, r.finalWait.signals, func(err error) { log.Warnf("pass a signal on: %v", err) })
	return r
}

func (r *run) do(steps []step) (code int, err error) {
	defer func() {
		r.teller.Begin(explain.Host, stepCleanUp, consequence(stepCleanUp))
		undone := errors.Join(r.undo.Run(), r.teller.Err())
		if undone != nil {
			r.log.Warnf("clean up: %s", utils.ErrorLine(undone))
		}
		r.tellDestroyed()
	}()
	r.tellDefaults()
	for _, s := range steps {
		r.log.Debug(s.name)
		r.tell(&s)
		if err := faults.Around(s.name, func() error { return s.do(r) }); err != nil {
			return 0, r.explainError(r.explainRootFailure(r.explainVolume(inStep(s.name, err))))
		}
	}
	return r.code, nil
}

// checkStreams refuses a stdout or stderr that can take no output, before
// anything is created. Then it finds out what else the caller has opened for the command.
func (r *run) checkStreams() error {
	if err := stdio.CheckWritable(r.streams.Stdout, r.streams.Stderr); err != nil {
		return err
	}
	if err := r.findManager(); err != nil || !r.config.Root.Own() {
		return err
	}
	given := []*os.File{r.streams.Stdout, r.streams.Stderr}
	if r.config.Interactive {
		given = append(given, r.streams.Stdin)
	}
	return stdio.CheckNoDirectory(given...)
}

// findUser looks up whom the command runs as.
func (r *run) findUser() (err error) {
	world := &r.config.World
	r.user, err = users.Find(world.User, world.Groups, r.files(), r.userNamespace)
	return err
}

// findCgroups resolves the container's cgroups and checks the limits against
// what the host has.
func (r *run) findCgroups() (err error) {
	if s := r.config.Supervised; s != nil {
		r.id = s.Container.ID
	} else if r.id, err = utils.NewID(); err != nil {
		return err
	}
	counted := r.config.counted()
	names := append(subsystems.Names(r.config.Resources), counted...)
	if r.config.Root.Own() { // it may have limits of rare controllers alone
		names = append(names, subsystems.MemoryName)
	}
	if r.config.CgroupParent != "" { // it may have limits that the container has not
		names = append(names, subsystems.AllNames()...)
	}
	layout, err := cgroups.FindLayout(names)
	if err != nil {
		return err
	}
	if r.ordinary {
		if err := r.useDelegated(layout); err != nil {
			return err
		}
	}
	if r.cgroups, err = cgroups.NewCgroupManager(r.config.CgroupParent, r.id, r.config.Resources, layout, r.log); err != nil {
		return err
	}
	if r.teller != nil {
		r.cgroups.Watch = func(change cgroups.Change) { r.teller.Tell(happened(&change)) }
	}
	if len(counted) > 0 {
		return r.cgroups.Account(layout, counted)
	}
	return nil
}

// useDelegated puts an ordinary user's container below the cgroup that is
// delegated to that user, if no other was asked for. Where there is none there are
// no limits.
func (r *run) useDelegated(layout cgroups.Layout) error {
	var err error
	parent := r.config.CgroupParent
	if parent != "" {
		err = cgroups.CheckParent(layout, parent)
	} else {
		parent, err = cgroups.DelegatedParent(layout)
	}
	if err == nil {
		r.config.CgroupParent = parent
		return nil
	}
	dropped, asked := cgroups.DropDefaults(r.config.Resources, err)
	if dropped {
		r.log.Warnf("the default limits are left out: %v; mydocker doctor tells what helps", err)
	}
	return asked
}

// catchSignals sees to it that a signal can no longer end mydocker and leave behind
// what is created from here on.
func (r *run) catchSignals() error { return r.signals.Catch() }

func (r *run) createCgroups() error {
	r.destroyCgroups()
	if r.config.Supervised != nil {
		if err := r.clearEarlier(); err != nil {
			return err
		}
	}
	if err := r.cgroups.Set(); err != nil {
		return err
	}
	return errors.Join(r.checkTime(), r.checkCgroupNamespace(), r.replaceDeviceRules())
}

// destroyCgroups has the cgroups go at the end, when what they have counted is read.
func (r *run) destroyCgroups() {
	r.undo.Add(r.cgroups.Destroy)
	if r.config.Report != nil { // read when the last process is gone
		r.config.Report.ID = r.id
		r.undo.Add(func() error { return r.config.Report.ReadBack(r.cgroups.ByController()) })
	}
}

// checkCgroupNamespace refuses a private view of cgroups that the container does
// not have.
func (r *run) checkCgroupNamespace() error {
	if r.config.Namespaces.Cgroup == spec.CgroupPrivate && len(r.cgroups.Dirs()) == 0 {
		return errors.New("--cgroupns private: the container has no cgroup, which could be the root of what it sees")
	}
	return nil
}

// planStreams decides where the command's streams come from; see stdio.Plan.
func (r *run) planStreams() (plan stdio.Plan, fallback bool) {
	if r.config.Supervised != nil && r.config.TTY {
		return stdio.AllTerminal(), false
	}
	return stdio.NewPlan(r.config.TTY, r.config.Interactive, r.streams)
}

// takesInput reports whether what comes from the caller's stdin is passed on. A supervisor passes
// on what those type who are attached to a terminal, which has no end of file meanwhile.
func (r *run) takesInput() bool {
	return r.config.Interactive || r.config.Supervised != nil && r.config.TTY
}

func (r *run) openStreams() (err error) {
	sources, fallback := r.planStreams()
	if fallback {
		r.log.Warn("-t: neither stdin nor stdout is a terminal; the command gets plain streams")
	}
	options := stdio.Options{Interactive: r.takesInput(), OfHost: !r.config.Root.Own(), CanHold: r.config.Supervised != nil}
	if r.stdio, err = stdio.Open(r.streams, sources, options); err != nil {
		return err
	}
	r.undo.Add(r.stdio.Close)
	if err := r.user.GiveStreams(r.stdio.Child(), r.userNamespace); err != nil {
		return err
	}
	r.process, err = initproc.NewParentProcess(r.stdio.Child(), r.stdio.HasTerminal(), r.config.Init, r.config.Namespaces.Cloned())
	if err != nil {
		return err
	}
	r.undo.Add(r.process.Close)
	if err := r.passListen(); err != nil {
		return err
	}
	if r.ownTerminal() {
		if err := r.process.ExpectTerminal(); err != nil {
			return err
		}
	}
	if r.config.Root.Own() {
		return r.process.ProtectProgram()
	}
	return nil
}

// createNamespaces creates those that init inherits.
func (r *run) createNamespaces() (err error) {
	r.cloner, err = initproc.NewCloner(r.config.Namespaces.Unshared(), r.config.Namespaces.User != nil, r.userNamespace.Capabilities())
	return err
}

// info logs a line for --log-level info. The level is
// looked at first, because logrus reflects on every field of a line that it
// then drops.
func (r *run) info(message string, fields logrus.Fields) {
	if r.log.IsLevelEnabled(logrus.InfoLevel) {
		r.log.WithFields(fields).Info(message)
	}
}

// clearLeftovers looks after earlier runs while init starts on another CPU. A
// failure is no reason to stop this one.
func (r *run) clearLeftovers() error {
	if err := r.cgroups.ClearLeftovers(); err != nil {
		r.log.Warn(utils.ErrorLine(err))
	}
	r.clearLayers()
	r.clearRecords()
	r.tellCreated()
	return nil
}

func (r *run) awaitCommand() error {
	if err := r.takeTerminal(); err != nil {
		return err
	}
	err := r.process.Await(func(done *wire.Status) {
		r.executed = done.At
		r.tellInit(done)
		if done.Step == wire.StepExec {
			r.info("absolute path found", logrus.Fields{"path": done.Operand})
			return
		}
		r.log.WithField("operand", done.Operand).Debug(done.Step)
	})
	if r.ran = err == nil; r.ran {
		r.beginRecord()
		r.config.Report.Begin(r.executed)
		r.tellManager()
		r.event(events.Start)
		if s := r.config.Supervised; s != nil {
			s.Started(&Live{r})
		}
	}
	return err
}
