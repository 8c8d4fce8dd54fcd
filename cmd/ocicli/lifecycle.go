package ocicli

import (
	"errors"
	"os"
	"syscall"

	"github.com/mydocker/mydocker/container/lifecycle"
	"github.com/mydocker/mydocker/container/notify"
	"github.com/mydocker/mydocker/utils"
)

func (c *call) start() (int, error) {
	return c.with(func(container *lifecycle.Container) error {
		if err := c.needsDBus(container.Unit != "" && container.HasHooks); err != nil { // one that fails ends the container
			return err
		}
		return container.Start(os.Getenv(notify.Variable))
	})
}

func (c *call) pause() (int, error) { return c.with((*lifecycle.Container).Pause) }

func (c *call) resume() (int, error) { return c.with((*lifecycle.Container).Resume) }

func (c *call) kill() (int, error) {
	return c.with(func(container *lifecycle.Container) error {
		name := "TERM"
		if len(c.words) > 1 {
			name = c.words[1]
		}
		sig, err := parseSignal(name)
		if err != nil {
			return err
		}
		c.log.step("send signal %d", sig)
		return container.Kill(sig, c.on("all"))
	})
}

// parseSignal reads a signal, or 0, by which it is found out whether there is a process.
func parseSignal(name string) (syscall.Signal, error) {
	if name == "0" {
		return 0, nil
	}
	sig, err := utils.ParseSignal(name)
	if err != nil || !utils.IsSignal(sig) {
		return 0, errors.New("unknown signal \"" + utils.Shortened(name) + "\"")
	}
	return sig, nil
}

func (c *call) delete() (int, error) {
	if c.on("regex") {
		return c.deleteMatching()
	}
	return c.deleteOne()
}

func (c *call) deleteOne() (int, error) {
	force := c.on("force")
	code, err := c.with(func(container *lifecycle.Container) error {
		if err := c.needsDBus(container.Unit != ""); err != nil {
			return err
		}
		return container.Delete(force)
	})
	var missing *lifecycle.NotExistError
	var damaged *lifecycle.DamagedError
	switch {
	case force && errors.As(err, &missing):
		return 0, nil
	case force && errors.As(err, &damaged):
		c.log.warn(err)
		return 0, c.discard()
	}
	return code, err
}

// discard removes a container of which nothing but the directory can be there.
func (c *call) discard() error {
	root, err := c.root()
	if err != nil {
		return err
	}
	return root.Discard(c.words[0])
}
