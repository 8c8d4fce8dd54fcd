package utils

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Kernel is the first two numbers of a kernel's version.
type Kernel struct{ Major, Minor int }

func (k Kernel) String() string { return fmt.Sprintf("%d.%d", k.Major, k.Minor) }

// AtLeast reports whether k is the version oldest, or a newer one.
func (k Kernel) AtLeast(oldest Kernel) bool {
	return k.Major > oldest.Major || k.Major == oldest.Major && k.Minor >= oldest.Minor
}

// RunningKernel is the version of the kernel that runs.
func RunningKernel() (Kernel, error) {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return Kernel{}, fmt.Errorf("uname: %w", err)
	}
	return ParseKernel(unix.ByteSliceToString(name.Release[:]))
}

// ParseKernel reads the first two numbers of a release such as "6.1.0-13-amd64".
func ParseKernel(release string) (k Kernel, err error) {
	major, rest, _ := strings.Cut(release, ".")
	digits := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if digits >= 0 {
		rest = rest[:digits]
	}
	if k.Major, err = strconv.Atoi(major); err == nil {
		k.Minor, err = strconv.Atoi(rest)
	}
	if err != nil {
		return Kernel{}, fmt.Errorf("the kernel's release %q does not begin with its version", release)
	}
	return k, nil
}
