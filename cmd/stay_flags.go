package cmd

import (
	"fmt"
	"maps"
	"os"
	"syscall"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/container/stdio"
	"github.com/mydocker/mydocker/utils"
)

// checkStaying refuses what tells of a run in the foreground alone.
func checkStaying(c *cli.Command) error {
	if parseDryRun(c).on {
		return exit.Usage("--dry-run prints what a run in the foreground does: leave out what makes the container stay")
	}
	if parseExplain(c) != explain.Off && !defaultsOf(c).has("explain") {
		return exit.Usage("--explain tells of a run in the foreground; of one that stays: mydocker create, and start --explain")
	}
	return nil
}

// checkForeground checks the flags of a container that stays where it does not: Docker's command
// lines have some with --rm. A policy that nobody would follow is refused. The labels are for the
// journal.
func checkForeground(c *cli.Command) (labels map[string]string, err error) {
	if !isComplete(c.Root()) {
		return nil, nil
	}
	says := &image.RunConfig{}
	settings, err := parseLife(c, says)
	if err != nil {
		return nil, err
	}
	if name := settings.Restart.Name; name != "" && name != state.RestartNo && !defaultsOf(c).has(restartFlag) {
		return nil, exit.Usage(fmt.Sprintf("--restart %s: a run in the foreground ends with its command; run -d starts it again", name))
	}
	if _, err := parseLog(c); err != nil {
		return nil, err
	}
	_, err = parseDetachKeys(c.String(detachKeysName))
	return says.Labels, err
}

// merged are labels, with others instead of those that have their names.
func merged(labels, others map[string]string) map[string]string {
	all := maps.Clone(others)
	for name, value := range labels {
		if _, is := all[name]; !is {
			all[name] = value
		}
	}
	return all
}

// foregroundStreams are the caller's, without those that --attach leaves out. A terminal is one
// stream.
func foregroundStreams(c *cli.Command) (streams stdio.Streams, done func() error, err error) {
	streams, done = stdio.Streams{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}, func() error { return nil }
	if !isComplete(c.Root()) || !c.IsSet("attach") || c.Bool("tty") {
		return streams, done, nil
	}
	attached, err := parseAttach(c)
	if err != nil || attached.Stdout && attached.Stderr {
		return streams, done, err
	}
	fd, err := utils.Open(os.DevNull, syscall.O_RDWR)
	if err != nil {
		return streams, done, fmt.Errorf("open %s: %w", os.DevNull, err)
	}
	null := os.NewFile(uintptr(fd), os.DevNull)
	if !attached.Stdout {
		streams.Stdout = null
	}
	if !attached.Stderr {
		streams.Stderr = null
	}
	return streams, null.Close, nil
}
