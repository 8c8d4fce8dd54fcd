// Package seccomp compiles profiles of system calls, in Docker's format, to filters for
// seccomp(2). The parent compiles; init hands the filter to the kernel as it is.
//
// A filter is a program for the kernel's classic BPF machine (bpf(4)), which runs before
// each system call of the container and says what becomes of it. A profile lists what is
// allowed; this package sorts that by the calls' numbers and makes a search tree of it:
//
//	profile.go, reader.go   JSON -> the profile's rules, with the lines of errors
//	spec.go                 the rules of a runtime specification -> the same
//	conditions.go           which rules hold for this kernel, machine and capabilities
//	tables.go               names -> numbers, for each kind of system call (ABI)
//	calls.go                rules -> what becomes of each call of an ABI
//	compare.go              arguments -> comparisons of 32-bit words
//	program.go              both -> instructions
//	load.go                 files of profiles, and a cache of their filters
package seccomp

import (
	"bytes"
	_ "embed" // the profile
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// ProfileVersion says which profile is the default one.
const ProfileVersion = "github.com/moby/profiles/seccomp v0.3.0"

// dockersProfile is Docker's default profile, as that module has it.
//
//go:embed data/profile.json
var dockersProfile []byte

// defaultProfile is Docker's but for socketcall(2), by which a 32-bit call makes a socket
// of any family, AF_VSOCK and AF_ALG included: the family is in memory, which no filter
// can read. Docker leaves that to AppArmor and SELinux. Without a rule of its own,
// socketcall(2) is what the profile says of the calls behind it, and of socket(2) it says
// that it depends on the family. Since Linux 4.3 a 32-bit program has calls for each.
func defaultProfile() []byte {
	return bytes.Replace(dockersProfile, []byte("\t\t\t\t\"socketcall\",\n"), nil, 1)
}

// Filter is what init hands to seccomp(2).
type Filter struct {
	// Program has 16 hexadecimal digits for each instruction. They are a number whose
	// bytes, the lowest first, are the kernel's struct sock_filter.
	Program string
	// Flags are those of seccomp(2) that the profile asks for:
	// unix.SECCOMP_FILTER_FLAG_LOG (Linux 4.14),
	// unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW (Linux 4.17). One that asks a listener has
	// unix.SECCOMP_FILTER_FLAG_NEW_LISTENER (Linux 5.0), and may have
	// unix.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (Linux 5.19).
	Flags uint64
	// Notes tell the user what of the profile is without effect.
	Notes []string
}

// Host is what the conditions of a profile ask for.
type Host struct {
	// Arch is the machine, by Go's name (GOARCH).
	Arch string
	// Kernel is the kernel's version.
	Kernel Kernel
	// Capabilities are those that the container can have, its bounding set, capability
	// 0 as the lowest bit.
	Capabilities uint64
}

// Default is the filter of the default profile for this machine. What it allows
// depends on the capabilities that the container can have (its bounding set). One that
// was not compiled with mydocker is kept in the directory cache, as Load does it.
func Default(cache string, capabilities uint64) (Filter, error) {
	host, err := thisHost(capabilities)
	if err != nil {
		return Filter{}, err
	}
	if program := compiled(host); program != "" {
		return Filter{Program: program, Flags: unix.SECCOMP_FILTER_FLAG_SPEC_ALLOW}, nil
	}
	filter, err := compileProfile(defaultProfile(), host, cache)
	if err != nil {
		return Filter{}, fmt.Errorf("the default seccomp profile: %w", err)
	}
	return filter, nil
}

// compiled is the filter that was compiled when mydocker was built, "" if it is not the
// one for this host.
func compiled(host Host) string {
	if host.Capabilities&compiledMask != compiledCapabilities || !host.Kernel.AtLeast(compiledKernel()) {
		return ""
	}
	switch host.Arch {
	case "amd64":
		return compiledAMD64
	case "arm64":
		return compiledARM64
	}
	return ""
}

func thisHost(capabilities uint64) (Host, error) {
	kernel, err := utils.RunningKernel()
	return Host{Arch: runtime.GOARCH, Kernel: kernel, Capabilities: capabilities}, err
}

// Compile makes a filter of a profile in Docker's format.
func Compile(profile []byte, host Host) (Filter, error) {
	p, err := parse(profile)
	if err != nil {
		return Filter{}, err
	}
	return p.filter(host)
}

func (p *profile) filter(host Host) (Filter, error) {
	machine, err := machineOf(host.Arch)
	if err != nil {
		return Filter{}, err
	}
	c := compiler{profile: p, machine: machine, table: parseTable()}
	if err := c.choose(host); err != nil {
		return Filter{}, err
	}
	program, err := c.compile()
	if err != nil {
		return Filter{}, err
	}
	return Filter{Program: program.hexadecimal(), Flags: p.flags, Notes: c.notes()}, nil
}
