package stdio

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// endPause is the time between two looks at a pseudo-terminal at which nobody types.
const endPause = 50 * time.Millisecond

// endTyping says to the command, for as long as it lives, that nobody types at its
// pseudo-terminal any more. The end of file is a character there (VEOF, Ctrl-D), and
// one read(2) takes it away: so it is typed anew when the last one has been read.
// Nothing tells of that moment.
func (s *Stdio) endTyping() {
	for s.typeEnd() {
		time.Sleep(endPause)
	}
}

// typeEnd types the end-of-file character if nothing else is left to read. A program
// that has switched line editing off, as shells do, gets it as a key. There is no more
// to do where this returns false.
func (s *Stdio) typeEnd() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.slave < 0 {
		return false
	}
	input := []unix.PollFd{{Fd: int32(s.slave), Events: unix.POLLIN}}
	unread, err := utils.Retry(func() (int, error) { return unix.Poll(input, 0) })
	if err != nil || unread > 0 {
		return err == nil
	}
	mode, err := unix.IoctlGetTermios(s.slave, unix.TCGETS)
	if err != nil || mode.Cc[unix.VEOF] == 0 { // none is one
		return err == nil
	}
	_, err = s.master.Write(mode.Cc[unix.VEOF : unix.VEOF+1])
	return err == nil
}
