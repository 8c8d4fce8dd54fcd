// Package full executes the full program, which has every command. The front, the program
// that starts containers, links no more than a start needs, and carries the full one as data:
// "make build" builds both (scripts/build.sh). To copy it into memory takes 5 ms; to unpack a
// compressed one would take 30.
package full

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/entry"
	"github.com/mydocker/mydocker/utils"
)

// Execute replaces this process by the full program. It returns only if that fails. A signal that
// has been remembered, for a container that there will not be, counts before that.
func Execute(args []string) error {
	if err := entry.Release(); err != nil {
		return fmt.Errorf("catch signals: %w", err)
	}
	if err := entry.Default(); err != nil {
		return fmt.Errorf("let signals end the program: %w", err)
	}
	return inFile(program, places(), func(file *os.File) error {
		return entry.WithCallersMask(utils.WithSignalMask, func() error { return execute(file, args, os.Environ()) })
	})
}

// Start starts the full program as a child, with the arguments and streams of command. It is
// written to a file that is gone when the child has begun.
func Start(command *exec.Cmd) error {
	if program == "" { // this is the one
		command.Path = "/proc/self/exe"
		return entry.WithCallersMask(utils.WithSignalMask, command.Start)
	}
	return start(command, program, places())
}

func start(command *exec.Cmd, program string, places []string) error {
	return inFile(program, places, func(file *os.File) error {
		attempt := *command
		attempt.Path = utils.FDPath(int(file.Fd())) // also for a child that does not inherit it
		err := entry.WithCallersMask(utils.WithSignalMask, attempt.Start)
		if err == nil {
			*command = attempt
		}
		return err
	})
}

// execute executes a file. What syscall.Exec gives back to the process that it replaces itself
// by, such as the limit on open files, it has given back also where its execve fails.
func execute(file *os.File, args, environ []string) error {
	err := syscall.Exec(utils.FDPath(int(file.Fd())), args, environ)
	if !errors.Is(err, fs.ErrNotExist) {
		return os.NewSyscallError("execve", err)
	}
	return os.NewSyscallError("execveat", execveat(file, args, environ)) // there is no /proc
}

func execveat(file *os.File, args, environ []string) error {
	argv, err := syscall.SlicePtrFromStrings(args)
	if err != nil {
		return err
	}
	envp, err := syscall.SlicePtrFromStrings(environ)
	if err != nil {
		return err
	}
	empty := []byte{0}
	_, _, errno := syscall.RawSyscall6(unix.SYS_EXECVEAT, file.Fd(), uintptr(unsafe.Pointer(&empty[0])),
		uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&envp[0])), unix.AT_EMPTY_PATH, 0)
	return errno
}
