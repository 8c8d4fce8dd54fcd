package explain

import (
	"fmt"
	"slices"
	"strings"
)

// Section is a step and what it does.
type Section struct {
	Step    string
	Actions []Action
}

// Script is a shell script that makes a container.
type Script struct {
	// Title says what it stands for, in one line.
	Title string
	// User is who has to run it, "" root.
	User string
	// Sections are the steps, in order.
	Sections []Section
	// Command is the command and its arguments.
	Command []string
	// Environment are the command of env(1) and its arguments that make the
	// command's environment from the script's. Empty, it is that.
	Environment []string
	// OwnRoot is whether the container has a root of its own, in which env(1) may be
	// missing.
	OwnRoot bool
	// Reaper keeps the shell as process 1, and the command is its child.
	Reaper bool
	// Stdin passes stdin on, and TTY gives the command a terminal.
	Stdin, TTY bool
}

// String is the script, for a POSIX shell with the programs of util-linux and
// iproute2. Each command has its reason above it.
func (s *Script) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "#!/bin/sh\n# %s\n# Run it as %s, in the environment that it was made in.\n\n", s.Title, s.runAs())
	b.WriteString(s.missing())
	b.WriteString("# A command that fails ends the script, and so does a variable that is not set.\nset -eu\n")
	b.WriteString(s.cleanUp())
	b.WriteString(s.commands(Before))
	inside, start := hereDocument("inside", "The shell that becomes the command reads this.", s.inside()), s.start()
	if s.TTY {
		b.WriteString(hereDocument("container", "The shell that script(1) starts in a new terminal reads this.", strings.TrimPrefix(inside, "\n")+"\n"+start))
		start = "# A terminal of its own, which script(1) makes.\nSHELL=/bin/sh script -qec \"$(container)\" /dev/null"
	} else {
		b.WriteString(inside)
		start = "# A shell of its own enters the cgroups and becomes the container, so that this one does not.\n(\n" + indent(start) + ")"
	}
	if !s.Stdin {
		start = "# Without -i stdin is empty.\n" + start + " </dev/null"
	}
	b.WriteString("\n# The status of the command is the script's.\nstatus=0\n" + start + " || status=$?\nexit \"$status\"\n")
	return b.String()
}

func (s *Script) runAs() string {
	if s.User == "" {
		return "root"
	}
	return s.User
}

// commands are those of a position, each below its step and its reason.
func (s *Script) commands(position Position) string {
	var b strings.Builder
	sections := slices.Clone(s.Sections)
	if position == After { // what was made last goes first
		slices.Reverse(sections)
	}
	for _, section := range sections {
		step, why := "\n# "+section.Step+"\n", ""
		for _, a := range section.Actions {
			if a.Position != position {
				continue
			}
			b.WriteString(step)
			if a.Why != why {
				b.WriteString("# " + a.Why + "\n")
			}
			b.WriteString(a.Shell + "\n")
			step, why = "", a.Why
		}
	}
	return b.String()
}

// actions are those of a position.
func (s *Script) actions(positions ...Position) []Action {
	var actions []Action
	for _, position := range positions {
		for _, section := range s.Sections {
			for _, a := range section.Actions {
				if a.Position == position {
					actions = append(actions, a)
				}
			}
		}
	}
	return actions
}

// Lacks lists what a shell cannot do of what the container is made of, and why.
func (s *Script) Lacks() []string {
	var lacks []string
	for _, section := range s.Sections {
		for _, a := range section.Actions {
			if a.Lacks != "" {
				lacks = append(lacks, section.Step+": "+a.Lacks)
			}
		}
	}
	return lacks
}

// missing says in the script what it lacks.
func (s *Script) missing() string {
	lacks := s.Lacks()
	if len(lacks) == 0 {
		return ""
	}
	return "# What mydocker does, and this script does not:\n# - " + strings.Join(lacks, "\n# - ") + "\n\n"
}

// cleanUp has the script take away what it made, however it ends. The kernel may
// take a moment to empty a cgroup.
func (s *Script) cleanUp() string {
	if len(s.actions(After)) == 0 {
		return ""
	}
	commands := strings.TrimPrefix(s.commands(After), "\n")
	return "\n# What was made goes, however the script ends.\n# shellcheck disable=SC2317 # the traps call it\nclean_up() {\n" + indent(commands) +
		"}\ntrap clean_up EXIT\n# A signal is an end like any other; the status tells which.\ntrap 'exit 129' HUP\ntrap 'exit 130' INT\ntrap 'exit 143' TERM\n"
}

// inside is what the container's first process does, up to the command.
func (s *Script) inside() string {
	commands := strings.TrimPrefix(s.commands(Inside), "\n")
	last := s.actions(Last)
	words, reasons := []string{"exec"}, reasonsOf(last)
	for _, a := range last {
		words = append(words, a.Shell)
	}
	if len(s.Environment) > 0 && s.OwnRoot {
		words = slices.Concat(words[:1], s.Environment, words[1:])
	} else if len(s.Environment) > 0 {
		words = append(words, s.Environment...)
	}
	if len(s.Environment) > 0 {
		reasons += "# env: the command gets this environment.\n"
	}
	if len(words) == 1 && strings.HasPrefix(s.Command[0], "-") {
		words = append(words, "env", "--") // for shells whose exec has options
		reasons += "# env: exec would take the command for an option.\n"
	}
	end := ""
	why := "# exec: the shell becomes the command, which stays process 1.\n"
	if s.Reaper {
		words, end = words[1:], "# The status of the command is that of process 1.\nexit\n"
		why = "# The shell stays process 1, and waits for orphans.\n"
	}
	return commands + "\n# execute the command\n" + why + reasons + strings.Join(append(words, `"$@"`), " ") + "\n" + end
}

// start enters the cgroups and the namespaces, and runs the command.
func (s *Script) start() string {
	var b strings.Builder
	why := ""
	for _, a := range s.actions(Enter) {
		if a.Why != why {
			b.WriteString("# " + a.Why + "\n")
		}
		b.WriteString(a.Shell + "\n")
		why = a.Why
	}
	b.WriteString("# exec: one program runs the next, until the last is the command.\n")
	prefixes := s.actions(Around, Prefix)
	b.WriteString(reasonsOf(prefixes) + "# sh: it does what is left to do inside, and becomes the command.\n# shellcheck disable=SC1003,SC2016 # what stands in single quotes is for the command\n")
	words := []string{"exec"}
	for _, a := range prefixes {
		words = append(words, a.Shell)
	}
	words = append(words, `sh -euc "$(inside)" sh`)
	b.WriteString(strings.Join(words, " \\\n    ") + " " + QuoteAll(s.Command) + "\n")
	return b.String()
}

// reasonsOf says why for each command of one that is made of many.
func reasonsOf(actions []Action) string {
	var b strings.Builder
	for _, a := range actions {
		program, _, _ := strings.Cut(a.Shell, " ")
		b.WriteString("# " + program + ": " + a.Why + "\n")
	}
	return b.String()
}

// hereDocument is a function that prints text.
func hereDocument(name, why, text string) string {
	delimiter := strings.ToUpper(name)
	for strings.Contains(text, delimiter) {
		delimiter += "_"
	}
	return "\n# " + why + "\n" + name + "() {\n    cat <<'" + delimiter + "'\n" + text + delimiter + "\n}\n"
}

// indent moves every line to the right but those that begin inside of single
// quotes, where blanks would be part of the value.
func indent(text string) string {
	var b strings.Builder
	quoted := false
	for line := range strings.Lines(text) {
		if !quoted && line != "\n" {
			b.WriteString("    ")
		}
		b.WriteString(line)
		if quoted || !strings.HasPrefix(line, "#") {
			quoted = endsQuoted(line, quoted)
		}
	}
	return b.String()
}

// endsQuoted tells whether the end of a line is inside of single quotes, given
// whether its beginning is.
func endsQuoted(line string, quoted bool) bool {
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\'':
			quoted = !quoted
		case line[i] == '\\' && !quoted:
			i++
		}
	}
	return quoted
}

// Environment is the env(1) that makes the environment wanted of the one that is
// there; nothing if they are the same.
func Environment(present, wanted []string) []string {
	var unset, set []string
	names := map[string]bool{}
	for _, variable := range wanted {
		name, _, isVariable := strings.Cut(variable, "=")
		names[name] = true
		if isVariable && name != "" && !slices.Contains(present, variable) {
			set = append(set, Quote(variable))
		}
	}
	for _, variable := range present {
		if name, _, isVariable := strings.Cut(variable, "="); isVariable && name != "" && !names[name] {
			unset = append(unset, "-u", Quote(name))
		}
	}
	if len(set)+len(unset) == 0 {
		return nil
	}
	return slices.Concat([]string{"env"}, unset, []string{"--"}, set)
}
