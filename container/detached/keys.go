package detached

import "bytes"

// detachKeys looks for the keys by which who types at a terminal leaves it.
type detachKeys struct {
	keys []byte
	held int // how many of them have been typed
}

// pass returns what of a text goes on to the command: what may be the beginning of the keys is held
// back until more is typed. With all of them typed nothing more goes on.
func (d *detachKeys) pass(text []byte) (on []byte, detached bool) {
	if len(d.keys) == 0 {
		return text, false
	}
	text = append(bytes.Clone(d.keys[:d.held]), text...)
	begin, end := 0, d.held // text[begin:end] is the beginning of the keys
	for end < len(text) {
		end++
		for !bytes.HasPrefix(d.keys, text[begin:end]) {
			begin++
		}
		if end-begin == len(d.keys) {
			d.held = 0
			return text[:begin], true
		}
	}
	d.held = end - begin
	return text[:begin], false
}
