package stdio

import (
	"bytes"
	"os"
)

// DetachKeys looks for the keys by which who types at a terminal leaves it.
type DetachKeys struct {
	Keys []byte // none if it is empty
	held int    // how many of them have been typed
}

// Pass returns what of a text goes on to the command: what may be the beginning of the keys is held
// back until more is typed. With all of them typed nothing more goes on.
func (d *DetachKeys) Pass(text []byte) (on []byte, detached bool) {
	if len(d.Keys) == 0 {
		return text, false
	}
	text = append(bytes.Clone(d.Keys[:d.held]), text...)
	begin, end := 0, d.held // text[begin:end] is the beginning of the keys
	for end < len(text) {
		end++
		for !bytes.HasPrefix(d.Keys, text[begin:end]) {
			begin++
		}
		if end-begin == len(d.Keys) {
			d.held = 0
			return text[:begin], true
		}
	}
	d.held = end - begin
	return text[:begin], false
}

// DetachBy has what the caller types be looked through for keys, and detached be called when they
// have been typed; from then on nothing is read. It is to be called before Start.
func (s *Stdio) DetachBy(keys []byte, detached func()) {
	d := &DetachKeys{Keys: keys}
	s.filter = func(text []byte) (on []byte, ends bool) {
		if on, ends = d.Pass(text); ends {
			detached()
		}
		return on, ends
	}
}

// Master is the command's pseudo-terminal, nil without one.
func (s *Stdio) Master() *os.File { return s.master }
