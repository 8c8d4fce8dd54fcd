package systemd

import (
	"errors"
	"fmt"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Update tells systemd what change does to the files of a scope's cgroup, in the directories of
// group.Group: otherwise systemd would undo it when it reads its configuration again. So limits
// are written in one place, and systemd has what the kernel has made of them.
func Update(unit string, dirs map[string]string, resources *specs.LinuxResources, change func() error) error {
	before, err := readLimits(dirs)
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := readLimits(dirs)
	if err != nil {
		return err
	}
	changed := changes(before, after)
	properties, err := changed.properties()
	if err != nil {
		return err
	}
	if resources != nil && len(resources.Devices) > 0 {
		properties = append(properties, deviceProperties(resources.Devices)...)
	}
	if len(properties) == 0 {
		return nil
	}
	if err := tell(unit, properties); err != nil {
		return fmt.Errorf("set properties of the systemd unit %s: %w", unit, err)
	}
	return changed.restore(dirs)
}

// found is the content of a limit's files.
type found struct {
	limit   limit
	content string
}

type foundLimits []found

func readLimits(dirs map[string]string) (all foundLimits, err error) {
	for _, l := range limits() {
		content, err := l.read(dirs)
		if err != nil {
			return nil, err
		}
		all = append(all, found{l, content})
	}
	return all, nil
}

func changes(before, after foundLimits) (changed foundLimits) {
	for i, f := range after {
		if f.content != before[i].content {
			changed = append(changed, f)
		}
	}
	return changed
}

func (f foundLimits) properties() (all []property, err error) {
	for _, one := range f {
		properties, err := one.limit.properties(one.content)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", one.limit.files[0], err)
		}
		all = append(all, properties...)
	}
	return all, nil
}

// restore writes what systemd has rounded when it wrote it itself.
func (f foundLimits) restore(dirs map[string]string) error {
	for _, one := range f {
		content, err := one.limit.read(dirs)
		if err == nil && content != one.content {
			err = one.limit.restore(dirs, one.content)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tell sets properties, and returns when systemd has written what follows from them. They go with
// the unit, not into systemd's configuration.
func tell(unit string, properties []property) (err error) {
	b, err := connect()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	const runtime = true
	if err := b.call("SetUnitProperties", unit, runtime, properties).Err; err != nil {
		return err
	}
	return b.settle()
}
