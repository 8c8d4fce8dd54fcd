// Package detached has the verbs for containers that stay: they are made, started, asked for
// something and removed by commands, while a supervisor looks after each that runs (package
// supervisor). A command asks the supervisor of a container where there is one, and has the
// container for itself otherwise.
package detached

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

// Spec is what a supervisor starts: all that the command line has said.
type Spec struct {
	spec.Spec
	// Command and Env are here where they are no UTF-8, which JSON cannot hold.
	CommandBytes [][]byte `json:",omitempty"`
	EnvBytes     [][]byte `json:",omitempty"`
	// Report is where a report is written to at the end of each run, ReportFormat its format.
	Report       string `json:",omitempty"`
	ReportFormat string `json:",omitempty"`
	// CommandLine are the words by which it was made, from run or create on, with docker before that
	// where the command line is Docker's, and CallersDir is the directory where that was.
	CommandLine []string `json:",omitempty"`
	CallersDir  string   `json:",omitempty"`
	// LogLevel is the least severe level of what mydocker itself has to say.
	LogLevel string `json:",omitempty"`
}

const (
	specNew = state.SpecName + ".new"
	maxSpec = 32 << 20
)

// pack moves what JSON cannot hold to where it can.
func (s *Spec) pack() error {
	s.Command, s.CommandBytes = packed(s.Command)
	s.Env, s.EnvBytes = packed(s.Env)
	for _, m := range s.Mounts {
		for _, text := range []string{m.Source, m.Target, m.Data} {
			if !utf8.ValidString(text) {
				return fmt.Errorf("%s: a path with bytes that are no UTF-8 cannot be kept", &m)
			}
		}
	}
	for _, text := range []string{s.Root.Dir, s.Root.Changes, s.World.Dir, s.CgroupParent} {
		if !utf8.ValidString(text) {
			return fmt.Errorf("%q: a path with bytes that are no UTF-8 cannot be kept", text)
		}
	}
	return nil
}

func packed(list []string) (text []string, raw [][]byte) {
	if !slices.ContainsFunc(list, func(s string) bool { return !utf8.ValidString(s) }) {
		return list, nil
	}
	for _, s := range list {
		raw = append(raw, []byte(s))
	}
	return nil, raw
}

func unpacked(text []string, raw [][]byte) []string {
	for _, s := range raw {
		text = append(text, string(s))
	}
	return text
}

// Save writes the spec into a container's directory.
func (s *Spec) Save(c *state.Container) error {
	stored := *s
	if err := stored.pack(); err != nil {
		return err
	}
	content, err := json.Marshal(&stored)
	if err == nil {
		err = utils.ReplaceSynced(int(c.Dir.Fd()), state.SpecName, specNew, append(content, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Join(c.Path, state.SpecName), err)
	}
	return nil
}

// LoadSpec reads the spec of a container, by its directory.
func LoadSpec(path string) (*Spec, error) {
	file := filepath.Join(path, state.SpecName)
	fd, err := utils.Open(file, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", file, err)
	}
	content, err := utils.ReadOpen(fd, maxSpec)
	s := &Spec{}
	if err = errors.Join(err, unix.Close(fd)); err == nil {
		err = utils.DecodeStrictly(content, s)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	s.Command, s.CommandBytes = unpacked(s.Command, s.CommandBytes), nil
	s.Env, s.EnvBytes = unpacked(s.Env, s.EnvBytes), nil
	return s, nil
}

// Config is what the engine runs for a container.
func (s *Spec) Config(stateDir string, r *state.Record) (*container.Config, error) {
	config := s.ConfigOfRunning(r)
	if r.Manifest == "" {
		return config, nil
	}
	var err error
	if config.Image, err = image.OpenManifest(stateDir, r.Manifest); err != nil {
		return nil, fmt.Errorf("its image %s: %w", utils.OneLine(r.Image), err)
	}
	return config, nil
}

// ConfigOfRunning is the same for a container that was started: its image is not opened.
func (s *Spec) ConfigOfRunning(r *state.Record) *container.Config {
	config := &container.Config{Spec: s.Spec, Says: r.Config}
	config.Name = r.Name
	return config
}
