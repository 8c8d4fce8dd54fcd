package containers

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"

	"github.com/urfave/cli/v3"

	"github.com/mydocker/mydocker/cmd/command"
	"github.com/mydocker/mydocker/cmd/images/table"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/volume"
)

func volumeListCommand() *cli.Command {
	return &cli.Command{
		Name: "ls", Aliases: []string{"list"}, Usage: "list the volumes",
		UsageText: "mydocker volume ls [options]",
		Description: "Filters: dangling=true|false (whether no container has it), driver=local, label=KEY[=VALUE], name=PATTERN. A format is a Go " +
			"template, the same behind \"table \", or json; its fields are " + table.Fields(volumeHeader()) + ".",
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "filter", Aliases: []string{"f"}, Usage: "list those alone for which `KEY=VALUE` holds"},
			&cli.StringFlag{Name: "format", Usage: "table, table TEMPLATE, json or a `TEMPLATE`"},
			&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "print names alone"},
		},
		Metadata:                  command.Takes(0, nil),
		DisableSliceFlagSeparator: true, // a comma is part of a label
		Action:                    volumeListAction,
	}
}

func volumeListAction(_ context.Context, c *cli.Command) error {
	if c.NArg() > 0 {
		return command.TooMany(c, 0)
	}
	wanted, err := command.ParseFilters(c.StringSlice("filter"), "dangling", "driver", "label", "name")
	if err != nil {
		return err
	}
	names, err := patternsOf(wanted, "name")
	if err != nil {
		return err
	}
	dir, err := command.StateDirectory(c)
	if err != nil {
		return err
	}
	all, damaged := volume.List(dir)
	var users map[string][]string
	if len(wanted["dangling"]) > 0 { // without it nobody needs to know
		var err error
		users, err = container.VolumeUsers(dir)
		damaged = errors.Join(damaged, err)
	}
	rows := []volumeRow{}
	for i := range all {
		if chooseVolume(wanted, names, &all[i], users) {
			rows = append(rows, newVolumeRow(&all[i]))
		}
	}
	list := table.List[volumeRow]{Format: c.String("format"), Header: volumeHeader(), Default: `{{.Driver}}\t{{.Name}}`}
	if c.Bool("quiet") && list.Format == "" {
		list.Format = "{{.Name}}"
	}
	return errors.Join(list.Print(command.Output(c), rows), damaged)
}

// chooseVolume reports whether all filters hold; of several values of a name or a driver, one.
func chooseVolume(wanted command.Filters, names []*regexp.Regexp, v *volume.Listed, users map[string][]string) bool {
	for _, text := range wanted["dangling"] {
		dangling, err := strconv.ParseBool(text)
		if isDangling := !v.Used && len(users[v.Name]) == 0; err != nil || dangling != isDangling {
			return false
		}
	}
	is := func(name *regexp.Regexp) bool { return name.MatchString(v.Name) }
	return (len(names) == 0 || slices.ContainsFunc(names, is)) &&
		(len(wanted["driver"]) == 0 || slices.Contains(wanted["driver"], localDriver)) && wanted.Labels(v.Labels)
}

// volumeRow is a volume. The fields are Docker's, in the order of its JSON.
type volumeRow struct {
	Availability, Driver, Group, Labels, Links, Mountpoint, Name, Scope, Size, Status string

	labels map[string]string
}

// Label is the value of a label.
func (r volumeRow) Label(name string) string { return r.labels[name] }

func volumeHeader() table.Header {
	return table.Header{
		"Availability": "AVAILABILITY", "Driver": "DRIVER", "Group": "GROUP", "Labels": "LABELS", "Links": "LINKS", "Mountpoint": "MOUNTPOINT",
		"Name": "VOLUME NAME", "Scope": "SCOPE", "Size": "SIZE", "Status": "STATUS",
	}
}

func newVolumeRow(v *volume.Listed) volumeRow {
	return volumeRow{
		Driver: localDriver, Name: v.Name, Scope: localScope, Mountpoint: v.Data(), Labels: labelsOf(v.Labels),
		Availability: table.Unknown, Group: table.Unknown, Links: table.Unknown, Size: table.Unknown, Status: table.Unknown,
		labels: v.Labels,
	}
}
