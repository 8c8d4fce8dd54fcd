package containers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/events"
	"github.com/mydocker/mydocker/utils"
)

func eventsCommand() *cli.Command {
	return &cli.Command{
		Name: "events", Usage: "tell what happens to containers, images and volumes, while it does", Category: containersCategory,
		UsageText: "mydocker events [options]",
		Description: "Without --since and --until what happens from now on. They are times (2006-01-02T15:04:05, seconds since 1970) or how long " +
			"ago (10m). The last events are kept, 4 to 8 MiB of them. Filters: " + strings.Join(eventFilterKeys(), ", ") + ". A format is json, or a " +
			"Go template such as {{.Type}} {{.Action}} {{.Actor.Attributes.name}}; its fields are Action, Actor, From, ID, Scope, Status, Time, " +
			"TimeNano, Type.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "since", Usage: "also what has happened since `TIME`"},
			&cli.StringFlag{Name: "until", Usage: "end with what has happened, or is to happen, until `TIME`"},
			&cli.StringSliceFlag{Name: "filter", Aliases: []string{"f"}, Usage: "tell of those events alone for which `KEY=VALUE` holds"},
			&cli.StringFlag{Name: "format", Usage: "json or a `TEMPLATE`"},
		},
		Metadata:                  command.Takes(0, nil),
		DisableSliceFlagSeparator: true, // a comma is part of a label
		Action:                    eventsAction,
	}
}

func eventsAction(ctx context.Context, c *cli.Command) error {
	if c.NArg() > 0 {
		return command.TooMany(c, 0)
	}
	now := time.Now()
	p := &eventPrinter{output: command.Output(c)}
	err := p.parse(c, now)
	if err != nil {
		return err
	}
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	if p.until != nil && !p.until.After(now) {
		return events.Read(dir, p.print)
	}
	if p.until != nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, *p.until)
		defer cancel()
	}
	err = events.Follow(ctx, dir, p.since != nil || p.until != nil, func() {}, p.print)
	if err == nil && errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err() // a signal has ended it
	}
	return err
}

// eventPrinter prints the events that are asked for.
type eventPrinter struct {
	since, until *time.Time // nil is no bound
	filters      eventFilters
	line         *table.Line // nil is the form for people
	output       io.Writer
}

func (p *eventPrinter) parse(c *cli.Command, now time.Time) (err error) {
	if p.filters.Filters, err = command.ParseFilters(c.StringSlice("filter"), eventFilterKeys()...); err != nil {
		return err
	}
	for _, bound := range []struct {
		flag string
		at   **time.Time
	}{{"since", &p.since}, {"until", &p.until}} {
		if !c.IsSet(bound.flag) {
			continue
		}
		text := c.String(bound.flag)
		at, err := command.MomentOf(text, now)
		if err != nil {
			return exit.Usage(fmt.Sprintf("invalid value %q for --%s: %v", text, bound.flag, err))
		}
		*bound.at = &at
	}
	if p.since != nil && p.until != nil && p.since.After(*p.until) {
		return exit.Usage(fmt.Sprintf("--since %s is later than --until %s", c.String("since"), c.String("until")))
	}
	if format := c.String("format"); format != "" {
		p.line, err = table.NewLine(format)
	}
	return err
}

func (p *eventPrinter) print(e *events.Event) error {
	at := e.When()
	if p.since != nil && at.Before(*p.since) || p.until != nil && at.After(*p.until) || !p.filters.hold(e) {
		return nil
	}
	if p.line != nil {
		return p.line.Print(p.output, messageOf(e))
	}
	_, err := io.WriteString(p.output, utils.OneLine(textOf(e))+"\n")
	return err
}

// textOf is an event for people, as Docker prints it.
func textOf(e *events.Event) string {
	const nanoseconds = "2006-01-02T15:04:05.000000000Z07:00"
	text := fmt.Sprintf("%s %s %s %s", e.When().Local().Format(nanoseconds), e.Type, e.Action, e.ID)
	var attributes []string
	for _, key := range slices.Sorted(maps.Keys(e.Attributes)) {
		attributes = append(attributes, key+"="+e.Attributes[key])
	}
	if len(attributes) == 0 {
		return text
	}
	return text + " (" + strings.Join(attributes, ", ") + ")"
}

// message is an event in the words of Docker's API, with the fields that it had in the past.
type message struct {
	Status   string `json:"status,omitempty"`
	ID       string `json:"id,omitempty"`
	From     string `json:"from,omitempty"`
	Type     string
	Action   string
	Actor    actor
	Scope    string `json:"scope,omitempty"`
	Time     int64  `json:"time,omitempty"`
	TimeNano int64  `json:"timeNano,omitempty"`
}

type actor struct {
	ID         string
	Attributes map[string]string
}

func messageOf(e *events.Event) *message {
	const local = "local"
	m := &message{
		Type: e.Type, Action: e.Action, Actor: actor{e.ID, e.Attributes}, Scope: local, Time: e.When().Unix(), TimeNano: e.Time,
	}
	if m.Actor.Attributes == nil {
		m.Actor.Attributes = map[string]string{}
	}
	switch e.Type {
	case events.TypeContainer:
		m.Status, m.ID, m.From = e.Action, e.ID, e.Attributes["image"]
	case events.TypeImage:
		m.Status, m.ID = e.Action, e.ID
	}
	return m
}
