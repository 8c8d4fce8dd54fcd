//go:build !front

package ocicli

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/cgroups/group"
	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/utils"
)

// defaultInterval is that between figures; endInterval that at which the end is looked for.
const (
	defaultInterval = 5 * time.Second
	endInterval     = 500 * time.Millisecond
)

// event is a line of what events shows.
type event struct {
	Type string       `json:"type"`
	ID   string       `json:"id"`
	Data *group.Stats `json:"data,omitempty"`
}

func (c *call) events() (int, error) {
	return c.with(func(container *lifecycle.Container) error {
		interval, err := c.interval()
		if err != nil {
			return err
		}
		if status, err := container.Status(); err != nil || status == specs.StateStopped {
			return errors.Join(err, fmt.Errorf("container with id %s is not running", container.ID))
		}
		if c.on("stats") {
			return c.showStats(container)
		}
		return c.follow(container, interval)
	})
}

// interval is the value of --interval.
func (c *call) interval() (time.Duration, error) {
	if !c.has("interval") {
		return defaultInterval, nil
	}
	text := c.text("interval")
	interval, err := time.ParseDuration(text)
	if err != nil {
		return 0, usageError("invalid value %q for flag -interval: a time such as 5s is needed", utils.Shortened(text))
	}
	if interval <= 0 {
		return 0, errors.New("duration interval must be greater than 0")
	}
	return interval, nil
}

func (c *call) showStats(container *lifecycle.Container) error {
	stats, err := container.Stats()
	if err != nil {
		return err
	}
	return c.showEvent(event{"stats", container.ID, stats})
}

func (c *call) showEvent(e event) error {
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return c.print(append(text, '\n'))
}

// follow shows figures at each interval, and each time that the kernel kills for want of memory,
// until the container has ended.
func (c *call) follow(container *lifecycle.Container, interval time.Duration) error {
	oom, err := container.WatchOOM()
	if err != nil { // as without a memory controller
		c.log.warn(fmt.Errorf("no events about memory: %w", err))
	}
	figures, end := time.NewTicker(interval), time.NewTicker(endInterval)
	for {
		select {
		case <-oom:
			err = c.showEvent(event{Type: "oom", ID: container.ID})
		case <-figures.C:
			err = c.showStats(container)
		case <-end.C:
			err = nil
		}
		status, statusErr := container.Status()
		if statusErr == nil && status == specs.StateStopped {
			return nil
		}
		if err = errors.Join(err, statusErr); err != nil {
			return err
		}
	}
}
