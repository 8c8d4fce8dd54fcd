package stdio

import "golang.org/x/sys/unix"

// Terminals has a bit for each of the command's streams that is a pseudo-terminal, 1<<0
// for stdin.
func (p Plan) Terminals() (streams uint8) {
	for n := range p {
		if p[n] == terminal || p[n] == asStdout && p[unix.Stdout] == terminal {
			streams |= 1 << n
		}
	}
	return streams
}

// Size is that of the caller's terminal; where there is none, or
// nothing is open yet, it is 0.
func (s *Stdio) Size() (rows, columns uint16) {
	if s == nil || s.console == nil || s.console.size == nil {
		return 0, 0
	}
	size, err := unix.IoctlGetWinsize(int(s.console.size.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0
	}
	return size.Row, size.Col
}
