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
	// Sections are the steps, in order.
	Sections []Section
	// Command is the command and its arguments.
	Command []string
	// Environment are the command of env(1) and its arguments that make the
	// command's environment from the script's. Empty, it is that.
	Environment []string
	// Reaper keeps the shell as process 1, and the command is its child.
	Reaper bool
	// Stdin passes stdin on, and TTY gives the command a terminal.
	Stdin, TTY bool
}

// String is the script, for a POSIX shell with the programs of util-linux and
// iproute2.
func (s *Script) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "#!/bin/sh\n# %s\n# Run it as root, in the environment that it was made in.\nset -eu\n", s.Title)
	b.WriteString(s.cleanUp())
	b.WriteString(s.commands(Before))
	delimiter := "INSIDE"
	for strings.Contains(s.inside(), delimiter) {
		delimiter += "_"
	}
	if !s.TTY {
		fmt.Fprintf(&b, "\n# The shell that becomes the command reads this.\ninside() {\n    cat <<'%s'\n%s%s\n}\n", delimiter, s.inside(), delimiter)
	}
	b.WriteString("\nstatus=0\n# shellcheck disable=SC1003,SC2016 # what stands in single quotes is for the command\n" + s.start() + "exit \"$status\"\n")
	return b.String()
}

// commands are those of a place, each below its step and its reason, which is said
// once.
func (s *Script) commands(place Place) string {
	var b strings.Builder
	told := map[string]bool{}
	sections := slices.Clone(s.Sections)
	if place == After { // what was made last goes first
		slices.Reverse(sections)
	}
	for _, section := range sections {
		step := "\n# " + section.Step + "\n"
		for _, a := range section.Actions {
			if a.Place != place {
				continue
			}
			b.WriteString(step)
			if !told[a.Why] {
				b.WriteString("# " + a.Why + "\n")
			}
			b.WriteString(a.Shell + "\n")
			step, told[a.Why] = "", true
		}
	}
	return b.String()
}

// shells are the shell's commands of a place.
func (s *Script) shells(place Place) []string {
	var commands []string
	for _, section := range s.Sections {
		for _, a := range section.Actions {
			if a.Place == place {
				commands = append(commands, a.Shell)
			}
		}
	}
	return commands
}

// cleanUp has the script take away what it made, however it ends. The kernel may
// take a moment to empty a cgroup.
func (s *Script) cleanUp() string {
	if len(s.shells(After)) == 0 {
		return ""
	}
	commands := strings.TrimPrefix(s.commands(After), "\n")
	return "\n# shellcheck disable=SC2317 # the traps call it\nclean_up() {\n" + indent(commands) + "}\ntrap clean_up EXIT\ntrap 'exit 129' HUP\ntrap 'exit 130' INT\ntrap 'exit 143' TERM\n"
}

// inside is what the container's first process does, up to the command. Where it is
// in quotes within quotes, it has no comments.
func (s *Script) inside() string {
	commands := strings.TrimPrefix(s.commands(Inside), "\n")
	if s.TTY {
		commands = strings.Join(s.shells(Inside), "\n")
	}
	last := slices.Concat([]string{"exec"}, s.shells(Last), s.Environment)
	if len(last) == 1 && strings.HasPrefix(s.Command[0], "-") {
		last = append(last, "env", "--") // for shells whose exec has options
	}
	end := ""
	if s.Reaper {
		last, end = last[1:], "exit\n"
	}
	return commands + "\n" + strings.Join(append(last, `"$@"`), " ") + "\n" + end
}

// start enters the cgroups and the namespaces, and runs the command.
func (s *Script) start() string {
	inside := `"$(inside)"`
	if s.TTY {
		inside = Quote(s.inside())
	}
	var b strings.Builder
	for _, command := range s.shells(Enter) {
		b.WriteString(command + "\n")
	}
	prefixes := slices.Concat([]string{"exec"}, s.shells(Around), s.shells(Prefix), []string{"sh -euc " + inside + " sh"})
	b.WriteString(strings.Join(prefixes, " \\\n    ") + " " + QuoteAll(s.Command) + "\n")
	stdin := ""
	if !s.Stdin {
		stdin = "</dev/null "
	}
	if s.TTY {
		return "# A terminal of its own, which script(1) makes.\nSHELL=/bin/sh script -qec " + Quote(b.String()) + " /dev/null " + stdin + "|| status=$?\n"
	}
	return "(\n" + indent(b.String()) + ") " + stdin + "|| status=$?\n"
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
