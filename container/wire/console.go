package wire

import "fmt"

// TerminalFD is the descriptor on which the child finds a socket, where it has a Console:
// over that it sends the master of the pseudo-terminal, and another descriptor of the
// slave (SCM_RIGHTS of unix(7)).
const TerminalFD = 5

// Console is a pseudo-terminal from the container's own devpts, which init opens.
type Console struct {
	// Streams has a bit for each of the command's streams that it becomes, 1<<0 for stdin.
	Streams uint8
	// Rows and Columns are its size.
	Rows, Columns uint16
	// Owner is whom it belongs to in the container.
	Owner uint32
}

// value is c as the value of KeyConsole: four hexadecimal numbers, each followed by a space.
func (c *Console) value() string {
	return fmt.Sprintf("%x %x %x %x ", c.Streams, c.Rows, c.Columns, c.Owner)
}
