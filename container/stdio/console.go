package stdio

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// console is the caller's terminal while a container has a pseudo-terminal of
// its own, whose line discipline does the editing, echoing and signalling.
type console struct {
	size  *os.File     // whose window size counts, nil if nobody's does
	mode  *os.File     // whose mode changes, nil if none does
	input bool         // all of its mode, or only the output's
	own   unix.Termios // its mode without containers
	lock  int          // the file on which it is locked, see lockable
	claim *claim       // while it has another
	guard *guard       // at the same time
}

// newConsole picks the terminal among the caller's stdin and stdout. If it is not
// interactive, nothing is read from it: its keyboard keeps
// its mode, so that Ctrl-C still reaches mydocker as a signal, and only the
// output is passed through untouched.
func newConsole(caller [3]*os.File, interactive bool) *console {
	stdin, stdout := caller[unix.Stdin], caller[unix.Stdout]
	c := &console{}
	if IsTerminal(stdin) {
		c.size = stdin
	}
	if IsTerminal(stdout) {
		c.size, c.mode = stdout, stdout
	}
	if interactive && IsTerminal(stdin) {
		c.mode, c.input = stdin, true
	}
	if c.mode != nil {
		c.lock = lockable(c.mode, caller)
	}
	return c
}

// Raw claims the terminal's mode, puts it under guard and makes it raw.
func (c *console) Raw() (err error) {
	if c.mode == nil {
		return nil
	}
	fd := int(c.mode.Fd())
	if c.claim == nil {
		if c.claim, c.own, err = claimMode(fd, c.lock, c.input); err != nil {
			return fmt.Errorf("%s: %w", c.mode.Name(), err)
		}
	}
	if c.guard == nil {
		if c.guard, err = newGuard(fd, c.lock, &c.own); err != nil {
			return err
		}
	}
	return setMode(fd, c.lock, c.own, sharers{output: true, input: c.input})
}

// rawMode is what cfmakeraw(3) makes of a mode, or the output's part of it.
func rawMode(mode unix.Termios, input bool) unix.Termios {
	mode.Oflag &^= unix.OPOST
	if input {
		mode.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
		mode.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
		mode.Cflag = mode.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
		mode.Cc[unix.VMIN], mode.Cc[unix.VTIME] = 1, 0
	}
	return mode
}

// Restore brings back the mode that Raw found. Until then the claim stays: whoever
// comes meanwhile finds that mode in it, or at the terminal. Whoever goes meanwhile
// may have left the mode to this one.
func (c *console) Restore() error {
	if c.claim == nil {
		return nil
	}
	fd := int(c.mode.Fd())
	err := setMode(fd, c.lock, c.own, sharers{})
	err = errors.Join(err, c.claim.release(), setMode(fd, c.lock, c.own, sharers{}))
	c.claim = nil
	if c.guard != nil {
		err = errors.Join(err, c.guard.Close())
		c.guard = nil
	}
	return err
}

// alias is the device number of /dev/tty.
const alias = 5 << 8

// sameTerminal reports whether two terminals are one. /dev/tty is another name of the
// one that it leads to.
func sameTerminal(a, b *os.File) bool {
	var first, second unix.Stat_t
	if unix.Fstat(int(a.Fd()), &first) != nil || unix.Fstat(int(b.Fd()), &second) != nil {
		return false
	}
	if first.Dev == second.Dev && first.Ino == second.Ino {
		return true
	}
	if first.Rdev != alias && second.Rdev != alias {
		return false // of two instances of devpts, perhaps
	}
	one, err := unix.IoctlGetUint32(int(a.Fd()), unix.TIOCGDEV)
	other, otherErr := unix.IoctlGetUint32(int(b.Fd()), unix.TIOCGDEV)
	return err == nil && otherErr == nil && one == other
}
