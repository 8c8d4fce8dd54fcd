package subsystems

import (
	"errors"
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// AttachDevices has the kernel ask a program of the rules, in their order, for the v2 cgroup at dir, which has none yet.
func AttachDevices(dir string, rules []DeviceRule) error { return attach(dir, deviceProgram(rules)) }

// ReplaceDevices does so where the cgroup has programs: there is no moment without one, nor one in which what
// both the old and the new rules allow is denied.
func ReplaceDevices(dir string, rules []DeviceRule) error {
	loaded, err := loadProgram(deviceProgram(rules))
	if err != nil {
		return fmt.Errorf("load the device program of %s: %w", dir, err)
	}
	err = withDirectory(dir, func(cgroup int) error { return replaceIn(cgroup, dir, loaded) })
	return errors.Join(err, unix.Close(loaded))
}

func replaceIn(cgroup int, dir string, program int) error {
	attached, err := attachedTo(cgroup)
	if err != nil {
		return fmt.Errorf("list the device programs of %s: %w", dir, err)
	}
	old := make([]int, 0, len(attached))
	for _, id := range attached {
		fd, err := openProgram(id)
		if err != nil {
			return errors.Join(fmt.Errorf("open the device program %d of %s: %w", id, dir, err), utils.CloseAll(old...))
		}
		old = append(old, fd)
	}
	if len(old) == 1 {
		err = attachTo(cgroup, dir, program, old[0])
		if !errors.Is(err, unix.EINVAL) {
			return errors.Join(err, utils.CloseAll(old...))
		}
	}
	err = attachTo(cgroup, dir, program, 0) // each of them must allow: for a moment both count
	for _, fd := range old {
		if err == nil {
			err = detach(cgroup, fd)
		}
	}
	return errors.Join(err, utils.CloseAll(old...))
}

// maxPrograms is how many the kernel lets a cgroup have (BPF_CGROUP_MAX_PROGS).
const maxPrograms = 64

// attachedTo lists the numbers of the device programs of the cgroup itself.
func attachedTo(cgroup int) ([]uint32, error) {
	var ids [maxPrograms]uint32
	attributes := struct {
		target, kind, query, flags uint32
		ids                        *[maxPrograms]uint32
		count                      uint32
		_                          uint32
	}{target: uint32(cgroup), kind: unix.BPF_CGROUP_DEVICE, ids: &ids, count: maxPrograms}
	if _, err := bpf(unix.BPF_PROG_QUERY, unsafe.Pointer(&attributes), unsafe.Sizeof(attributes)); err != nil {
		return nil, err
	}
	return ids[:attributes.count], nil
}

func openProgram(id uint32) (int, error) {
	attributes := struct{ id, next, flags uint32 }{id: id}
	return bpf(unix.BPF_PROG_GET_FD_BY_ID, unsafe.Pointer(&attributes), unsafe.Sizeof(attributes))
}

func detach(cgroup, program int) error {
	attributes := struct{ target, program, kind, flags uint32 }{uint32(cgroup), uint32(program), unix.BPF_CGROUP_DEVICE, 0}
	_, err := bpf(unix.BPF_PROG_DETACH, unsafe.Pointer(&attributes), unsafe.Sizeof(attributes))
	if err != nil {
		err = fmt.Errorf("detach an old device program: %w", err)
	}
	return err
}
