package group

import (
	"fmt"
	"strconv"

	"github.com/opencontainers/runtime-spec/specs-go"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

const (
	needsBFQ      = "the I/O scheduler BFQ"
	needsWeight   = "the I/O scheduler BFQ, or CONFIG_BLK_CGROUP_IOCOST"
	needsLeaf     = "the I/O scheduler CFQ, which Linux has had up to 4.20"
	needsThrottle = "CONFIG_BLK_DEV_THROTTLING"
)

// ioSettings: Documentation/admin-guide/cgroup-v1/blkio-controller.rst, cgroup-v2.rst ("IO").
func ioSettings(t *target, r *specs.LinuxResources) ([]subsystems.Setting, error) {
	b := r.BlockIO
	if b == nil {
		return nil, nil
	}
	var settings []subsystems.Setting
	weights := append([]specs.LinuxWeightDevice{{Weight: b.Weight, LeafWeight: b.LeafWeight}}, b.WeightDevice...)
	for n := range weights {
		device := ""
		if n > 0 {
			device = number(weights[n].Major, weights[n].Minor) + " "
		}
		more, err := weightSettings(t, device, &weights[n])
		if err != nil {
			return nil, err
		}
		settings = append(settings, more...)
	}
	for _, kind := range []struct {
		devices      []specs.LinuxThrottleDevice
		access, unit string
	}{
		{b.ThrottleReadBpsDevice, "read", "bps"}, {b.ThrottleWriteBpsDevice, "write", "bps"},
		{b.ThrottleReadIOPSDevice, "read", "iops"}, {b.ThrottleWriteIOPSDevice, "write", "iops"},
	} {
		for n := range kind.devices {
			settings = append(settings, throttle(t.version, &kind.devices[n], kind.access, kind.unit))
		}
	}
	return settings, nil
}

func number(major, minor int64) string { return fmt.Sprintf("%d:%d", major, minor) }

// throttle limits a rate; 0 is no limit.
func throttle(version subsystems.Version, d *specs.LinuxThrottleDevice, access, unit string) subsystems.Setting {
	rate := strconv.FormatUint(d.Rate, 10)
	if version == subsystems.V1 {
		return subsystems.Setting{File: "blkio.throttle." + access + "_" + unit + "_device", Value: number(d.Major, d.Minor) + " " + rate, Needs: needsThrottle}
	}
	if d.Rate == 0 {
		rate = "max"
	}
	return subsystems.Setting{File: "io.max", Value: number(d.Major, d.Minor) + " " + access[:1] + unit + "=" + rate, Needs: needsThrottle}
}

// weightSettings are the weights for one device ("8:0 "), or for all (""). 0 names none.
func weightSettings(t *target, device string, w *specs.LinuxWeightDevice) ([]subsystems.Setting, error) {
	for _, weight := range []uint16{value(w.Weight), value(w.LeafWeight)} {
		if weight != 0 && (weight < subsystems.MinBlkioWeight || weight > subsystems.MaxBlkioWeight) {
			return nil, invalid("blockIO weight", weight, fmt.Sprintf("it is %d to %d", subsystems.MinBlkioWeight, subsystems.MaxBlkioWeight))
		}
	}
	var settings []subsystems.Setting
	if weight := uint64(value(w.Weight)); weight != 0 {
		settings = append(settings, weightSetting(t.version, device, weight))
	}
	if leaf := uint64(value(w.LeafWeight)); leaf != 0 {
		if t.version == subsystems.V2 {
			return nil, t.refuse("blockIO leafWeight", "processes do not compete with cgroups beside them")
		}
		file := "blkio.leaf_weight"
		if device != "" {
			file += "_device"
		}
		settings = append(settings, subsystems.Setting{File: file, Value: device + strconv.FormatUint(leaf, 10), Needs: needsLeaf})
	}
	return settings, nil
}

// weightSetting is a weight under CFQ or BFQ on v1, under BFQ or iocost on v2. BFQ has its file on v1 and v2
// alike, and the weights of v1.
func weightSetting(version subsystems.Version, device string, weight uint64) subsystems.Setting {
	plain := device + strconv.FormatUint(weight, 10)
	if version == subsystems.V2 {
		converted := device + strconv.FormatUint(subsystems.IOWeight(weight), 10)
		return subsystems.Setting{File: "io.bfq.weight", Value: plain, Else: &subsystems.Setting{File: "io.weight", Value: converted, Needs: needsWeight}}
	}
	suffix := ""
	if device != "" {
		suffix = "_device"
	}
	return subsystems.Setting{File: "blkio.weight" + suffix, Value: plain, Else: &subsystems.Setting{File: "blkio.bfq.weight" + suffix, Value: plain, Needs: needsBFQ}}
}
