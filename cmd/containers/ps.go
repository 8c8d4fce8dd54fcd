package containers

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/state"
)

func psCommand() *cli.Command {
	return &cli.Command{
		Name: "ps", Usage: "list the containers that are kept (run --image IMAGE --rm=false)", Category: containersCategory,
		UsageText: "mydocker ps [options]",
		Description: "Without --all those alone that run. Containers that are removed at their end are in no list. Filters: id=ID, name=NAME, " +
			"ancestor=IMAGE, status=running|exited, exited=CODE, label=KEY[=VALUE], before=CONTAINER and since=CONTAINER. A format is a " +
			"Go template, the same behind \"table \", or json; its fields are " + table.Fields(containerHeader()) + ".",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "also those that have ended"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print ids alone"},
			&cli.BoolFlag{Name: "no-trunc", Usage: "print commands whole"},
			&cli.BoolFlag{Name: "latest", Aliases: []string{"l"}, Usage: "the one that was made last, whether it runs or not"},
			&cli.IntFlag{Name: "last", Aliases: []string{"n"}, Usage: "the `NUMBER` of them that were made last, whether they run or not"},
			&cli.StringSliceFlag{Name: "filter", Aliases: []string{"f"}, Usage: "list those alone for which `KEY=VALUE` holds"},
			&cli.StringFlag{Name: "format", Usage: "table, table TEMPLATE, json or a `TEMPLATE`"},
		},
		Metadata: command.Takes(0, nil),
		Action:   psAction,
	}
}

func psAction(_ context.Context, c *cli.Command) error {
	if c.NArg() > 0 {
		return command.TooMany(c, 0)
	}
	wanted, err := parseContainerFilters(c.StringSlice("filter"))
	if err != nil {
		return err
	}
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	all, damaged := state.List(dir)
	chosen, err := wanted.choose(dir, all)
	if err != nil {
		return errors.Join(err, damaged)
	}
	chosen = last(c, chosen, wanted)
	rows := make([]containerRow, len(chosen))
	for i, listed := range chosen {
		rows[i] = newContainerRow(listed, c.Bool("no-trunc"), time.Now())
	}
	list := table.List[containerRow]{
		Format: c.String("format"), Header: containerHeader(),
		Default: `{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}`,
	}
	if c.Bool("quiet") && list.Format == "" {
		list.Format = "{{.ID}}"
	}
	return errors.Join(list.Print(command.Output(c), rows), damaged)
}

// last are those that are listed: the newest are first.
func last(c *cli.Command, all []*state.Listed, wanted containerFilters) (chosen []*state.Listed) {
	most := c.Int("last")
	if c.Bool("latest") {
		most = 1
	}
	if most > 0 {
		return all[:min(most, len(all))]
	}
	for _, listed := range all {
		if listed.Running || c.Bool("all") || wanted.ofEnded() {
			chosen = append(chosen, listed)
		}
	}
	return chosen
}

// containerRow is a container. The fields are Docker's, in the order of its JSON.
type containerRow struct {
	Command, CreatedAt, ID, Image, Labels, Names, Ports, RunningFor, State, Status string

	labels map[string]string
}

// Label is the value of a label.
func (r containerRow) Label(name string) string { return r.labels[name] }

func containerHeader() table.Header {
	return table.Header{
		"Command": "COMMAND", "CreatedAt": "CREATED AT", "ID": "CONTAINER ID", "Image": "IMAGE", "Labels": "LABELS", "Names": "NAMES",
		"Ports": "PORTS", "RunningFor": "CREATED", "State": "STATE", "Status": "STATUS",
	}
}

func newContainerRow(listed *state.Listed, whole bool, now time.Time) containerRow {
	r := containerRow{
		ID: listed.ID, Names: listed.Name, Image: imageOf(listed.Image), Command: commandOf(listed, whole),
		CreatedAt: table.At(listed.Created), RunningFor: table.Since(listed.Created, now),
		State: stateOf(listed), Status: statusOf(listed, now), labels: listed.Config.Labels,
	}
	var labels []string
	for _, name := range sortedKeys(listed.Config.Labels) {
		labels = append(labels, name+"="+listed.Config.Labels[name])
	}
	r.Labels = strings.Join(labels, ",")
	return r
}

// commandOf is what was executed, in quotes as in Docker.
func commandOf(listed *state.Listed, whole bool) string {
	text := strings.Join(listed.Command(), " ")
	if !whole {
		const most = 20
		text = table.Ellipsis(text, most)
	}
	return strconv.Quote(text)
}

// The states of a container, in Docker's words.
const (
	stateRunning = "running"
	stateExited  = "exited"
)

func stateOf(listed *state.Listed) string {
	if listed.Running {
		return stateRunning
	}
	return stateExited
}

// statusOf is the same for people. Of one whose mydocker was killed nobody knows how it ended.
func statusOf(listed *state.Listed, now time.Time) string {
	switch {
	case listed.Running:
		return "Up " + strings.TrimSuffix(table.Since(listed.Created, now), " ago")
	case listed.Exited == nil:
		return "Exited (unknown)"
	}
	return fmt.Sprintf("Exited (%d) %s", listed.ExitCode, table.Since(*listed.Exited, now))
}
