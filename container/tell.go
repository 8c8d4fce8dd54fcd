package container

import (
	"os"
	"slices"

	"mydocker/container/explain"
	"mydocker/container/wire"
)

// newTeller explains in format, if that asks for it.
func newTeller(format explain.Format, to *os.File) *explain.Teller {
	if format == explain.Colour && !isTerminal(to) {
		format = explain.Text
	}
	return explain.NewTeller(to, format)
}

// tell explains a step that is about to be done, but for what is told as it
// happens.
func (r *run) tell(s *step) {
	if r.teller == nil {
		return
	}
	r.teller.Begin(explain.Host, s.name)
	r.teller.Tell(notLive(s.explain(r))...)
}

// notLive leaves out what is told as it happens.
func notLive(actions []explain.Action) []explain.Action {
	return slices.DeleteFunc(actions, func(a explain.Action) bool { return a.Live })
}

// tellInit explains a step that init has done.
func (r *run) tellInit(done *wire.Status) {
	if r.teller != nil {
		r.teller.Begin(explain.Child, done.Step)
		r.teller.Tell(notLive(explain.Init(done.Step, r.message(), done.Operand))...)
	}
}
