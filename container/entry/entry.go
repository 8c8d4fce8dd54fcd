//go:build amd64 || arm64

// Package entry is where the program starts: before the Go runtime does. The
// binary is linked with its entry point here (-ldflags
// -E=github.com/mydocker/mydocker/container/entry.start, see the Makefile), which does six things
// and then goes on to the runtime's own entry point.
//
// It runs the init process of a container, to whom the runtime would be nothing
// but a millisecond of waiting (see package bare).
//
// It begins with the namespaces of "mydocker run", on another CPU: on a thread that
// will then start init. Other commands that start a process in a container get such a
// thread, too.
//
// It blocks signals that "mydocker run" passes on to its command. The runtime
// gives each of its threads the signal mask that it was started with, so they
// stay pending until they are asked for with signalfd(2): none is lost, and none
// ends mydocker while it has something to clean up. os/signal would need two
// thread switches for each.
//
// It catches those that the runtime does not leave blocked, before the runtime could
// end mydocker because of one: what comes first is passed on as all others.
//
// A supervisor with nothing to do waits there (see idle.go).
//
// And it looks at the standard streams: the runtime opens /dev/null in the place of
// one that is closed when the program starts (runtime.checkfds), so Go code cannot
// tell "mydocker run ls >&-" from ">/dev/null" any more, and would lose the output,
// or a report, without a word.
//
// Linked without the flag all answers are no, and init runs with the runtime.
package entry

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/child/bare"
)

// start is the program's entry point; it is never called.
func start()

//nolint:gochecknoglobals // before the runtime there is no other memory; read only once it runs
var (
	// Until the runtime sets its own:
	g   [64]uintptr // a runtime.g with room to spare, all zero
	tls [2]uintptr  // thread-local storage, its first word is the address of g

	closed      [3]bool // the standard descriptors that were; stdin and stderr for a run only
	blocked     bool
	callersMask uint64
	isInit      bool
	process     bare.Init
	memory      bare.Memory
)

// beforeRuntime is called by start with the stack as the kernel left it: argc,
// and the pointers of argv behind it. It returns for the runtime to start.
func beforeRuntime(stack *uintptr) {
	const stdin, stdout, stderr = 0, 1, 2
	closed[stdout] = !isOpen(stdout)
	if (*stack == 2 || *stack == 3) && isArg(stack, 1, "init") {
		runInit(wordOf(stack, 2))
		return
	}
	refuseHopeless(stack)
	wanted := needsOf(stack)
	if wanted == nothing || bare.BlockSignals(^uint64(0), &callersMask) != 0 {
		return
	}
	if isIdle(stack) {
		awaitWork(stack)
	}
	namespaces := 0
	if wanted&ownNamespaces != 0 {
		namespaces = bare.UnsharedFlags()
	}
	if wanted&thread != 0 {
		startThread(namespaces)
	}
	if wanted&passesSignals == 0 && bare.SetSignals(callersMask) == 0 {
		return
	}
	remember()
	closed[stdin], closed[stderr] = !isOpen(stdin), !isOpen(stderr)
	blocked = bare.SetSignals(callersMask|Blocked) == 0
}

// runInit is init. Where the program is named, it executes that first.
func runInit(program *byte) {
	if !bare.IsInit() {
		return
	}
	isInit = true
	// Its parent's thread had all signals blocked. What the command gets instead is
	// among the steps.
	if bare.SetSignals(Blocked) != 0 {
		return
	}
	process = bare.New(&memory)
	if program != nil {
		process.ExecuteProtected(program)
		return
	}
	if process.Prepare() {
		process.Execute()
	}
	process.EndIfLimited()
}

func isOpen(fd uintptr) bool {
	_, _, errno := syscall.RawSyscall(unix.SYS_FCNTL, fd, unix.F_GETFD, 0)
	return errno == 0
}

func hasArg(stack *uintptr, word string) bool {
	for n := 1; n < int(*stack); n++ {
		if isArg(stack, n, word) {
			return true
		}
	}
	return false
}

// isArg tells whether argument n is word.
func isArg(stack *uintptr, n int, word string) bool {
	arg := wordOf(stack, n)
	return hasPrefix(arg, word) && *(*byte)(unsafe.Add(unsafe.Pointer(arg), len(word))) == 0
}

// WasClosed reports whether the program was started without a standard stream,
// 0 to 2. Of stdin and stderr it is known for a run only, of other descriptors
// never.
func WasClosed(fd int) bool { return fd >= 0 && fd < len(closed) && closed[fd] }

// HasBlocked reports whether the set Blocked is blocked in every thread.
func HasBlocked() bool { return blocked }

// CallersMask is the signal mask that mydocker was started with.
func CallersMask() uint64 { return callersMask }

// FailedInit returns the init process that ran before the runtime, and did not
// get to execute its command; nil if there was none.
func FailedInit() *bare.Init {
	if !isInit {
		return nil
	}
	return &process
}
