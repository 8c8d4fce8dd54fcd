package cmd_test

import (
	"fmt"
	"slices"
	"strings"
)

// A story is a file of testdata/stories: steps in one directory with one program as docker,
// and what Docker prints in each.
//
//	# a comment
//	$ docker start nosuch        a command for the shell; a line that ends in \ goes on
//	> text                       a line of its stdout
//	! No such container: nosuch  a line of its stderr, or on a terminal of nothing
//	? 1                          its status, if it is not 0
//	= errors                     mydocker differs: the row of docs/differences.md,
//	! no such container          and what it prints instead
//
// A command behind % instead of $ runs on a terminal; "< wait => keys" types keys there once
// wait was shown. A line of output without an end has \c behind it, and control characters
// are written as in Go.
type story struct {
	head  []string // the comments at the top
	steps []*step
}

type step struct {
	before   []string // empty lines and comments
	command  string
	terminal bool
	typed    []keys
	docker   []string // what Docker prints, as lines of the file
	row      string   // of docs/differences.md, if mydocker differs
	mydocker []string
}

// keys are what is typed once something was shown.
type keys struct{ wait, send string }

func parseStory(text string) (*story, error) {
	s := &story{}
	var before []string
	var now *step
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		kind, rest, _ := strings.Cut(lines[i], " ")
		switch kind {
		case "$", "%":
			for strings.HasSuffix(lines[i], "\\") && i+1 < len(lines) {
				i++
				rest += "\n" + lines[i]
			}
			now = &step{before: before, command: rest, terminal: kind == "%"}
			s.steps = append(s.steps, now)
			before = nil
		case "", "#":
			before = append(before, lines[i])
		default:
			if now == nil {
				return nil, fmt.Errorf("line %d: %q belongs to no step", i+1, lines[i])
			}
			if err := now.add(kind, rest, lines[i]); err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
		}
	}
	s.head = before // behind the last step
	return s, nil
}

// add takes a line below a command.
func (s *step) add(kind, rest, line string) error {
	switch kind {
	case "<":
		wait, send, ok := strings.Cut(rest, " => ")
		if !ok {
			return fmt.Errorf("%q has no =>", line)
		}
		s.typed = append(s.typed, keys{wait, send})
	case "=":
		s.row = rest
	case ">", "!", "?":
		if s.row == "" {
			s.docker = append(s.docker, line)
		} else {
			s.mydocker = append(s.mydocker, line)
		}
	default:
		return fmt.Errorf("%q is no line of a story", line)
	}
	return nil
}

// String is the file of the story.
func (s *story) String() string {
	var b strings.Builder
	for _, step := range s.steps {
		sign := "$ "
		if step.terminal {
			sign = "% "
		}
		lines := append(step.before, sign+step.command)
		for _, k := range step.typed {
			lines = append(lines, "< "+k.wait+" => "+k.send)
		}
		lines = append(lines, step.docker...)
		if step.row != "" {
			lines = append(append(lines, "= "+step.row), step.mydocker...)
		}
		b.WriteString(strings.Join(lines, "\n") + "\n")
	}
	for _, line := range s.head {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// wanted is what a program has to print.
func (s *step) wanted(docker bool) []string {
	if s.row != "" && !docker {
		return s.mydocker
	}
	return s.docker
}

// record has mydocker's output, if it is not Docker's.
func (s *step) record(got []string) {
	switch {
	case slices.Equal(got, s.docker):
		s.row, s.mydocker = "", nil
	case s.row == "":
		s.row = "?"
		fallthrough
	default:
		s.mydocker = got
	}
}
