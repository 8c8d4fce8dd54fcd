package seccomp

import (
	_ "embed" // the table
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// callTable has a line for each system call: its name, and its number for each ABI, in
// the order of the columns below, "-" where there is none. Behind a comma are the number
// of a call that does the same for a first argument, and that argument: i386 has
// socketcall(2) and ipc(2). scripts/seccomp.sh makes it.
//
//go:embed data/syscalls.txt
var callTable string

// The columns of callTable behind the name.
const (
	columnAMD64 = iota
	columnI386
	columnX32
	columnARM64
	columnARM
	columns
)

// abi is one way to call the kernel: which numbers the calls have, and how wide their
// arguments are.
type abi struct {
	// name is that of profiles, column where its numbers are.
	name   string
	column int
	// arch is how the kernel tells the ABI (struct seccomp_data, arch), and bit is set in
	// the number of each call: x32 has the arch of amd64.
	arch, bit uint32
	// wide says that arguments have 64 bits. Where they have not, libseccomp compares
	// the lower half, for the kernel looks at that alone.
	wide bool
	// private is where calls of the machine's own begin: arm has some far behind all
	// others.
	private uint32
}

// machine is what one kernel has.
type machine struct {
	arch string
	abis []abi // the machine's own comes first
}

// x32Bit is set in the number of each call of x32 (__X32_SYSCALL_BIT).
const x32Bit = 1 << 30

// armPrivate is where the private calls of arm begin (__ARM_NR_BASE).
const armPrivate = 0xf0000

func machineOf(arch string) (machine, error) {
	switch arch {
	case "amd64":
		return machine{arch, []abi{
			{name: "SCMP_ARCH_X86_64", column: columnAMD64, arch: unix.AUDIT_ARCH_X86_64, wide: true, private: math.MaxUint32},
			{name: "SCMP_ARCH_X86", column: columnI386, arch: unix.AUDIT_ARCH_I386, private: math.MaxUint32},
			{name: "SCMP_ARCH_X32", column: columnX32, arch: unix.AUDIT_ARCH_X86_64, bit: x32Bit, private: math.MaxUint32},
		}}, nil
	case "arm64":
		return machine{arch, []abi{
			{name: "SCMP_ARCH_AARCH64", column: columnARM64, arch: unix.AUDIT_ARCH_AARCH64, wide: true, private: math.MaxUint32},
			{name: "SCMP_ARCH_ARM", column: columnARM, arch: unix.AUDIT_ARCH_ARM, private: armPrivate},
		}}, nil
	}
	return machine{}, fmt.Errorf("seccomp filters are there for amd64 and arm64, not for %s", arch)
}

// isArchitecture reports whether libseccomp knows an ABI of that name.
func isArchitecture(name string) bool {
	switch strings.TrimPrefix(name, "SCMP_ARCH_") {
	case "X86", "X86_64", "X32", "ARM", "AARCH64", "LOONGARCH64", "M68K", "MIPS", "MIPS64", "MIPS64N32", "MIPSEL",
		"MIPSEL64", "MIPSEL64N32", "PARISC", "PARISC64", "PPC", "PPC64", "PPC64LE", "RISCV64", "S390", "S390X", "SH", "SHEB":
		return strings.HasPrefix(name, "SCMP_ARCH_")
	}
	return false
}

// number is a call's in one ABI.
type number struct {
	call uint32
	// shared says that call does other things as well: this one if its first argument is
	// first.
	shared bool
	first  uint64
}

// parseTable has each call's columns, by its name.
func parseTable() map[string][columns]string {
	table := make(map[string][columns]string, strings.Count(callTable, "\n"))
	for line := range strings.Lines(callTable) {
		name, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		var call [columns]string
		for i := range call {
			call[i], rest, _ = strings.Cut(rest, " ")
		}
		table[name] = call
	}
	return table
}

// numbers reads a column of the table. TestTable holds that each is right.
func numbers(column string, bit uint32) (list []number) {
	for part := range strings.SplitSeq(column, ",") {
		digits, first, shared := strings.Cut(part, "/")
		call, err := strconv.ParseUint(digits, 10, 32)
		if err != nil {
			continue // no such call here
		}
		n := number{call: uint32(call) | bit, shared: shared}
		if shared {
			n.first, err = strconv.ParseUint(first, 10, 8)
		}
		if err == nil {
			list = append(list, n)
		}
	}
	return list
}
