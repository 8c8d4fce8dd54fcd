//go:build amd64 || arm64

package entry

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/child/bare"
)

// What is said where the runtime could not start: it would dump itself, with an exit
// code that is a command's.
const (
	littleSpace = "mydocker: the address space is too small (ulimit -v): Go's runtime reserves 0.8 GB of it; " +
		"limit the memory with --memory, or the command alone: mydocker run sh -c 'ulimit -v N; exec COMMAND'\n"
	littleData = "mydocker: the data segment is too small (ulimit -d): Go's runtime takes 128 MB of it; " +
		"limit the command alone: --ulimit data=N\n"
	badMemoryLimit = "mydocker: GOMEMLIMIT is not a size of Go's, such as 64MiB; for the command alone: --env GOMEMLIMIT=...\n"
	noTask         = "mydocker: start a thread: resource temporarily unavailable " +
		"(the limit on processes is reached: ulimit -u, or pids.max of the caller's cgroup; " +
		"or the policy is SCHED_DEADLINE, which starts none: chrt -R)\n"
)

// What is enough for the runtime, in bytes: it reserves 0.7 GB of address space for the
// summaries of its heap alone.
const (
	leastSpace = 800 << 20
	leastData  = 128 << 20
)

// refuseHopeless ends a mydocker for which the runtime could not start.
func refuseHopeless(stack *uintptr) {
	refuseBelow(unix.RLIMIT_AS, leastSpace, littleSpace)
	refuseBelow(unix.RLIMIT_DATA, leastData, littleData)
	const variable = "GOMEMLIMIT="
	for n := int(*stack) + 1; wordOf(stack, n) != nil; n++ { // the environment follows the arguments
		if hasPrefix(wordOf(stack, n), variable) && !isMemoryLimit(stringAt(wordOf(stack, n))[len(variable):]) {
			bare.Refuse(badMemoryLimit)
		}
	}
}

func refuseBelow(resource uintptr, least uint64, line string) {
	var limit unix.Rlimit
	if bare.Limit(resource, &limit) == 0 && limit.Cur < least {
		bare.Refuse(line)
	}
}

// wordOf is a pointer behind argc, nil at the end of the arguments and of the
// environment.
func wordOf(stack *uintptr, n int) *byte {
	return *(**byte)(unsafe.Add(unsafe.Pointer(stack), (1+n)*int(unsafe.Sizeof(*stack))))
}

// hasPrefix does not read beyond the end of s.
func hasPrefix(s *byte, prefix string) bool {
	for at := range len(prefix) {
		if *(*byte)(unsafe.Add(unsafe.Pointer(s), at)) != prefix[at] {
			return false
		}
	}
	return true
}

// stringAt is the NUL-terminated string at s.
func stringAt(s *byte) string {
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(s), n)) != 0 {
		n++
	}
	return unsafe.String(s, n)
}

// isMemoryLimit reports whether the runtime takes a value of GOMEMLIMIT
// (runtime/debug.SetMemoryLimit).
func isMemoryLimit(value string) bool {
	if value == "" || value == "off" {
		return true
	}
	number, digits := uint64(0), 0
	for digits < len(value) && value[digits] >= '0' && value[digits] <= '9' {
		number = 10*number + uint64(value[digits]-'0')
		digits++
	}
	shift, known := shiftOf(value[digits:])
	const mostDigits, most = 18, 1<<63 - 1 // of 64 bits with a sign
	return known && digits > 0 && digits <= mostDigits && number <= most>>shift
}

func shiftOf(unit string) (shift int, known bool) {
	switch unit {
	case "", "B":
		return 0, true
	case "KiB":
		return 10, true
	case "MiB":
		return 20, true
	case "GiB":
		return 30, true
	case "TiB":
		return 40, true
	}
	return 0, false
}
