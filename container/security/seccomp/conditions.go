package seccomp

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mydocker/mydocker/container/spec"
	"github.com/mydocker/mydocker/utils"
)

// condition says on which hosts a rule holds. Each part that is there must hold.
type condition struct {
	// capabilities the container can have, machines by Docker's names (Go's, and x86),
	// and the oldest kernel.
	capabilities []int
	machines     []string
	kernel       Kernel
}

// Kernel is a kernel's version.
type Kernel = utils.Kernel

func parseCondition(r *reader, what string) (c condition, err error) {
	err = r.object(what, func(key string) (err error) {
		switch key {
		case "caps":
			err = c.parseCapabilities(r)
		case "arches":
			c.machines, err = r.strings(key)
			for _, name := range c.machines {
				if err == nil && !isMachine(name) {
					err = r.errorf("unknown machine %q", name)
				}
			}
		case "minKernel":
			err = c.parseKernel(r)
		default:
			err = r.unknown(what, key)
		}
		return err
	})
	return c, err
}

func (c *condition) parseCapabilities(r *reader) error {
	names, err := r.strings("caps")
	if err != nil {
		return err
	}
	for _, name := range names {
		number := spec.CapabilityNumber(name)
		if number < 0 {
			return r.errorf("unknown capability %q", name)
		}
		c.capabilities = append(c.capabilities, number)
	}
	return nil
}

// parseKernel reads "4.8". Docker takes two numbers below 256, not both of them 0.
func (c *condition) parseKernel(r *reader) error {
	version, err := r.string("minKernel")
	if err != nil || version == "" {
		return err
	}
	major, minor, _ := strings.Cut(version, ".")
	x, errMajor := strconv.ParseUint(major, 10, 8)
	y, errMinor := strconv.ParseUint(minor, 10, 8)
	if errMajor != nil || errMinor != nil || x == 0 && y == 0 {
		return r.errorf("minKernel: %q is not a version such as 4.8", version)
	}
	c.kernel = Kernel{Major: int(x), Minor: int(y)}
	return nil
}

// holds reports whether r is a rule for host. The capabilities of includes must all be
// there; one of those of excludes suffices.
func (r *rule) holds(host Host) bool {
	has := func(capability int) bool { return host.Capabilities>>capability&1 != 0 }
	hasNot := func(capability int) bool { return !has(capability) }
	this := dockersMachine(host.Arch)
	in, out := &r.includes, &r.excludes
	switch {
	case slices.Contains(out.machines, this),
		slices.ContainsFunc(out.capabilities, has),
		out.kernel != Kernel{} && host.Kernel.AtLeast(out.kernel):
		return false
	case len(in.machines) > 0 && !slices.Contains(in.machines, this),
		slices.ContainsFunc(in.capabilities, hasNot),
		!host.Kernel.AtLeast(in.kernel):
		return false
	}
	return true
}

// dockersMachine is Docker's name for a GOARCH.
func dockersMachine(arch string) string {
	switch arch {
	case "386":
		return "x86"
	case "loong64":
		return "loongarch64"
	}
	return arch
}

// isMachine reports whether Docker has a machine of that name.
func isMachine(name string) bool {
	switch name {
	case "x86", "amd64", "x32", "arm", "arm64", "loongarch64", "mips", "mips64", "mips64n32", "mipsel",
		"mipsel64", "mips3l64n32", "mipsel64n32", "ppc", "ppc64", "ppc64le", "riscv64", "s390", "s390x":
		return true
	}
	return false
}
