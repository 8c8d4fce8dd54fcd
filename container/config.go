package container

import (
	"os"
	"strings"

	"github.com/mydocker/mydocker/cgroups/subsystems"
	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/report"
	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/container/stdio"
	"github.com/mydocker/mydocker/container/users"
)

// Config is a container, and what its caller wants to know of it while it runs.
type Config struct {
	spec.Spec
	// Defaults are the configuration files that say something of Spec.
	Defaults []DefaultsFile
	// Image is the one that Spec's Root names, open for as long as the container lives.
	Image *image.Image
	// Unpack unpacks its layers for a user namespace for which they are not yet unpacked.
	Unpack func(*users.UserNamespace) error
	// State is the directory of mydocker's state, for who lists what runs.
	State string
	// Fill copies what is merged of directories of layers, the uppermost first, into a directory; nil
	// leaves volumes as they are.
	Fill FillFunc
	// Keep has what the command writes stay, and a record of the container.
	Keep bool
	// Supervised is what a supervisor adds; nil for a run in the foreground.
	Supervised *Supervised
	// Says is what an image that is made of the container says of a run: what this one does,
	// with what the caller says instead.
	Says image.RunConfig
	// Explain tells on stderr what is done; Colour does so where that is a terminal.
	Explain explain.Format
	// KeepSignals is whether signals are not passed on to the command. One
	// that ends a program by default ends the container then, by SIGKILL.
	KeepSignals bool
	// FinalWait is the wait for readers at the end; nil for one of the run's own.
	FinalWait *FinalWait
	// Messages is where an explanation goes; nil for stderr. Where there is a report
	// it holds what is said of the command's end.
	Messages *stdio.BoundedWriter
	// Report is told how the run went; nil if nobody wants to know.
	Report *report.Report
}

// FillFunc is Config.Fill. As long as somebody copies, also where the caller is killed, the lock's
// file is open.
type FillFunc func(namespace *users.UserNamespace, dirs []string, into string, lock *os.File) error

// DefaultsFile is a configuration file and the settings of it that are in force.
type DefaultsFile struct {
	Path     string
	Settings []string
}

func (f *DefaultsFile) String() string {
	return "defaults of " + f.Path + ": " + strings.Join(f.Settings, ", ")
}

// counted lists the controllers that count what nothing else may need. A container that stays has
// those by which it can be paused, and get other limits while it lives.
func (c *Config) counted() []string {
	if c.Supervised != nil {
		return append(subsystems.Counters(), subsystems.FreezerName, subsystems.CPUName, subsystems.CPUSetName, subsystems.IOName)
	}
	if c.Report == nil && c.Lifetime.Timeout == 0 && c.Lifetime.CPUTime == 0 {
		return nil
	}
	return subsystems.Counters()
}
