package utils

import "golang.org/x/sys/unix"

// TerminalWidth is how many columns the terminal has that fd is, or 0 where fd is none
// or does not know.
func TerminalWidth(fd int) int {
	size, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}

// IsTerminal tells whether fd is a terminal.
func IsTerminal(fd int) bool {
	_, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return err == nil
}

// Unread tells whether somebody has put something into the file, pipe or socket that fd
// is, which nobody has read yet. A terminal, where somebody may type, is none.
func Unread(fd int) bool {
	var stat unix.Stat_t
	if unix.Fstat(fd, &stat) != nil {
		return false
	}
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFREG, unix.S_IFIFO, unix.S_IFSOCK:
		bytes, err := unix.IoctlGetInt(fd, unix.TIOCINQ)
		return err == nil && bytes > 0
	}
	return false
}
