package containers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/docker/go-units"
	"github.com/urfave/cli/v3"
	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/figures"
	"github.com/mydocker/mydocker/container/running"
	"github.com/mydocker/mydocker/container/state"
	"github.com/mydocker/mydocker/utils"
)

func statsCommand() *cli.Command {
	return &cli.Command{
		Name: "stats", Usage: "show what containers use", Category: containersCategory,
		UsageText: "mydocker stats [options] [CONTAINER...]",
		Description: "Without a container all that run. It goes on until Ctrl-C. Memory is without file cache that nobody needs. A format is a Go " +
			"template, the same behind \"table \", or json; its fields are " + table.Fields(statsHeader()) + ".",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "all", Aliases: []string{"a"}, Usage: "also those that do not run"},
			&cli.StringFlag{Name: "format", Usage: "table, table TEMPLATE, json or a `TEMPLATE`"},
			&cli.BoolFlag{Name: "no-stream", Usage: "print once: what was used in one second"},
			&cli.BoolFlag{Name: "no-trunc", Usage: "nothing is shortened anyway"},
		},
		Metadata: command.Takes(-1, containerWords),
		Action:   statsAction,
	}
}

// statsPace is how often figures are read, and so the time that the use of CPUs is about.
const statsPace = time.Second

func statsAction(ctx context.Context, c *cli.Command) error {
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	s := &statistics{dir: dir, names: c.Args().Slice(), all: c.Bool("all"), last: map[string]*figures.Sample{}}
	list := table.List[statsRow]{
		Format: c.String("format"), Header: statsHeader(),
		Default: template(statsColumns()),
	}
	if rows, err := s.rows(); err != nil && len(rows) == 0 { // the first figures to compare with
		return exit.Failed(err)
	}
	live := !c.Bool("no-stream") && term.IsTerminal(int(os.Stdout.Fd()))
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(statsPace):
		}
		rows, unknown := s.rows()
		if len(rows) == 0 && unknown != nil {
			return exit.Failed(unknown)
		}
		if err := printStats(command.Output(c), &list, rows, live); err != nil {
			return exit.Failed(err)
		}
		if c.Bool("no-stream") {
			return exit.Failed(unknown)
		}
	}
}

// printStats prints the figures, on a terminal over those of before.
func printStats(w io.Writer, list *table.List[statsRow], rows []statsRow, live bool) error {
	if width, _, err := term.GetSize(int(os.Stdout.Fd())); err == nil { // it is a terminal
		list.Default = template(fitStats(rows, width))
	}
	if !live {
		return list.Print(w, rows)
	}
	var text bytes.Buffer
	if err := list.Print(&text, rows); err != nil {
		return err
	}
	return showScreen(text.String())
}

// showScreen shows a text on the terminal that is stdout.
func showScreen(text string) error {
	width, height, err := term.GetSize(int(os.Stdout.Fd()))
	if err == nil {
		_, err = io.WriteString(os.Stdout, screen(text, width, height))
	}
	return err
}

// screen is a text for a terminal that shows another: line by line over that, so that nothing
// flickers. What has no room is cut off.
func screen(text string, width, height int) string {
	var out strings.Builder
	out.WriteString("\x1b[H")
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for _, line := range lines[:min(len(lines), max(height-1, 1))] {
		line = utils.OneLine(line)
		if cut := []rune(line); width > 0 && len(cut) > width {
			line = string(cut[:width])
		}
		out.WriteString(line + "\x1b[K\n")
	}
	return out.String() + "\x1b[J"
}

// statistics reads the figures of containers again and again.
type statistics struct {
	dir   string
	names []string // that were asked for; none are all
	ids   []string // of those
	all   bool
	last  map[string]*figures.Sample
}

// rows are the figures now, with the use of CPUs since the last time. Where those of a container
// cannot be read the error says so, and the others are there.
func (s *statistics) rows() ([]statsRow, error) {
	chosen, err := s.choose()
	if err != nil {
		return nil, err
	}
	samples := map[string]*figures.Sample{}
	var failed []error
	rows := make([]statsRow, 0, len(chosen))
	for n := range chosen {
		l := &chosen[n]
		sample, err := sampleOf(l)
		if err != nil {
			failed = append(failed, fmt.Errorf("container %s: %w", l.ID, err))
		}
		row := newStatsRow(l, sample, s.last[l.ID])
		if at := slices.Index(s.ids, l.ID); at >= 0 {
			row.Container = s.names[at]
		}
		if sample != nil {
			samples[l.ID] = sample
		}
		rows = append(rows, row)
	}
	s.last = samples
	return rows, errors.Join(failed...)
}

// choose finds the containers. One that was named and is gone meanwhile is left out.
func (s *statistics) choose() (chosen []state.Listed, err error) {
	if len(s.names) == 0 {
		listed, damaged := list(s.dir)
		for _, l := range listed {
			if s.all || isUp(l.Now()) {
				chosen = append(chosen, l)
			}
		}
		return chosen, damaged
	}
	for n, name := range s.names {
		if len(s.ids) > n {
			name = s.ids[n] // it may get another name meanwhile
		}
		l, err := find(s.dir, name)
		if errors.As(err, new(*state.NotFoundError)) && len(s.last) > 0 {
			continue
		}
		if err != nil {
			return nil, err
		}
		if len(s.ids) == n {
			s.ids = append(s.ids, l.ID)
		}
		chosen = append(chosen, *l)
	}
	return chosen, nil
}

// sampleOf takes a sample of a container; nil is one that does not run.
func sampleOf(l *state.Listed) (*figures.Sample, error) {
	if !isUp(l.Now()) {
		return nil, nil
	}
	found, err := recordOf(l)
	if found == nil || err != nil {
		return nil, err
	}
	return figuresOf(found).Take()
}

// usedSoFar is what a container that runs has used; nil is one that does not, or has just ended.
func usedSoFar(l *state.Listed) (*state.Usage, error) {
	if now := l.Now(); now != state.StatusRunning && now != state.StatusPaused {
		return nil, nil
	}
	found, err := recordOf(l)
	if found == nil || err != nil {
		return nil, err
	}
	used, err := figuresOf(found).Used()
	if err != nil {
		return nil, err
	}
	return &state.Usage{CPUTimeUsec: used.CPU, PeakMemory: used.PeakMemory, PeakPids: used.PeakPids, OOMKills: used.OOMKills}, nil
}

// recordOf is the record of a container that runs, in its own directory or in that of what runs in
// the foreground; nil is one that has just ended.
func recordOf(l *state.Listed) (*running.Record, error) {
	if l.Supervised {
		return running.ReadIn(l.Path, l.ID)
	}
	found, err := running.Find(l.ID)
	if errors.As(err, new(*running.NotFoundError)) {
		return nil, nil
	}
	return found, err
}

func figuresOf(r *running.Record) *figures.Container {
	return &figures.Container{Pid: r.Pid, Cgroups: r.Cgroups, OwnNetwork: r.Joins&unix.CLONE_NEWNET != 0}
}

// statsRow is a container. The fields are Docker's, in the order of its JSON.
type statsRow struct{ BlockIO, CPUPerc, Container, ID, MemPerc, MemUsage, Name, NetIO, PIDs string }

func statsColumns() []string {
	return []string{"ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs"}
}

// fitStats leaves out columns until a line fits, those first that are told by another one or by
// other commands. A container without a name keeps its id.
func fitStats(rows []statsRow, width int) []string {
	columns := statsColumns()
	for _, column := range []string{"ID", "NetIO", "MemPerc", "BlockIO"} {
		named := !slices.ContainsFunc(rows, func(r statsRow) bool { return r.Name == noName })
		if (named || column != "ID") && lineWidth(statsHeader(), rows, columns) > width {
			columns = without(columns, column)
		}
	}
	return columns
}

// noName is what stats has for the name of a container without one.
const noName = "--"

func statsHeader() table.Header {
	return table.Header{
		"BlockIO": "BLOCK I/O", "CPUPerc": "CPU %", "Container": "CONTAINER", "ID": "CONTAINER ID", "MemPerc": "MEM %",
		"MemUsage": "MEM USAGE / LIMIT", "Name": "NAME", "NetIO": "NET I/O", "PIDs": "PIDS",
	}
}

// newStatsRow is the row of a container; sample is nil where it does not run, and before where
// nothing of it is known yet.
func newStatsRow(l *state.Listed, sample, before *figures.Sample) statsRow {
	if sample == nil {
		sample = &figures.Sample{}
	}
	if before == nil {
		before = sample
	}
	pair := func(write func(uint64) string, one, other uint64) string { return write(one) + " / " + write(other) }
	binary := func(n uint64) string { return units.BytesSize(float64(n)) }
	decimal := func(n uint64) string { return table.Size(int64(min(n, 1<<62))) }
	row := statsRow{
		ID: l.ID, Container: l.ID, Name: l.Name, CPUPerc: fmt.Sprintf("%.2f%%", sample.CPUPercent(before)),
		MemUsage: pair(binary, sample.Memory, sample.Limit), MemPerc: fmt.Sprintf("%.2f%%", sample.MemoryPercent()),
		NetIO: pair(decimal, sample.Received, sample.Sent), BlockIO: pair(decimal, sample.Read, sample.Written), PIDs: fmt.Sprint(sample.PIDs),
	}
	if row.Name == "" {
		row.Name = noName
	}
	return row
}
