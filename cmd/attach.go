package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/container/session"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/stdio"
)

const attachName = "attach"

func attachCommand() *cli.Command {
	return &cli.Command{
		Name: attachName, Usage: "connect with the streams of a container that runs", Category: containersCategory,
		UsageText: "mydocker attach [options] CONTAINER",
		Description: "What the command writes from now on is shown, and what is typed is its stdin, if it was made with -i. " +
			"Who does not read in time is dropped, with a word: the command waits for nobody. " +
			"The exit code is the command's.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "no-stdin", Usage: "leave its stdin alone"},
			&cli.BoolFlag{Name: "sig-proxy", Value: true, Usage: "pass signals on to the command, if it has no terminal; otherwise they end the session"},
			detachKeysFlag(),
		},
		Action: func(_ context.Context, c *cli.Command) error { return attachAction(c) },
	}
}

func attachAction(c *cli.Command) error {
	if c.NArg() != 1 {
		return exit.Usage("attach: one container is needed")
	}
	keys, err := parseDetachKeys(c.String(detachKeysName))
	if err != nil {
		return exit.Failed(err)
	}
	dir, err := stateDirectory(c)
	if err != nil {
		return err
	}
	found, err := state.Find(dir, c.Args().First())
	if err == nil {
		err = attachable(&found)
	}
	if err != nil {
		return exit.Failed(err)
	}
	o := &connectOptions{keys: keys, proxy: c.Bool("sig-proxy"), redraw: true, tells: true}
	o.streams = session.Attach{Stdin: !c.Bool("no-stdin") && found.OpenStdin, Stdout: true, Stderr: true}
	if err := o.prepare(&found.Record); err != nil {
		return exit.Failed(err)
	}
	conn, err := detached.Attach(dir, found.ID, &o.streams)
	if stopped := (*detached.NotRunningError)(nil); errors.As(err, &stopped) {
		err = errStopped
	}
	if err != nil {
		return exit.Failed(err)
	}
	return o.connect(c, dir, found.ID, conn)
}

var errStopped = errors.New("you cannot attach to a stopped container, start it first")

// attachable says in Docker's words why a container cannot be attached to.
func attachable(l *state.Listed) error {
	switch now := l.Now(); {
	case l.Running && !l.Supervised:
		return fmt.Errorf("container %s runs in the foreground of another mydocker, which has its streams", l.ID)
	case now == state.StatusPaused:
		return errors.New("you cannot attach to a paused container, unpause it first")
	case now == state.StatusRestarting:
		return errors.New("you cannot attach to a restarting container, wait until it is running")
	case now != state.StatusRunning:
		return errStopped
	}
	return nil
}

// connectOptions are how the caller is connected with a container's streams.
type connectOptions struct {
	streams session.Attach
	tty     bool
	keys    []byte
	proxy   bool
	redraw  bool // the command has shown something already
	tells   bool // that the caller has left by the keys
}

// prepare looks at the caller's terminal, before anything is started.
func (o *connectOptions) prepare(r *state.Record) error {
	o.tty = r.TTY
	if !o.tty {
		return nil
	}
	if o.streams.Stdin && !stdio.IsTerminal(os.Stdin) {
		return errors.New("the input device is not a TTY")
	}
	o.streams.Rows, o.streams.Columns = stdio.SizeOf(os.Stdout, os.Stdin)
	return nil
}

// connect passes the streams on until the command ends, or the caller leaves.
func (o *connectOptions) connect(c *cli.Command, dir, id string, conn *session.Conn) error {
	log, err := newLogger(c)
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	code, err := detached.Connect(conn, &detached.ConnectOptions{
		Streams: o.streams, TTY: o.tty, Keys: o.keys, SigProxy: o.proxy, Redraw: o.redraw,
		Warn: func(err error) { log.Warn(err) },
	})
	left, killed := detached.DetachedError{}, detached.KilledError{}
	if errors.As(err, &killed) {
		code, err = afterKill(dir, id, killed)
	}
	if errors.As(err, &left) {
		tellDetached(dir, id)
	}
	if errors.As(err, &left) && !o.tells {
		err = nil
	}
	interrupted, lost, broken := (*detached.InterruptedError)(nil), (*detached.LostError)(nil), (*detached.OutputError)(nil)
	switch {
	case errors.As(err, &interrupted):
		err, code = nil, 128+int(interrupted.Signal)
	case errors.As(err, &left) || errors.As(err, &lost) || errors.As(err, &broken):
		err = exit.Failed(err)
	}
	if err := log.Close(err); err != nil {
		return err
	}
	if code != 0 {
		return exit.Status(code)
	}
	return nil
}

// tellDetached tells the journal that a session was left by the keys.
func tellDetached(dir, id string) {
	if found, err := state.Find(dir, id); err == nil {
		events.Write(dir, events.OfContainer(events.Detach, id, found.Name, found.Image, found.Config.Labels))
	}
}

// afterKill is how a container has ended whose supervisor does not say so any more.
func afterKill(dir, id string, killed error) (code int, err error) {
	if code, err = detached.Wait(dir, id); err != nil {
		return 0, killed
	}
	if found, err := state.Find(dir, id); err != nil || found.Now() == state.StatusDead {
		return 0, killed
	}
	return code, nil
}
