package container

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"

	"github.com/mydocker/mydocker/container/explain"
)

// Script returns a shell script that makes the container that Run would, if the
// caller runs it in the environment environ. It looks at who the caller is and where
// the host has its cgroups, and does nothing. The arguments are those of mydocker, for
// the script's title. Where strict, what a shell cannot do is an error; the script says it
// otherwise.
func Script(config *Config, strict bool, arguments, environ []string, log *logrus.Logger) (string, error) {
	if err := config.Validate(); err != nil {
		return "", err
	}
	r := &run{config: config, log: log, dry: true}
	if err := r.look(); err != nil {
		return "", err
	}
	if r.ordinary {
		r.cgroups.KeepWritable()
	}
	if config.Report != nil || config.Lifetime.CPUTime > 0 || config.Name != "" || config.PIDFile != "" {
		return "", errors.New("--dry-run knows no shell command for --cpu-time, --name, --pidfile, --report and --summary")
	}
	if err := r.checkScriptVolumes(); err != nil {
		return "", err
	}
	if config.World.Dir != "" && !config.Root.Own() { // the shell's cd changes these
		environ = append(without(environ, "PWD="), "OLDPWD=")
	}
	if config.TTY {
		environ = append(environ, "SHELL=/bin/sh") // see explain.Script
	}
	script := &explain.Script{
		User:        r.runAs(),
		Title:       strings.ReplaceAll(title(arguments, config.Defaults), "\n", "\n# "),
		Sections:    r.sections(),
		Command:     config.Command,
		Environment: explain.Environment(environ, r.environment()),
		OwnRoot:     config.Root.Own(),
		Reaper:      config.Init,
		Stdin:       config.Interactive,
		TTY:         config.TTY,
	}
	if lacks := script.Lacks(); strict && len(lacks) > 0 {
		return "", fmt.Errorf("--dry-run=strict: %s", strings.Join(lacks, "; "))
	}
	return script.String(), nil
}

// look does the steps of a run that make nothing.
func (r *run) look() error {
	for _, s := range []struct {
		name string
		do   func() error
	}{
		{"check privileges", r.checkPrivileges}, {"find the root", r.findRoot}, {"restrict the command", r.restrict},
		{"find the user", r.findUser}, {"find cgroups", r.findCgroups}, {"make the layers", r.planLayers}, {"plan the root", r.planRoot},
	} {
		if err := s.do(); err != nil {
			return inStep(s.name, err)
		}
	}
	return nil
}

// title says what was typed, and what files added to it.
func title(arguments []string, defaults []DefaultsFile) string {
	text := explain.QuoteAll(arguments)
	for _, file := range defaults {
		text += "\nwith the " + file.String()
	}
	return text
}

// runAs names who has to run a script: an ordinary user's maps and cgroups are that
// user's.
func (r *run) runAs() string {
	if !r.ordinary {
		return ""
	}
	return fmt.Sprintf("the user with the id %d", os.Geteuid())
}

// sections are all steps, of mydocker and, where it awaits it, of init.
func (r *run) sections() []explain.Section {
	var sections []explain.Section
	for _, s := range steps() {
		sections = append(sections, explain.Section{Step: s.name, Actions: s.explain(r)})
	}
	for _, name := range explain.Steps() {
		sections = append(sections, explain.Section{Step: name, Actions: explain.Init(name, r.message(), "")})
	}
	return sections
}

// without leaves out the variables that begin with prefix.
func without(environ []string, prefix string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(variable string) bool { return strings.HasPrefix(variable, prefix) })
}
