package containers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/cmd/images"
	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container/image"
	"github.com/mydocker/mydocker/container/image/store"
	"github.com/mydocker/mydocker/container/state"
)

func dfCommand() *cli.Command {
	return &cli.Command{
		Name: "df", Usage: "show how much images, containers and volumes take of the disk",
		UsageText: "mydocker system df [-v | --format FORMAT]",
		Description: "What images take is both their blobs as they came and their layers unpacked; what several share counts once. Leftovers " +
			"are what no image needs, and what interrupted pulls can go on with. The fields of a format are " + table.Fields(usageHeader()) + ".",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "verbose", Aliases: []string{"v"}, Usage: "tell of each image, container and volume"},
			&cli.StringFlag{Name: "format", Usage: "table, table TEMPLATE, json or a `TEMPLATE`"},
		},
		Metadata: command.Takes(0, nil),
		Action:   dfAction,
	}
}

func dfAction(_ context.Context, c *cli.Command) error {
	switch {
	case c.NArg() > 0:
		return command.TooMany(c, 0)
	case c.Bool("verbose") && c.IsSet("format"):
		return exit.Usage("df: -v and --format exclude each other")
	}
	return images.WithStore(c, func(s *store.Store, dir string) error {
		usage, damaged := s.DiskUsage()
		containers, err := keptIn(dir)
		if err != nil {
			return errors.Join(damaged, err)
		}
		volumes, volumesErr := volumesIn(dir, containers)
		damaged = errors.Join(damaged, volumesErr)
		if c.Bool("verbose") {
			err = printVerbose(command.Output(c), usage, containers, volumes)
		} else {
			list := table.List[usageRow]{
				Format: c.String("format"), Header: usageHeader(),
				Default: `{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}`,
			}
			err = list.Print(command.Output(c), usageRows(usage, containers, volumes))
		}
		return errors.Join(err, damaged)
	})
}

// usageRow is a kind of things. The fields are Docker's, in the order of its JSON.
type usageRow struct{ Active, Reclaimable, Size, TotalCount, Type string }

func usageHeader() table.Header {
	return table.Header{"Active": "ACTIVE", "Reclaimable": "RECLAIMABLE", "Size": "SIZE", "TotalCount": "TOTAL", "Type": "TYPE"}
}

func usageRows(usage *store.Usage, containers []keptContainer, volumes []storedVolume) []usageRow {
	active := 0
	for i := range usage.Images {
		if usage.Images[i].Used {
			active++
		}
	}
	images := newUsageRow("Images", len(usage.Images), active, usage.Total, usage.Reclaimable)
	var size, reclaimable int64
	running := 0
	for i := range containers {
		size += containers[i].size
		if containers[i].Running {
			running++
		} else {
			reclaimable += containers[i].size
		}
	}
	left := usage.Garbage + usage.Partial
	leftovers := newUsageRow("Leftovers", 0, 0, left, left)
	leftovers.TotalCount, leftovers.Active = "-", "-"
	return []usageRow{images, newUsageRow("Containers", len(containers), running, size, reclaimable), volumeUsage(volumes), leftovers}
}

func newUsageRow(kind string, total, active int, size, reclaimable int64) usageRow {
	row := usageRow{Type: kind, TotalCount: strconv.Itoa(total), Active: strconv.Itoa(active), Size: table.Size(size), Reclaimable: table.Size(reclaimable)}
	if size > 0 {
		row.Reclaimable += fmt.Sprintf(" (%d%%)", reclaimable*100/size)
	}
	return row
}

// keptContainer is a container, and what it has written.
type keptContainer struct {
	state.Listed
	size int64
}

// keptIn are the containers of a directory of state.
func keptIn(dir string) ([]keptContainer, error) {
	list, err := state.List(dir)
	if err != nil {
		return nil, err
	}
	containers := make([]keptContainer, len(list))
	for i := range list {
		containers[i] = keptContainer{list[i], sizeOf(list[i].Path)}
	}
	return containers, nil
}

// containerUsageRow is a container for df -v.
type containerUsageRow struct{ Command, ID, Image, LocalVolumes, Names, RunningFor, Size, Status string }

func printVerbose(w io.Writer, usage *store.Usage, containers []keptContainer, volumes []storedVolume) error {
	users := map[image.Digest]int{}
	rows := make([]containerUsageRow, 0, len(containers))
	for i := range containers {
		found := &containers[i]
		users[found.Manifest]++
		rows = append(rows, containerUsageRowOf(found, time.Now()))
	}
	if err := images.PrintUsage(w, usage, users); err != nil {
		return err
	}
	if _, err := io.WriteString(w, "\nContainers space usage:\n\n"); err != nil {
		return err
	}
	containerList := table.List[containerUsageRow]{
		Header: containerHeader(), Default: template([]string{"ID", "Image", "Command", "LocalVolumes", "Size", "RunningFor", "Status", "Names"}),
	}
	if err := containerList.Print(w, rows); err != nil {
		return err
	}
	if err := printVolumes(w, volumes); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\nLeftovers: %s that no image needs, %s of interrupted pulls\n", table.Size(usage.Garbage), table.Size(usage.Partial))
	return err
}

func containerUsageRowOf(kept *keptContainer, now time.Time) containerUsageRow {
	return containerUsageRow{
		ID: kept.ID, Image: imageOf(&kept.Listed), Names: kept.Name, Size: table.Size(kept.size),
		LocalVolumes: strconv.Itoa(len(kept.Volumes)), RunningFor: table.Since(kept.Created, now),
		Command: commandOf(&kept.Listed, false), Status: statusOf(&kept.Listed, bootID(), now),
	}
}
