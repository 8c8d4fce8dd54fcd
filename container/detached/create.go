package detached

import (
	"errors"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sirupsen/logrus"

	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/faults"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/overlay"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

// Made is what a container that stays is made of.
type Made struct {
	State    string // the directory of all state
	Config   *container.Config
	Settings state.Settings
	// Report, ReportFormat and LogLevel are those of Spec.
	Report, ReportFormat, LogLevel string
	Log                            *logrus.Logger
	// CommandLine is that of Spec.
	CommandLine []string
}

// Create makes a container that stays, and starts nothing. It is the caller's until it is closed or
// started. Where it has no name it gets one. Its volumes are made and filled before.
func Create(m *Made) (*state.Container, error) {
	volumes, err := container.MakeVolumes(m.Config, m.Log)
	if err != nil {
		return nil, err
	}
	m.Settings.Volumes, m.Config.Mounts = volumes.Uses, volumes.Mounts
	c, err := create(m)
	if err != nil {
		return nil, errors.Join(err, volumes.Discard())
	}
	return c, volumes.Close()
}

func create(m *Made) (*state.Container, error) {
	id, err := utils.NewID()
	if err != nil {
		return nil, err
	}
	r, err := m.record(id)
	if err != nil {
		return nil, err
	}
	s := &Spec{Spec: m.Config.Spec, Report: m.Report, ReportFormat: m.ReportFormat, LogLevel: m.LogLevel}
	if err := s.settle(); err != nil {
		return nil, err
	}
	s.keepCommandLine(m.CommandLine)
	var c *state.Container
	err = faults.Around("make the container's directory", func() (err error) {
		c, err = createNamed(m.State, r)
		return err
	})
	if err != nil && c != nil { // only in a test
		return nil, errors.Join(err, c.Remove(overlay.RemoveTree), c.Close())
	}
	if err != nil {
		return nil, err
	}
	if err := faults.Around("write the spec", func() error { return s.Save(c) }); err != nil {
		return nil, errors.Join(err, c.Remove(overlay.RemoveTree), c.Close())
	}
	return c, nil
}

// settle writes down what otherwise depends on the caller's process.
func (s *Spec) settle() (err error) {
	s.IDFile, s.Name = "", "" // the client's, and the record's
	if s.World.Dir == "" && !s.Root.Own() {
		s.World.Dir, err = os.Getwd()
	}
	return err
}

func (m *Made) record(id string) (*state.Record, error) {
	config := m.Config
	r := &state.Record{
		Version: state.RecordVersion, ID: id, Name: config.Name, Image: config.Root.Image, Config: config.Says,
		Created: time.Now().UTC(), Settings: m.Settings, Life: state.Life{Status: state.StatusCreated},
	}
	r.Supervised = true
	if config.Image == nil {
		r.Config.Cmd, r.Config.Env, r.Config.WorkingDir, r.Config.User = config.Command, config.Env, config.World.Dir, config.World.User
		return r, nil
	}
	r.Manifest = config.Image.Manifest.Digest
	namespace, err := container.NamespaceOf(config)
	if err != nil {
		return nil, err
	}
	if namespace == nil {
		r.Variant, err = image.OwnVariant()
		return r, err
	}
	r.UIDMap, r.GIDMap = namespace.Maps()
	r.Variant = image.NewVariant(r.UIDMap, r.GIDMap)
	return r, nil
}

// createNamed makes the directory. A name that is made up may be another container's.
func createNamed(stateDir string, r *state.Record) (*state.Container, error) {
	if r.Name != "" {
		return state.Create(stateDir, r)
	}
	for attempt := 0; ; attempt++ {
		name, err := newName(attempt)
		if err != nil {
			return nil, err
		}
		r.Name = name
		c, err := state.Create(stateDir, r)
		if taken := (*state.NameError)(nil); attempt < 100 && errors.As(err, &taken) {
			continue
		}
		return c, err
	}
}

// keepCommandLine keeps how the container is made, for who wants to make such another. What JSON cannot
// hold is not kept.
func (s *Spec) keepCommandLine(words []string) {
	dir, err := os.Getwd()
	if err != nil || !utf8.ValidString(dir+strings.Join(words, "")) {
		return
	}
	s.CommandLine, s.CallersDir = words, dir
}
