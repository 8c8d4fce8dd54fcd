package explain

import (
	"encoding/json"
	"fmt"
	"io"
)

// Format is how an explanation is written.
type Format int

// The formats.
const (
	Off Format = iota
	// Text is for people.
	Text
	// Colour is Text on a terminal.
	Colour
	// JSON is one object per line.
	JSON
)

// Teller writes explanations, step by step. A nil Teller writes nothing.
type Teller struct {
	to      io.Writer
	format  Format
	number  int
	side    Side
	step    string
	without string // what goes wrong without the step
	begun   bool   // something of the step has been told
	why     string // of what was told last, which is not said twice
	err     error
}

// NewTeller returns a Teller that writes to to; nil if format is Off.
func NewTeller(to io.Writer, format Format) *Teller {
	if format == Off {
		return nil
	}
	return &Teller{to: to, format: format}
}

// Begin says which step the actions that follow are part of, and what goes wrong
// without it.
func (t *Teller) Begin(side Side, step, without string) {
	if t != nil {
		t.side, t.step, t.without, t.begun, t.why = side, step, without, false, ""
	}
}

// Tell tells actions. A step that has none gets no number.
func (t *Teller) Tell(actions ...Action) {
	if t == nil {
		return
	}
	for _, a := range actions {
		heading := !t.begun
		if heading {
			t.number++
			t.begun = true
		}
		t.write(t.lines(&a, heading))
	}
}

// Err returns the first error of writing.
func (t *Teller) Err() error {
	if t == nil {
		return nil
	}
	return t.err
}

func (t *Teller) write(text string) {
	if _, err := io.WriteString(t.to, text); t.err == nil {
		t.err = err
	}
}

func (t *Teller) lines(a *Action, heading bool) string {
	if t.format == JSON {
		return t.object(a)
	}
	text := ""
	if heading {
		text = t.heading()
	}
	text += "    " + t.paint(cyan, a.Kernel) + "\n"
	if a.Why != t.why {
		text += "      " + a.Why + "\n"
	}
	t.why = a.Why
	switch {
	case a.Shell == "":
	case a.use() == AsIs:
		text += "      " + t.paint(green, "$ "+a.Shell) + "\n"
	case a.use() == InContainer:
		text += "      " + t.paint(yellow, "in$ "+a.Shell) + "\n"
	default:
		text += "      | " + a.Shell + "\n"
	}
	return text
}

// legend says what the marks before the shell's commands mean.
const legend = "After $ stands what may be typed as it is; after in$ what may be typed in namespaces of one's own,\n" +
	"such as: unshare --mount --uts --ipc --net --pid --fork sh; after | pieces of a script.\n"

// heading is the first line of a step, and what it is for; before the first step of
// all it is the legend.
func (t *Teller) heading() string {
	text := t.paint(bold, fmt.Sprintf("%2d. %s: %s", t.number, t.side, t.step)) + "\n"
	if t.without != "" {
		text += "    Without it: " + t.without + "\n"
	}
	if t.number == 1 {
		text = legend + text
	}
	return text
}

// record is an Action in JSON.
type record struct {
	Number  int    `json:"number"`
	Side    Side   `json:"side"`
	Step    string `json:"step"`
	Without string `json:"without,omitempty"`
	Kernel  string `json:"kernel"`
	Why     string `json:"why"`
	Shell   string `json:"shell,omitempty"`
	Use     Use    `json:"use,omitempty"`
}

func (t *Teller) object(a *Action) string {
	line, err := json.Marshal(record{t.number, t.side, t.step, t.without, a.Kernel, a.Why, a.Shell, a.use()})
	if t.err == nil {
		t.err = err
	}
	return string(line) + "\n"
}

// The colours, of ECMA-48 (console_codes(4)).
const (
	bold   = "1"
	cyan   = "36"
	green  = "32"
	yellow = "33"
)

func (t *Teller) paint(colour, text string) string {
	if t.format != Colour {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[m"
}
