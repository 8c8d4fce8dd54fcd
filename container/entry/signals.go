package entry

import "golang.org/x/sys/unix"

// Sets of signals, signal 1 as the lowest bit, that mydocker passes on to its
// command. Together they are all signals but those that cannot be caught, those
// that are about mydocker itself (SIGCHLD, SIGPIPE, and SIGURG, which is the Go
// runtime's own), and 32 to 34, which C libraries keep.
const (
	// Blocked is the set that is blocked before the runtime starts.
	Blocked = ^uint64(0) &^ (Ending | Rare | 1<<(unix.SIGKILL-1) | 1<<(unix.SIGSTOP-1) |
		1<<(unix.SIGCHLD-1) | 1<<(unix.SIGPIPE-1) | 1<<(unix.SIGURG-1) |
		1<<(32-1) | 1<<(33-1) | 1<<(34-1))

	// Ending is the set that people and service managers end a program with.
	// The runtime unblocks it, as all that end a program by default, in each of
	// its threads (runtime.blockableSig).
	Ending = 1<<(unix.SIGTERM-1) | 1<<(unix.SIGINT-1) | 1<<(unix.SIGHUP-1) | 1<<(unix.SIGQUIT-1)

	// Rare are the others that the runtime unblocks.
	Rare = 1<<(unix.SIGILL-1) | 1<<(unix.SIGTRAP-1) | 1<<(unix.SIGABRT-1) | 1<<(unix.SIGBUS-1) |
		1<<(unix.SIGFPE-1) | 1<<(unix.SIGSEGV-1) | 1<<(unix.SIGSTKFLT-1) |
		1<<(unix.SIGPROF-1) | 1<<(unix.SIGSYS-1)
)

// IdleWord is the fourth word of a supervisor that waits for something to do. Behind the number of
// sockets are the descriptor of what it has to know afterwards, the signal mask that mydocker was started with in
// hexadecimal digits, the pipe that Catch was given, when a limit on time is to be looked at in nanoseconds
// of CLOCK_MONOTONIC (0 is never), and MaxWatched files at most from which something may come.
const (
	IdleWord   = "idle"
	MaxWatched = 7
)
