package stdio

import (
	"os"

	"golang.org/x/sys/unix"
)

// OpenRemote is the caller's side of a command whose own streams another process has. With tty it
// has a pseudo-terminal there; with interactive the caller types. failed is told of what fails
// meanwhile.
func OpenRemote(streams Streams, tty, interactive bool, failed func(error)) *Stdio {
	s := &Stdio{slave: -1, caller: [3]*os.File{streams.Stdin, streams.Stdout, streams.Stderr}, failed: failed}
	if tty {
		s.console = newConsole(s.caller, interactive)
	}
	return s
}

// Input reads from the caller's stdin.
func (s *Stdio) Input(buffer []byte) (int, error) {
	stdin := s.caller[unix.Stdin]
	n, err := stdin.Read(buffer)
	for err != nil && s.readAgain(stdin, err) {
		n, err = stdin.Read(buffer)
	}
	return n, err
}

// Output writes to the caller's stdout or stderr, and waits for who reads.
func (s *Stdio) Output(stream int, text []byte) error {
	s.beforeWrite(s.caller[stream])
	_, err := s.caller[stream].Write(text)
	return err
}
