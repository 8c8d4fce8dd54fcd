package doctor

import (
	"fmt"
	"io"
	"strings"

	"github.com/mydocker/mydocker/utils"
)

// WriteText writes the report for people: a group of checks after the other,
// each on a line, with its remedy below where it is not well.
func (r *Report) WriteText(w io.Writer, colour bool) error {
	var text strings.Builder
	width := 0
	for _, f := range r.Checks {
		width = max(width, len(f.Name))
	}
	for n, f := range r.Checks {
		if n == 0 || f.Group != r.Checks[n-1].Group {
			fmt.Fprintf(&text, "%s\n", paint(f.Group, "1", colour))
		}
		status := fmt.Sprintf("%-7s", f.Status)
		fmt.Fprintf(&text, "  %s  %-*s  %s\n", paint(status, f.Status.colour(), colour), width, f.Name, utils.OneLine(f.Found))
		if f.Remedy != "" {
			fmt.Fprintf(&text, "  %-7s  %-*s  -> %s\n", "", width, "", utils.OneLine(f.Remedy))
		}
	}
	fmt.Fprintf(&text, "\n%s\n", r.conclusion(colour))
	_, err := io.WriteString(w, text.String())
	return err
}

func (r *Report) conclusion(colour bool) string {
	if r.RunWorks {
		return paint("mydocker run works here", OK.colour(), colour) + count(r.Checks, Warning)
	}
	return paint("mydocker run does not work here", Problem.colour(), colour) + count(r.Checks, Problem)
}

// count tells how many findings have a status, if any has.
func count(findings []Finding, status Status) string {
	number := 0
	for _, f := range findings {
		if f.Status == status {
			number++
		}
	}
	switch number {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf(": 1 %s", status)
	}
	return fmt.Sprintf(": %d %ss", number, status)
}

// colour is the parameter of the terminal's control sequence.
func (s Status) colour() string {
	switch s {
	case OK:
		return "32" // green
	case Note:
		return "36" // cyan
	case Warning:
		return "33" // yellow
	}
	return "31" // red
}

func paint(text, parameter string, colour bool) string {
	if !colour {
		return text
	}
	return "\x1b[" + parameter + "m" + text + "\x1b[0m"
}
