// Attack is what a hostile program in a container tries. The tests put it into a root
// file system and run it there: what it could do, it says.
//
//	attack calls              system calls that are refused, each with its answer
//	attack allowed            system calls that have to work
//	attack forks              processes until no more can be made: how many
//	attack chroot             out of a chroot, as far up as it goes: the root there
//	attack setns              into the namespaces of each process
//	attack keep PROGRAM       opens PROGRAM for writing, gives it a set-user-ID bit, ...
//	attack type               types into the terminal of each standard stream
//	attack connect NAME       to an abstract socket
//	attack swap A B           exchanges two names, until it is killed
//	attack exchange once|from N A B COMMAND...
//	                          the same while COMMAND's N-th look-up of A is done, or from then on
//	attack kill               every process that it can see, but itself and PID 1
//	attack keyring            what the session keyring holds
//	attack open FILE...       of the kernel's, for writing and reading: what it could
//	attack read PID           the memory of a process
//	attack watch FILE...      each process that appears, but those that execute one of the files
package main

import (
	"fmt"
	"os"
	"sort"

	"golang.org/x/sys/unix"
)

func main() {
	attacks := map[string]func(args []string) error{
		"calls":   func([]string) error { return answers(refused()) },
		"allowed": func([]string) error { return answers(allowed()) },
		"forks":   forks, "chroot": leaveChroot, "setns": joinAll, "keep": changeProgram,
		"type": typeInto, "connect": connect, "swap": swap, "exchange": exchangeAt, "kill": killAll, "keyring": readKeyring, "open": openKernels, "read": readMemory,
		"watch": watch,
	}
	if len(os.Args) < 2 || attacks[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "attack: see main.go")
		os.Exit(2)
	}
	if err := attacks[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "attack:", err)
		os.Exit(1)
	}
}

// answers prints what each call got: "works", or the name of an error.
func answers(calls map[string]func() error) error {
	names := make([]string, 0, len(calls))
	for name := range calls {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		fmt.Println(name, answer(calls[name]()))
	}
	return nil
}

// answer is a word for what a call got.
func answer(err error) string {
	if err == nil {
		return "works"
	}
	if errno, is := err.(unix.Errno); is {
		return unix.ErrnoName(errno)
	}
	return err.Error()
}
