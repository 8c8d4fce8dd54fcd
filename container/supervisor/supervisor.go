package supervisor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/faults"
	"github.com/mydocker/mydocker/container/logs"
	"github.com/mydocker/mydocker/container/report"
	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

// Options are what a supervisor is started with.
type Options struct {
	State, ID string
	// Lock, Result, Attach and Listening are what it has inherited (detached.LockFD and so on); the
	// last three are nil where there is none.
	Lock, Result, Attach, Listening *os.File
	// Sockets are descriptors that are the command's (detached.SocketsFD).
	Sockets []int
	// Handed is a descriptor of what this process has handed over to itself (see idle.go), and Thread
	// its first thread; Thread is nil where nothing was.
	Handed int
	Thread *utils.Thread
	// IdleAfter is how long nothing is to be done before the supervisor gives its memory back; less
	// than 0 is never.
	IdleAfter time.Duration
	Log       *logrus.Logger
	// Configure adds to what a spec says what the command line decides: how an image is unpacked, and
	// where a report goes.
	Configure func(*container.Config, *detached.Spec) error
	// Code is set to the exit code of the command.
	Code int
	// CodeOf is the exit code of a run that failed.
	CodeOf func(error) int
	// Report writes the report of a run, if the spec asks for one.
	Report func(s *detached.Spec, config *container.Config, code int, failed error) error
}

// supervisor looks after one container. Whoever holds the mutex may use what is below it.
type supervisor struct {
	*Options
	container *state.Container
	spec      *detached.Spec
	config    *container.Config
	listener  *session.Listener
	streams   *streams
	output    *logs.Log
	ended     chan struct{} // closed when the run's end is in the record
	settled   chan struct{} // closed when the start has succeeded, or failed

	mutex    sync.Mutex
	live     *container.Live // nil before the command runs, and when it has ended
	health   *Monitor        // nil without a check
	stopping bool            // a command has asked for the end: no policy starts it again
	stays    bool            // it is not removed at its end, whatever AutoRemove says
	over     bool            // nothing more is done for anybody
	waits    bool            // for the delay before the next run
	wake     chan struct{}   // closed when the delay before a restart is not waited for any more
	failed   error           // why it could not be started

	unrecorded error // why the start is not in the record: the container is ended then

	// answering is held by each answer on its way, and for good by who ends this process image: what was
	// done is told, and who comes later asks whoever has the container then.
	answering sync.RWMutex

	handed *handed      // nil but for one that goes on
	wasDue bool         // it goes on for what was due
	done   atomic.Int64 // counts what commands ask for
	asking atomic.Int32 // how many connections have not yet said what they want
}

// Supervise starts a container that the caller has inherited, and looks after it until it ends.
// again asks the caller to execute mydocker anew for the next run of the same container, with the
// lock and the listening socket.
func Supervise(o *Options) (again *Again, err error) {
	s := &supervisor{Options: o, ended: make(chan struct{}), settled: make(chan struct{}), wake: make(chan struct{})}
	if err := s.open(); err != nil {
		return nil, s.tell(err)
	}
	o.Code, err = s.run()
	return s.conclude(o.Code, err)
}

// Again are the files that go on to the next process image.
type Again struct{ Lock, Listening *os.File }

// openStep is a step before the run.
type openStep struct {
	name string
	do   func() error
}

// open does what comes before the run.
func (s *supervisor) open() error {
	steps := []openStep{
		{"adopt the container", s.adopt},
		{"listen for commands", s.listen},
		{"keep room for the end", func() error { return s.container.Reserve() }},
		{"read the spec", s.load},
		{"open the log", s.openLog},
		{"open the supervisor's streams", s.openStreams},
	}
	if s.Thread != nil {
		steps = append([]openStep{{"read what was handed over", s.goOn}}, steps...)
	}
	for _, step := range steps {
		if err := s.tryStep(step); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
	}
	go s.serve()
	return nil
}

// tryStep does a step. Where a container runs already, it is tried again before the container ends for
// that: descriptors or memory may be lacking for a moment only.
func (s *supervisor) tryStep(step openStep) error {
	for retries := 5; ; retries-- {
		err := faults.Around(step.name, step.do)
		if err == nil || s.Thread == nil || retries == 0 {
			return err
		}
		s.Log.Warnf("%s: %v", step.name, err)
		time.Sleep(time.Second)
	}
}

func (s *supervisor) adopt() (err error) {
	s.container, err = state.Adopt(s.State, s.ID, s.Lock)
	if err == nil && s.Listening == nil { // a command has started it, and no policy
		detached.TellLost(s.State, &s.container.Record)
		s.container.Restarts, s.container.Delay = 0, 0
	}
	return err
}

func (s *supervisor) listen() (err error) {
	if s.Listening != nil {
		s.listener = session.Inherited(s.Listening)
		return nil
	}
	s.listener, err = session.Listen(int(s.container.Dir.Fd()), state.ControlName)
	return err
}

func (s *supervisor) load() (err error) {
	if s.spec, err = detached.LoadSpec(s.container.Path); err != nil {
		return err
	}
	started := s.started
	if s.handed != nil {
		s.config, started = s.spec.ConfigOfRunning(&s.container.Record), s.resumed
	} else if s.config, err = s.spec.Config(s.State, &s.container.Record); err != nil {
		return err
	}
	s.config.Supervised = &container.Supervised{Container: s.container, Started: started, Sockets: s.Sockets}
	s.config.FinalWait = container.NewFinalWait()
	s.config.Report = report.New(s.config.Command)
	return s.Configure(s.config, s.spec)
}

func (s *supervisor) openLog() (err error) {
	r := &s.container.Record
	info := logs.Info{
		ID: r.ID, Name: r.Name, Image: r.Image, ImageID: string(r.Manifest), Command: r.Command(), Labels: r.Config.Labels, Env: r.Config.Env,
	}
	s.output, err = logs.Open(filepath.Join(s.container.Path, state.LogDirName), logs.Config(r.Log), info)
	if s.handed != nil && (errors.Is(err, unix.EROFS) || errors.Is(err, unix.EIO)) {
		s.Log.Warnf("output is lost: %v", err)
		s.output, err = logs.Unwritable(), nil
	}
	if err == nil && s.handed != nil {
		s.output.GoOn(s.handed.Lines)
	}
	return err
}

func (s *supervisor) openStreams() (err error) {
	s.streams, err = openStreams(s)
	return err
}

// run runs the command. What it writes is read until its end.
func (s *supervisor) run() (code int, err error) {
	s.streams.start()
	if s.handed != nil {
		code, err = container.Resume(s.config, s.streams.child, s.handed.Run, s.Thread, s.Log)
	} else {
		code, err = container.Run(s.config, s.streams.child, s.Log)
	}
	if err != nil && code == 0 { // also where the command ran: it was killed then
		code = s.CodeOf(err)
	}
	s.mutex.Lock()
	if s.live != nil && s.live.Asked() != 0 {
		s.stopping, s.container.StoppedBy = true, gotSignal(s.live.Asked())
	}
	s.live = nil // who asks for the end from now on abandons the readers himself
	s.health.Stop()
	if s.stopping {
		s.abandonLater()
	}
	s.mutex.Unlock()
	s.health.Wait()
	err = errors.Join(s.unrecorded, err, s.streams.finish())
	if s.Report != nil {
		err = errors.Join(err, s.Report(s.spec, s.config, code, err))
	}
	return code, err
}

// started is told by the engine that the command was executed.
func (s *supervisor) started(live *container.Live) {
	began := time.Now() // by both clocks, which UTC takes away
	now := began.UTC()
	boot, err := bootID()
	if err != nil {
		s.Log.Warn(err)
	}
	s.mutex.Lock()
	r := &s.container.Record
	before := r.Life
	r.Life = state.Life{
		Status: state.StatusRunning, Pid: live.Pid(), Supervisor: os.Getpid(), Boot: boot, Started: &now,
		Restarts: r.Restarts, Delay: r.Delay, LostLog: r.LostLog, HealthStatus: s.openHealth(began),
	}
	s.live = live
	if err = faults.Around("record the start", s.container.Save); err != nil { // it would run, and nobody would know
		r.Life, s.live = before, nil
		s.unrecorded = errors.Join(fmt.Errorf("record the start: %w", err), live.Signal(unix.SIGKILL))
	} else {
		s.health.Start()
	}
	if err == nil {
		s.event(events.Start)
	}
	s.mutex.Unlock()
	if err != nil {
		return
	}
	close(s.settled)
	if err := s.tell(nil); err != nil {
		s.Log.Debug(err)
	}
	s.becomeQuiet()
	go s.watchIdle(live)
}

// tell says how the start went to who waits for it.
func (s *supervisor) tell(failed error) error {
	if s.Result == nil {
		if failed != nil {
			s.Log.Error(utils.ErrorLine(failed))
		}
		return failed
	}
	conn, code := session.Taken(s.Result), 0
	s.Result = nil
	if failed != nil {
		code = s.CodeOf(failed)
	}
	return errors.Join(failed, detached.TellStart(conn, failed, code))
}
