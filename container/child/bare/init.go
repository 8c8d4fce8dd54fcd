// Package bare is the init process of a container up to the execve of the
// user's command, in Go that needs no Go runtime: package entry calls it before
// the runtime has started. Starting it costs a millisecond and 170 page faults,
// which is more than all that init does.
//
// So nothing here may allocate, grow a slice, make an interface or a map, defer,
// panic, start a goroutine or wait for one; strings and slices only point to
// what is there. What package bare calls outside of it keeps to that, too. The
// test of package entry looks at the machine code for it.
package bare

import (
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// Init is an init process on its way.
type Init struct {
	// Step is the step that is being done, or failed.
	Step string
	// Operand is what that step works on: a path, a device.
	Operand string
	// Errno is why the step failed.
	Errno syscall.Errno

	memory      *Memory
	config      config
	rootFS      rootFS
	command     *byte // the path to execute
	limited     bool  // below limits of the command's that hinder the runtime
	dirLeft     bool  // root may not enter the working directory, the user may try
	withRuntime bool  // Go's, see NewWithRuntime
	at          int64 // see wire.Status

	configFD, statusFD, startFD, resultFD int // where these are now, see passFiles

	joined    uint64 // CLONE_NEW... flags of the namespaces that it has joined
	clockFile int    // where to set the clocks of a new time namespace
}

// step is one thing to do between the birth of the process and its execve. It
// returns its operand, and why it failed or 0.
type step struct {
	name string
	run  func(*Init) (operand string, errno syscall.Errno)
	// lifecycle marks a step that only who has a wire.Lifecycle does.
	lifecycle bool
}

// steps lists what has to be done, in this order.
func steps() [31]step {
	return [...]step{
		{wire.StepReadConfig, (*Init).readConfig, false},
		{wire.StepCloseFDs, closeInheritedFDs, false},
		{wire.StepLabel, (*Init).setLabels, true},
		{wire.StepJoin, (*Init).joinNamespaces, true},
		{wire.StepStage, (*Init).goOnInChild, true},
		{wire.StepRoot, (*Init).becomeRoot, false},
		{wire.StepMountPrivate, (*Init).makeMountsPrivate, false},
		{wire.StepMountProc, (*Init).mountProc, false},
		{wire.StepCgroup, (*Init).createCgroupNamespace, false},
		{wire.StepLoopback, (*Init).bringUpLoopback, false},
		{wire.StepNames, (*Init).setNames, false},
		{wire.StepSysctls, (*Init).setSysctls, false},
		{wire.StepOOMScore, (*Init).setOOMScore, false},
		{wire.StepRootFS, (*Init).makeRootFS, false},
		{wire.StepTerminal, (*Init).openTerminal, true},
		{wire.StepKeyring, (*Init).joinKeyring, false},
		{wire.StepPriority, (*Init).setPriorities, true},
		{wire.StepRlimits, (*Init).setRlimits, false},
		{wire.StepDir, (*Init).enterDir, false},
		{wire.StepUmask, (*Init).setUmask, false},
		{wire.StepBounding, (*Init).boundCapabilities, false},
		{wire.StepUser, (*Init).becomeUser, false},
		{wire.StepCapabilities, (*Init).setCapabilities, false},
		{wire.StepNoPrivileges, (*Init).gainNoPrivileges, false},
		{wire.StepSignals, (*Init).restoreSignals, false},
		{wire.StepLookUp, (*Init).lookUpCommand, false},
		{wire.StepFiles, (*Init).passFiles, true},
		{wire.StepListener, (*Init).installListener, true},
		{wire.StepWait, (*Init).awaitStart, true},
		{wire.StepFilter, (*Init).installFilter, false},
		{wire.StepReaper, (*Init).startBelowReaper, false},
	}
}

// IsInit reports whether this is a container's first process, started by
// mydocker as the leader of a session and with its two pipes.
func IsInit() bool {
	session, _, errno := syscall.RawSyscall(unix.SYS_GETSID, 0, 0, 0)
	return errno == 0 && int(session) == syscall.Getpid() && isPipe(wire.ConfigFD) && isPipe(wire.StatusFD)
}

// New prepares an init process that works in memory, which has to stay.
func New(memory *Memory) Init {
	return Init{memory: memory, configFD: wire.ConfigFD, statusFD: wire.StatusFD, startFD: wire.StartFD, resultFD: wire.ResultFD}
}

// NewWithRuntime is New where the Go runtime runs after all: a process of several
// threads, which cannot fork.
func NewWithRuntime(memory *Memory) Init {
	init := New(memory)
	init.withRuntime = true
	return init
}

// Prepare does all steps but the last, Execute. If one fails, i says which and
// why, and ok is false.
func (i *Init) Prepare() (ok bool) {
	all := steps()
	for n := range all {
		if all[n].lifecycle && !i.config.lifecycle.asked {
			continue
		}
		i.Step = all[n].name
		if i.Operand, i.Errno = all[n].run(i); i.Errno == 0 {
			i.fault()
		}
		if i.Errno != 0 {
			return false
		}
		if i.config.trace {
			i.Tell("")
		}
	}
	return true
}

// Execute makes the process the user's command. It returns only if that failed.
func (i *Init) Execute() {
	i.Announce()
	if i.fault(); i.Errno == 0 {
		i.Errno = execve(i.command, i.config.args, i.config.env)
	}
}

// Announce tells the parent that the command is about to be executed, because
// nobody is left to say it afterwards.
func (i *Init) Announce() {
	i.Step, i.Operand = wire.StepExec, text(i.command)
	if i.config.clock {
		i.at = monotonic()
	}
	i.Tell("")
}

// EndIfLimited ends an init that failed below limits of the command's: the
// runtime, which has more to say about the failure, might not be able to start.
func (i *Init) EndIfLimited() {
	if i.limited {
		i.Tell("")
		i.Errno = exit(1)
	}
}

// Command returns what is to be executed, for a caller that does it itself.
func (i *Init) Command() (path string, args, env []string) {
	return text(i.command), texts(i.config.args), texts(i.config.env)
}

// Tell sends the parent what i says about its step. Where the parent is gone,
// the kernel is about to kill this process.
func (i *Init) Tell(detail string) {
	var buffer [wire.MaxStatus]byte
	status := wire.Status{Step: i.Step, Operand: i.Operand, Errno: i.Errno, Detail: detail, At: i.at}
	write(i.statusFD, status.Encode(&buffer))
}
