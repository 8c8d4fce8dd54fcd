// Package change changes the configuration of an image by instructions of a Dockerfile, as
// docker import --change and docker commit --change do.
package change

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/utils"
)

// Apply changes a configuration by instructions, one after another: "CMD sh",
// "ENV PATH=/bin". Where one is wrong, the configuration is of no use.
func Apply(config *image.RunConfig, changes []string) error {
	c := &changer{config: config}
	for _, change := range changes {
		if strings.TrimSpace(change) == "" {
			return errors.New("an empty change")
		}
		for _, line := range instructions(change) {
			if err := c.apply(line); err != nil {
				return fmt.Errorf("change %q: %w", line, err)
			}
		}
	}
	return nil
}

// instructions are the lines of a text; one that ends with a backslash goes on in the next.
func instructions(text string) []string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\\\n", "")
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines
}

// changer changes a configuration.
type changer struct {
	config *image.RunConfig
	// cmdSet says that a change has set Cmd. Without it, a new Entrypoint takes it away: it
	// was made for another one.
	cmdSet bool
}

func (c *changer) apply(line string) error {
	name, rest := line, ""
	if end := strings.IndexAny(line, " \t"); end >= 0 {
		name, rest = line[:end], strings.TrimSpace(line[end:])
	}
	name = strings.ToUpper(name)
	do, known := c.verbs()[name]
	if !known {
		return fmt.Errorf("%s is not a valid change command: %s are", name, strings.Join(slices.Sorted(maps.Keys(c.verbs())), ", "))
	}
	if rest == "" {
		return fmt.Errorf("%s needs an argument", name)
	}
	return do(rest)
}

func (c *changer) verbs() map[string]func(string) error {
	return map[string]func(string) error{
		"CMD": c.cmd, "ENTRYPOINT": c.entrypoint, "ENV": c.env, "EXPOSE": c.expose, "HEALTHCHECK": c.healthcheck,
		"LABEL": c.label, "ONBUILD": c.onbuild, "STOPSIGNAL": c.stopSignal, "USER": c.user, "VOLUME": c.volume,
		"WORKDIR": c.workdir,
	}
}

// list reads a JSON list of strings, which the exec form of a command is.
func list(text string) ([]string, bool) {
	if !strings.HasPrefix(text, "[") {
		return nil, false
	}
	words := []string{}
	err := json.Unmarshal([]byte(text), &words)
	return words, err == nil
}

// command is a command in exec form, or a line for the shell.
func (c *changer) command(text string) []string {
	if words, isList := list(text); isList {
		return words
	}
	shell := c.config.Shell
	if len(shell) == 0 {
		shell = []string{"/bin/sh", "-c"}
	}
	return append(slices.Clone(shell), text)
}

func (c *changer) cmd(text string) error {
	c.config.Cmd, c.cmdSet = c.command(text), true
	return nil
}

func (c *changer) entrypoint(text string) error {
	c.config.Entrypoint = c.command(text)
	if !c.cmdSet {
		c.config.Cmd = nil
	}
	return nil
}

func (c *changer) env(text string) error {
	pairs, err := c.pairs(text)
	for _, pair := range pairs {
		c.setenv(pair.name, pair.value)
	}
	return err
}

func (c *changer) setenv(name, value string) {
	variable := name + "=" + value
	for i, old := range c.config.Env {
		if key, _, _ := strings.Cut(old, "="); key == name {
			c.config.Env[i] = variable
			return
		}
	}
	c.config.Env = append(c.config.Env, variable)
}

func (c *changer) label(text string) error {
	pairs, err := c.pairs(text)
	labels := maps.Clone(c.config.Labels)
	for _, pair := range pairs {
		labels = put(labels, pair.name, pair.value)
	}
	c.config.Labels = labels
	return err
}

// put puts a value into a map, which is made where there is none.
func put[V any](m map[string]V, key string, value V) map[string]V {
	if m == nil {
		m = map[string]V{}
	}
	m[key] = value
	return m
}

func (c *changer) onbuild(text string) error {
	switch name := strings.ToUpper(strings.Fields(text)[0]); name {
	case "ONBUILD":
		return errors.New("ONBUILD in ONBUILD is not allowed")
	case "FROM", "MAINTAINER":
		return fmt.Errorf("%s is not allowed in ONBUILD", name)
	}
	c.config.OnBuild = append(c.config.OnBuild, text)
	return nil
}

func (c *changer) stopSignal(text string) error {
	name, err := c.word(text)
	if err == nil {
		_, err = utils.ParseSignal(name)
	}
	c.config.StopSignal = name
	return err
}

func (c *changer) user(text string) (err error) {
	c.config.User, err = c.word(text)
	return err
}

func (c *changer) volume(text string) error {
	volumes, isList := list(text)
	if !isList {
		var err error
		if volumes, err = c.words(text); err != nil {
			return err
		}
	}
	all := maps.Clone(c.config.Volumes)
	for _, volume := range volumes {
		if volume = strings.TrimSpace(volume); volume == "" {
			return errors.New("a volume is an empty string")
		}
		all = put(all, volume, struct{}{})
	}
	c.config.Volumes = all
	return nil
}

func (c *changer) workdir(text string) error {
	dir, err := c.word(text)
	if err == nil && dir == "" {
		err = errors.New("the directory is an empty string")
	}
	if !path.IsAbs(dir) {
		dir = path.Join("/", c.config.WorkingDir, dir)
	}
	c.config.WorkingDir = path.Clean(dir)
	return err
}
