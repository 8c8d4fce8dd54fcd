package cmd

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/sirupsen/logrus"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/container/notify"
	"github.com/mydocker/mydocker/container/report"
	"github.com/mydocker/mydocker/container/supervisor"
	"github.com/mydocker/mydocker/container/users"
	"github.com/mydocker/mydocker/utils"
)

// The container of a supervisor that goes on ends with the first thread of the process
// (PR_SET_PDEATHSIG), which the main goroutine keeps for utils.ServeHere.
func init() { //nolint:gochecknoinits // later the goroutine may be on another thread
	if isSupervisor(os.Args) && os.Args[4] == entry.IdleWord {
		runtime.LockOSThread()
	}
}

// isSupervisor tells whether args are those of a supervisor.
func isSupervisor(args []string) bool { return len(args) >= 6 && args[1] == detached.SuperviseName }

// runSupervisor is mydocker as a supervisor, which start and run -d execute in the background. It
// builds no command line: what that allocates a supervisor would keep for as long as it lives.
func runSupervisor(args []string) int {
	signal.Ignore(syscall.SIGPIPE) // its stderr is its caller's, who goes; init undoes it
	return exitCode(supervise(args[2:]))
}

func supervise(args []string) error {
	log := logrus.New()
	log.SetFormatter(formatter("text"))
	log.SetLevel(logrus.WarnLevel)
	o := &supervisor.Options{
		State: args[0], ID: args[1], Log: log, CodeOf: exitCode, Report: writeSupervised, IdleAfter: idleAfter(),
		Lock: utils.Inherited(detached.LockFD, "lock"),
		Configure: func(config *container.Config, s *detached.Spec) error {
			return configureSupervised(config, s, log)
		},
	}
	var err error
	if o.Sockets, err = inheritedSockets(args[3]); err != nil {
		return err
	}
	if args[2] == entry.IdleWord && len(args) > 4 {
		return goOn(o, args[4])
	}
	switch args[2] {
	case detached.AgainWord:
		control, err := strconv.Atoi(args[len(args)-1])
		if err != nil {
			return err
		}
		o.Listening = utils.Inherited(control, "control")
	case detached.AttachWord:
		o.Attach = utils.Inherited(detached.AttachFD, "session")
		fallthrough
	case detached.StartWord:
		o.Result = utils.Inherited(detached.ResultFD, "result")
	}
	return superviseWith(o)
}

// idleVariable says after how long a supervisor with nothing to do gives its memory back, as in 500ms;
// less than 0 is never.
const idleVariable = "MYDOCKER_IDLE_AFTER"

func idleAfter() time.Duration {
	if asked, err := time.ParseDuration(os.Getenv(idleVariable)); err == nil {
		return asked
	}
	return supervisor.IdleAfter
}

// goOn is the part of a supervisor that waited before the runtime (entry.Idle).
func goOn(o *supervisor.Options, handed string) (err error) {
	if o.Handed, err = strconv.Atoi(handed); err != nil {
		return err
	}
	utils.ServeHere(func(thread *utils.Thread) {
		o.Thread = thread
		err = superviseWith(o)
	})
	return err
}

func superviseWith(o *supervisor.Options) error {
	again, err := supervisor.Supervise(o)
	if err != nil { // who has started it says why
		return &exit.ToldError{Code: exitCode(err)}
	}
	if again == nil && o.Code != 0 && os.Getenv(notify.Variable) != "" { // a service manager looks at it
		return &exit.ToldError{Code: o.Code}
	}
	if again == nil {
		return nil
	}
	return detached.ExecuteAgain(o.State, o.ID, again.Lock, again.Listening, o.Sockets)
}

// inheritedSockets are the descriptors of a number of sockets that the process was started with.
func inheritedSockets(number string) (fds []int, err error) {
	count, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		return nil, err
	}
	for fd := range int(count) {
		fds = append(fds, detached.SocketsFD+fd)
		syscall.CloseOnExec(detached.SocketsFD + fd)
	}
	return fds, nil
}

// configureSupervised has an image be unpacked, and messages be as they were asked for.
func configureSupervised(config *container.Config, s *detached.Spec, log *logrus.Logger) error {
	if s.LogLevel != "" {
		level, err := logrus.ParseLevel(s.LogLevel)
		if err != nil {
			return err
		}
		log.SetLevel(level)
	}
	if opened := config.Image; opened != nil {
		config.Unpack = func(namespace *users.UserNamespace) error {
			c := newApp(io.Discard, []string{ownName})
			return before(runOther(c, unpackArguments(c, opened, namespace)...))
		}
	}
	return nil
}

// writeSupervised writes the report of a run that was asked for.
func writeSupervised(s *detached.Spec, config *container.Config, code int, failed error) error {
	if failed != nil {
		code = exitCode(failed)
	}
	config.Report.Finish(code, failureOf(failed))
	if s.Report == "" {
		return nil
	}
	destination, err := report.Open(s.Report)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	encode := (*report.Report).JSON
	if s.ReportFormat == "text" {
		encode = (*report.Report).Text
	}
	content, err := encode(config.Report)
	if err != nil {
		return err
	}
	return destination.Write(content)
}
