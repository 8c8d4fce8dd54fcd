package cmd

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/detached"
	"github.com/mydocker/mydocker/container/explain"
)

// staysAttached reports whether the container of a run stays when its command has ended, and the
// caller waits for that: a supervisor looks after it all the same, also where the caller is to be able to
// detach from one with --rm. What tells of the run as it goes is in the foreground alone.
func staysAttached(c *cli.Command) bool {
	stays := isComplete(c.Root()) && (c.IsSet("rm") && !c.Bool("rm") || c.IsSet(detachKeysName))
	return stays && !parseDryRun(c).on && parseExplain(c) == explain.Off && !c.Bool("summary") && !c.IsSet("report")
}

// leavesNothing reports whether such a container goes when its command has ended.
func leavesNothing(c *cli.Command) bool {
	isAttached := c.Name == runName && !c.Bool("detach")
	return c.Bool("rm") || isAttached && !c.IsSet("rm")
}

// attachedAction runs a container that stays, and is attached before its command begins.
func attachedAction(c *cli.Command) error {
	o := &connectOptions{proxy: c.Bool("sig-proxy")}
	var err error
	if o.streams, err = parseAttach(c); err == nil {
		o.keys, err = parseDetachKeys(c.String(detachKeysName))
	}
	if err != nil {
		return err
	}
	m, err := makeStaying(c)
	if err != nil {
		return err
	}
	o.streams.Stdin = o.streams.Stdin && m.OpenStdin
	o.streams.Whole = true
	if err := o.prepare(&m.Record); err != nil {
		return m.log.Close(errors.Join(exit.Failed(err), m.Close(), m.config.Image.Close(), m.discard()))
	}
	conn, err := detached.Launch(m.state, m.Container, &o.streams)
	err = errors.Join(err, m.config.Image.Close())
	if err != nil {
		return m.log.Close(errors.Join(err, m.discard()))
	}
	if err = m.log.Close(nil); err == nil && !o.streams.Stdout && !o.streams.Stderr {
		_, err = fmt.Fprintln(c.Root().Writer, m.ID)
	}
	if err != nil {
		return errors.Join(err, conn.Close())
	}
	return o.connect(c, m.state, m.ID, conn)
}
