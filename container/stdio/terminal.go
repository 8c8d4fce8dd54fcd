package stdio

import (
	"os"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// IsTerminal tells whether a file is a terminal.
func IsTerminal(file *os.File) bool { return term.IsTerminal(int(file.Fd())) }

// TerminalWidth is how many columns a terminal has, or 0 where the file is none or does
// not know.
func TerminalWidth(file *os.File) int {
	size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}

// HasUnread tells whether a file, pipe or socket holds something that nobody has read
// yet. A terminal, where somebody may type, never does.
func HasUnread(file *os.File) bool {
	var stat unix.Stat_t
	if unix.Fstat(int(file.Fd()), &stat) != nil {
		return false
	}
	switch stat.Mode & unix.S_IFMT {
	case unix.S_IFREG, unix.S_IFIFO, unix.S_IFSOCK:
		bytes, err := unix.IoctlGetInt(int(file.Fd()), unix.TIOCINQ)
		return err == nil && bytes > 0
	}
	return false
}

// SizeOf is the size of the first of some files that is a terminal, 0 where none is.
func SizeOf(files ...*os.File) (rows, columns uint16) {
	for _, file := range files {
		if size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ); err == nil {
			return size.Row, size.Col
		}
	}
	return 0, 0
}
