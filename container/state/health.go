package state

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// The values of HealthStatus, in Docker's words. "" is a container without a check.
const (
	HealthStarting = "starting"
	Healthy        = "healthy"
	Unhealthy      = "unhealthy"
)

// Health is what the checks of a container have said, with Docker's fields: HealthName.
type Health struct {
	Status        string
	FailingStreak int
	// Log has the last results, the oldest first.
	Log []HealthResult
}

// HealthResult is what one check has said: it was well by ExitCode 0; -1 is one that could not be
// made, or took too long.
type HealthResult struct {
	Start, End time.Time
	ExitCode   int
	Output     string
}

// SaveHealth writes HealthName. It is not synced, which would cost the disk something with each
// check: after a power cut what is lost is about a container that has ended with it.
func (c *Container) SaveHealth(h *Health) error {
	content, err := json.Marshal(h)
	if err == nil {
		err = utils.Replace(int(c.Dir.Fd()), HealthName, HealthName+".new", append(content, '\n'))
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Join(c.Path, HealthName), err)
	}
	return nil
}

// LoadHealth reads what SaveHealth has written, nil if there was no check yet.
func (c *Container) LoadHealth() (*Health, error) {
	return loadHealth(int(c.Dir.Fd()), HealthName, filepath.Join(c.Path, HealthName))
}

func loadHealth(dir int, name, path string) (*Health, error) {
	content, err := readFile(dir, name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(content) == 0 {
		return nil, nil
	}
	h := &Health{}
	if err == nil {
		err = utils.DecodeStrictly(content, h)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return h, nil
}

// Health reads what the checks of a container have said, nil if there was none yet.
func (l *Listed) Health() (*Health, error) {
	path := filepath.Join(l.Path, HealthName)
	return loadHealth(unix.AT_FDCWD, path, path)
}
