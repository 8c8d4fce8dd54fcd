package subsystems

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"

	"golang.org/x/sys/unix"
)

// IOName is the controller of block I/O, which v1 calls blkio.
const (
	IOName   = "io"
	v1IOName = "blkio"
)

// The range of the weight of block I/O: that of v1's blkio.weight and Docker's.
const (
	MinBlkioWeight = 10
	MaxBlkioWeight = 1000
)

// DeviceRate limits one kind of access to one block device.
type DeviceRate struct {
	// Path is the device's file, Device its number as "major:minor"; it is
	// looked up by FindDevices.
	Path, Device string
	// Access is "read" or "write", Unit "bps" or "iops".
	Access, Unit string
	// Rate is in bytes or operations a second.
	Rate uint64
}

// FindDevices looks up the numbers of the devices.
func (r *ResourceConfig) FindDevices() error {
	for i := range r.DeviceRates {
		d := &r.DeviceRates[i]
		var stat unix.Stat_t
		if err := unix.Stat(d.Path, &stat); err != nil {
			return &fs.PathError{Op: "stat", Path: d.Path, Err: err}
		}
		if stat.Mode&unix.S_IFMT != unix.S_IFBLK {
			return errors.New(d.Path + " is not a block device")
		}
		d.Device = fmt.Sprintf("%d:%d", unix.Major(stat.Rdev), unix.Minor(stat.Rdev))
	}
	return nil
}

// ioSettings weighs a container's block I/O and limits its rates: blkio.weight,
// or blkio.bfq.weight with the BFQ scheduler, and blkio.throttle.*_device on v1
// (Documentation/admin-guide/cgroup-v1/blkio-controller.rst), io.bfq.weight or
// io.weight, and io.max on v2.
func ioSettings(version Version, res *ResourceConfig) []Setting {
	var settings []Setting
	if res.BlkioWeight != 0 {
		settings = append(settings, ioWeightSetting(version, res.BlkioWeight))
	}
	for _, d := range res.DeviceRates {
		rate := Setting{
			File: "blkio.throttle." + d.Access + "_" + d.Unit + "_device", Value: fmt.Sprintf("%s %d", d.Device, d.Rate),
			Asked: true, Needs: "CONFIG_BLK_DEV_THROTTLING",
			Why: "Access to this device (by its number) waits when it would go beyond the rate.",
		}
		if version == V2 {
			rate.File, rate.Value = "io.max", fmt.Sprintf("%s %s%s=%d", d.Device, d.Access[:1], d.Unit, d.Rate)
		}
		settings = append(settings, rate)
	}
	return settings
}

func ioWeightSetting(version Version, weight uint64) Setting {
	first := Setting{
		File: "blkio.weight", Value: strconv.FormatUint(weight, 10), Asked: true,
		Why: "When others want the same disk, the container gets its time in proportion to this weight.",
	}
	second := first
	second.File, second.Needs = "blkio.bfq.weight", "the I/O scheduler BFQ"
	if version == V2 {
		first.File, second.File = "io.bfq.weight", "io.weight"
		second.Value = strconv.FormatUint(IOWeight(weight), 10)
		second.Needs = "the I/O scheduler BFQ, or CONFIG_BLK_CGROUP_IOCOST"
	}
	first.Else = &second
	return first
}

// IOWeight maps v1's 10 to 1000 to v2's 1 to 10000 so that both ends meet, as
// OCI runtimes do.
func IOWeight(weight uint64) uint64 {
	return 1 + (weight-MinBlkioWeight)*9999/(MaxBlkioWeight-MinBlkioWeight)
}
