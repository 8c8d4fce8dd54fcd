package utils

import (
	"fmt"
	"math/bits"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// maxCPU is the highest CPU number the kernel can be built for (NR_CPUS is at
// most 8192 on x86-64).
const maxCPU = 8191

// CPUList is a sorted set of CPU numbers. The empty list stands for "no
// restriction".
type CPUList []int

// OnlineCPUs is how many CPUs the host has that are switched on. Where it does not
// say, it is how many this process may run on.
func OnlineCPUs() int {
	if online, err := ReadFile("/sys/devices/system/cpu/online"); err == nil {
		if list, err := ParseCPUList(online); err == nil && len(list) > 0 {
			return len(list)
		}
	}
	return runtime.NumCPU()
}

// ParseCPUList reads the kernel's list format: numbers and ranges separated
// by commas, as in "0-2,7" (cpuset(7), "List format"). The kernel's stride
// form "0-7:2/4" is not accepted. An empty string is an error.
func ParseCPUList(s string) (CPUList, error) {
	var has [(maxCPU + 1) / 64]uint64
	for item := range strings.SplitSeq(s, ",") {
		first, last, isRange := strings.Cut(item, "-")
		low, err := parseCPU(first)
		if err != nil {
			return nil, err
		}
		high := low
		if isRange {
			if high, err = parseCPU(last); err != nil {
				return nil, err
			}
		}
		if high < low {
			return nil, fmt.Errorf("range %q runs backwards", item)
		}
		for cpu := low; cpu <= high; cpu++ {
			has[cpu/64] |= 1 << (cpu % 64)
		}
	}
	var list CPUList
	for i, word := range has {
		for ; word != 0; word &= word - 1 {
			list = append(list, i*64+bits.TrailingZeros64(word))
		}
	}
	return list, nil
}

func parseCPU(s string) (int, error) {
	cpu, err := strconv.ParseUint(s, 10, 16)
	if err != nil || cpu > maxCPU {
		return 0, fmt.Errorf("%q is not a CPU number (0 to %d)", s, maxCPU)
	}
	return int(cpu), nil
}

// String writes the list in the kernel's format, adjacent numbers as ranges.
func (l CPUList) String() string {
	var b strings.Builder
	for i := 0; i < len(l); {
		end := i
		for end+1 < len(l) && l[end+1] == l[end]+1 {
			end++
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(l[i]))
		if end > i {
			b.WriteByte('-')
			b.WriteString(strconv.Itoa(l[end]))
		}
		i = end + 1
	}
	return b.String()
}

// Missing returns the CPUs of l that other does not have.
func (l CPUList) Missing(other CPUList) CPUList {
	var missing CPUList
	for _, cpu := range l {
		if _, found := slices.BinarySearch(other, cpu); !found {
			missing = append(missing, cpu)
		}
	}
	return missing
}
