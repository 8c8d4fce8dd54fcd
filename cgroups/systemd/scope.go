package systemd

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/godbus/dbus/v5"
	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Start has systemd make a scope and move a process there, and returns the path of the scope's
// cgroup, from the root of each hierarchy. Of the resources systemd gets here what is about
// devices; limits are told by Update.
func Start(unit *Unit, pid int, resources *specs.LinuxResources) (path string, err error) {
	b, err := connect()
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	if err := b.start(unit, unit.all(pid, resources)); err != nil {
		return "", fmt.Errorf("make the systemd unit %s: %w", unit.Name, err)
	}
	path, err = cgroupPath(pid, unit.Name)
	if err != nil {
		return "", errors.Join(err, b.stop(unit.Name))
	}
	return path, nil
}

// all are the properties of the unit.
func (u *Unit) all(pid int, resources *specs.LinuxResources) []property {
	p := func(name string, value any) property { return property{name, dbus.MakeVariant(value)} }
	var rules []specs.LinuxDeviceCgroup
	if resources != nil {
		rules = resources.Devices
	}
	properties := []property{
		p("Description", "mydocker container "+u.ID),
		p("Slice", u.Slice),
		p("PIDs", []uint32{uint32(pid)}),
		p("Delegate", true),
		p("CollectMode", "inactive-or-failed"),
		p("DefaultDependencies", false),
		p("CPUAccounting", true),
		p("MemoryAccounting", true),
		p("TasksAccounting", true),
		p("IOAccounting", true),
	}
	return append(append(properties, deviceProperties(rules)...), u.properties...)
}

// auxiliary is a unit that is to be made beside another: there is none.
type auxiliary struct {
	Name       string
	Properties []property
}

// start makes a unit. One of that name which has failed is still known to systemd, and no
// obstacle.
func (b *bus) start(unit *Unit, properties []property) error {
	result, err := b.do("StartTransientUnit", unit.Name, "replace", properties, []auxiliary{})
	if isError(err, "UnitExists") && b.call("ResetFailedUnit", unit.Name).Err == nil && b.settle() == nil {
		result, err = b.do("StartTransientUnit", unit.Name, "replace", properties, []auxiliary{})
	}
	if isError(err, "UnitExists") {
		return errors.New("there is a unit of that name already")
	}
	if err != nil || result == "done" {
		return err
	}
	return errors.Join(fmt.Errorf("systemd ended the job with the result %q", result), b.reset(unit.Name))
}

// Stop has systemd remove a scope, and what still runs there. That there is none is no error:
// systemd itself removes one in which nothing runs any more.
func Stop(unit string) (err error) {
	b, err := connect()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	if err := b.stop(unit); err != nil {
		return fmt.Errorf("stop the systemd unit %s: %w", unit, err)
	}
	return nil
}

// stop kills what runs in a unit, for init of a container need not heed what systemd sends otherwise.
func (b *bus) stop(unit string) error {
	err := b.call("KillUnit", unit, "all", int32(unix.SIGKILL)).Err
	if isError(err, "NoSuchUnit") {
		return nil
	}
	if err != nil && !isError(err, "NoSuchProcess") {
		return err
	}
	result, err := b.do("StopUnit", unit, "replace")
	if isError(err, "NoSuchUnit") {
		return nil
	}
	if err == nil && result != "done" {
		err = fmt.Errorf("systemd ended the job with the result %q", result)
	}
	return errors.Join(err, b.reset(unit))
}

// reset has systemd forget that a unit has failed.
func (b *bus) reset(unit string) error {
	err := b.call("ResetFailedUnit", unit).Err
	if isError(err, "NoSuchUnit") {
		return nil
	}
	return err
}

// cgroupPath finds where systemd has put a process.
func cgroupPath(pid int, unit string) (string, error) {
	file := "/proc/" + strconv.Itoa(pid) + "/cgroup"
	content, err := utils.ReadFile(file)
	if utils.Gone(err) {
		return "", fmt.Errorf("the process %d has ended before it was in the systemd unit %s: %w", pid, unit, os.ErrProcessDone)
	}
	if err != nil {
		return "", err
	}
	if path := pathIn(content, unit); path != "" {
		return path, nil
	}
	return "", fmt.Errorf("%s: the process is not in the systemd unit %s", file, unit)
}

// pathIn is the cgroup of a unit: systemd goes by its own hierarchy on v1, by v2 otherwise, and
// the kernel may list both (cgroups(7): "hierarchy-ID:controller-list:path").
func pathIn(content, unit string) string {
	for line := range strings.Lines(content) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) == 3 && strings.HasSuffix(fields[2], "/"+unit) {
			return fields[2]
		}
	}
	return ""
}
