package container

import (
	"os"
	"slices"
	"strconv"

	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/container/stdio"
	"github.com/mydocker/mydocker/container/wire"
)

// newTeller explains in format, if that asks for it.
func newTeller(format explain.Format, stderr *os.File, messages *stdio.BoundedWriter) *explain.Teller {
	if format == explain.Off {
		return nil
	}
	if format == explain.Colour && !stdio.IsTerminal(stderr) {
		format = explain.Text
	}
	if messages == nil {
		messages = stdio.NewBoundedWriter(stderr)
	}
	return explain.NewTeller(messages, format)
}

// tell explains a step that is about to be done, but for what is told as it
// happens.
func (r *run) tell(s *step) {
	if r.teller == nil {
		return
	}
	r.teller.Begin(explain.Host, s.name, consequence(s.name))
	r.teller.Tell(notLive(s.explain(r))...)
}

// tellDefaults tells which files have changed what the container is.
func (r *run) tellDefaults() {
	r.teller.Begin(explain.Host, "read the defaults", "what the command line does not say has mydocker's own default.")
	for _, file := range r.config.Defaults {
		r.teller.Tell(explain.Action{
			Kernel: "open(" + strconv.Quote(file.Path) + ", O_RDONLY)",
			Why:    file.String() + ". The command line and the environment count more.",
			Shell:  "cat " + explain.Quote(file.Path), Use: explain.AsIs,
		})
	}
}

// notLive leaves out what is told as it happens.
func notLive(actions []explain.Action) []explain.Action {
	return slices.DeleteFunc(actions, func(a explain.Action) bool { return a.Live })
}

// tellInit explains a step that init has done.
func (r *run) tellInit(done *wire.Status) {
	if r.teller != nil {
		r.teller.Begin(explain.Child, done.Step, explain.Without(done.Step))
		r.teller.Tell(notLive(explain.Init(done.Step, r.message(), done.Operand))...)
	}
}
