//go:build amd64 || arm64

package entry

import (
	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/child/bare"
)

// A supervisor that has nothing to do executes mydocker anew and waits here, before the runtime, which
// alone takes half a megabyte of memory: that would be so for each container that runs. Its words are
//
//	mydocker supervise STATE ID idle SOCKETS HANDED MASK SIGNALS LIMIT FD...
//
// SOCKETS are as for all supervisors. HANDED is the descriptor of what the supervisor has to know afterwards, MASK the signal mask that
// mydocker was started with, SIGNALS the pipe that Catch was given, and each FD a file from which something may come: also a
// timer. LIMIT is when a limit on the container's time is to be looked at, which has mydocker go on should it be stopped then. The
// runtime starts when there is something to read, PID 1 has ended, or a signal has come. All of that is in the kernel meanwhile.

// Where the words are.
const (
	idleAt    = 4
	maskAt    = 7
	signalsAt = 8
	limitAt   = 9
	watchedAt = 10
)

var watched [MaxWatched + 1]unix.PollFd //nolint:gochecknoglobals // before the runtime there is no other memory

func isIdle(stack *uintptr) bool {
	return *stack > watchedAt && *stack <= watchedAt+MaxWatched && isArg(stack, 1, "supervise") && isArg(stack, idleAt, IdleWord)
}

// awaitWork returns when there is something to do, with all signals blocked. early gets the signals
// that the process image before has caught, and had no time for.
func awaitWork(stack *uintptr) {
	callersMask, _ = bare.Hexadecimal(wordOf(stack, maskAt))
	if pipe, ok := bare.Decimal(wordOf(stack, signalsAt)); ok {
		for sig := bare.NextCaught(pipe); sig > 0; sig = bare.NextCaught(pipe) {
			early |= 1 << (sig - 1)
		}
		bare.Close(pipe)
	}
	if at, ok := bare.Decimal(wordOf(stack, limitAt)); ok && at > 0 {
		bare.GoOnAt(at) //nolint:errcheck // then it does not hold while it is stopped
	}
	const ofChild = 1 << (unix.SIGCHLD - 1)
	signals, errno := bare.SignalFile((Blocked|Ending|Rare)&^callersMask | ofChild)
	if errno != 0 {
		return
	}
	if early == 0 && !bare.ChildHasEnded() {
		awaitInput(stack, signals)
	}
	bare.Close(signals)
}

// awaitInput returns when there is something to read.
func awaitInput(stack *uintptr, signals int) {
	count := 0
	watch(&count, signals)
	for n := watchedAt; n < int(*stack); n++ {
		if fd, ok := bare.Decimal(wordOf(stack, n)); ok {
			watch(&count, fd)
		}
	}
	bare.AwaitInput(watched[:count])
}

func watch(count *int, fd int) {
	watched[*count] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
	*count++
}
