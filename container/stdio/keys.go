package stdio

import (
	"bytes"
	"syscall"

	"golang.org/x/sys/unix"
)

// A Key is told of when it is typed: it sends a signal to the process group that is in
// the foreground of the container's terminal.
type Key func(sig syscall.Signal, group int)

// watchKeys looks for such keys in what is typed.
func (s *Stdio) watchKeys(text []byte, typed Key) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.slave < 0 {
		return
	}
	mode, err := unix.IoctlGetTermios(s.slave, unix.TCGETS)
	if err != nil || mode.Lflag&unix.ISIG == 0 {
		return
	}
	for key, sig := range map[int]syscall.Signal{unix.VINTR: unix.SIGINT, unix.VQUIT: unix.SIGQUIT} {
		if mode.Cc[key] == 0 || bytes.IndexByte(text, mode.Cc[key]) < 0 {
			continue
		}
		if group := s.foregroundGroup(); group > 0 {
			typed(sig, group)
		}
	}
}

// foregroundGroup returns the process group that the container's terminal belongs to, 0
// if there is none. Only its master tells somebody outside of its session.
func (s *Stdio) foregroundGroup() (group int) {
	raw, err := s.master.SyscallConn()
	if err != nil {
		return 0
	}
	if raw.Control(func(fd uintptr) { group, err = unix.IoctlGetInt(int(fd), unix.TIOCGPGRP) }) != nil || err != nil {
		return 0
	}
	return group
}

// Tell shows the caller a line on the terminal that is typed at, which is raw.
func (s *Stdio) Tell(line string) error {
	_, err := s.console.mode.WriteString("\r\n" + line + "\r\n")
	return err
}
