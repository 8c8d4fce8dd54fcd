package stdio

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// console is the caller's terminal while a container has a pseudo-terminal of
// its own, whose line discipline does the editing, echoing and signalling.
type console struct {
	size  *os.File // whose window size counts, nil if nobody's does
	mode  *os.File // whose mode changes, nil if none does
	input bool     // all of its mode, or only the output's
	saved *unix.Termios
	guard *guard // while the terminal has another mode
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
	return c
}

// Raw saves the terminal's mode, puts it under guard and makes it raw.
func (c *console) Raw() (err error) {
	if c.mode == nil {
		return nil
	}
	fd := int(c.mode.Fd())
	if c.saved == nil {
		if c.saved, err = unix.IoctlGetTermios(fd, unix.TCGETS); err != nil {
			return fmt.Errorf("tcgetattr %s: %w", c.mode.Name(), err)
		}
	}
	raw := c.rawMode()
	if c.guard == nil {
		if c.guard, err = newGuard(fd, &guardMessage{*c.saved, raw}); err != nil {
			return err
		}
	}
	return unix.IoctlSetTermios(fd, unix.TCSETS, &raw)
}

// rawMode is what cfmakeraw(3) makes of the saved mode, or the output's part of it.
func (c *console) rawMode() unix.Termios {
	mode := *c.saved
	mode.Oflag &^= unix.OPOST
	if c.input {
		mode.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
		mode.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
		mode.Cflag = mode.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
		mode.Cc[unix.VMIN], mode.Cc[unix.VTIME] = 1, 0
	}
	return mode
}

// Restore brings back the mode that Raw found.
func (c *console) Restore() error {
	if c.guard == nil {
		return nil
	}
	err := unix.IoctlSetTermios(int(c.mode.Fd()), unix.TCSETS, c.saved)
	err = errors.Join(err, c.guard.Close())
	c.guard = nil
	return err
}

// IsTerminal reports whether a file is one.
// IsTerminal reports whether a file is a terminal.
func IsTerminal(file *os.File) bool { return term.IsTerminal(int(file.Fd())) }

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
	alias := unix.Mkdev(5, 0)
	if first.Rdev != alias && second.Rdev != alias {
		return false // of two instances of devpts, perhaps
	}
	one, err := unix.IoctlGetUint32(int(a.Fd()), unix.TIOCGDEV)
	other, otherErr := unix.IoctlGetUint32(int(b.Fd()), unix.TIOCGDEV)
	return err == nil && otherErr == nil && one == other
}
