//go:build amd64 || arm64

// Package entry looks at stdout before the Go runtime does.
//
// The runtime opens /dev/null in the place of a standard descriptor that is
// closed when the program starts (runtime.checkfds), so Go code cannot tell
// "mydocker run ls >&-" from ">/dev/null" any more, and would lose the output
// without a word. The binary is therefore linked with its entry point here
// (-ldflags -E=mydocker/utils/entry.start, see the Makefile): a few
// instructions that ask the kernel and then go on to the runtime's own entry
// point. Linked without the flag, StdoutClosed answers false.
package entry

// start is the program's entry point; it is never called.
func start()

// stdoutFlags is what fcntl(1, F_GETFD) answered: flags, or -EBADF.
var stdoutFlags int64 //nolint:gochecknoglobals // written once, before the first Go instruction

// StdoutClosed reports whether the program was started without a stdout.
func StdoutClosed() bool { return stdoutFlags < 0 }
