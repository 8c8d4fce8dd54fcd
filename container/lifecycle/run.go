package lifecycle

import (
	"errors"

	"github.com/mydocker/mydocker/container/initproc"
)

// RunOptions are how the caller of run is connected with the container.
type RunOptions struct {
	CreateOptions
	// Detach returns when the command runs. Keep leaves the container there when it has ended.
	Detach, Keep bool
	// Manager is the socket of the service manager that is told when the command is ready, "" for none.
	Manager string
}

// Run creates a container, starts it, waits for its end and deletes it. It returns the command's
// status, or 128 plus the signal that has ended it.
func (r *Root) Run(id string, plan *Plan, options RunOptions) (code int, err error) {
	if options.Detach {
		return 0, r.runDetached(id, plan, options)
	}
	foreground, err := NewForeground(plan.Process.Terminal && options.ConsoleSocket == "", true, r.warn)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, foreground.Close()) }()
	foreground.plainLines = true
	c, process, err := r.create(id, plan, options.CreateOptions, foreground)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	code, err = c.runInForeground(process, foreground, options.Manager)
	if err != nil || !options.Keep {
		err = errors.Join(err, c.Delete(true))
	}
	return code, errors.Join(err, process.Close())
}

// runDetached is create and start. What cannot be started is not left there.
func (r *Root) runDetached(id string, plan *Plan, options RunOptions) error {
	c, err := r.Create(id, plan, options.CreateOptions)
	if err != nil {
		return err
	}
	if err = c.Start(options.Manager); err != nil {
		err = errors.Join(err, c.Delete(true))
	}
	return errors.Join(err, c.Close())
}

func (c *Container) runInForeground(process *initproc.ParentProcess, foreground *Foreground, manager string) (code int, err error) {
	if err := foreground.Start(process); err != nil {
		return 0, err
	}
	readiness, err := c.start(manager)
	if err != nil {
		return 0, err
	}
	if readiness == nil {
		return foreground.Wait(process)
	}
	served := make(chan struct{})
	go func() {
		readiness.serve()
		close(served)
	}()
	code, err = foreground.Wait(process)
	<-served
	return code, errors.Join(err, readiness.Close())
}
