package stdio

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// A background job may not read from its terminal nor change its mode: the kernel would
// stop it (SIGTTIN, SIGTTOU), but with these signals blocked it does not. So mydocker
// looks, does without the terminal for a while, which is all that a short command
// needs, and then has its job stopped as the kernel would. When it goes on in the
// background nevertheless (bg), it waits there.
const (
	withoutTerminal = 500 * time.Millisecond
	foregroundPause = 100 * time.Millisecond
)

// inBackground reports whether the terminal is mydocker's, and another job has it now.
func inBackground(terminal *os.File) bool {
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group != unix.Getpgrp()
}

// Foreground reports whether mydocker's job may use its terminal.
func (s *Stdio) Foreground() bool {
	for _, file := range s.caller {
		if IsTerminal(file) {
			return !inBackground(file)
		}
	}
	return false
}

// awaitForeground waits until mydocker may use the terminal, for which sig stops its
// job. It returns false where nobody could let it go on, or nobody needs it any more.
func (s *Stdio) awaitForeground(terminal *os.File, sig syscall.Signal) bool {
	for begin := time.Now(); inBackground(terminal); time.Sleep(foregroundPause) {
		if s.isClosed() || isOrphaned() {
			return false
		}
		if time.Since(begin) >= withoutTerminal && s.stopsFirst() && unix.Kill(0, sig) != nil {
			return false
		}
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.stopped = false
	return true
}

func (s *Stdio) isClosed() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.closed
}

// stopsFirst reports whether the job has not been stopped since it was in the
// foreground.
func (s *Stdio) stopsFirst() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	first := !s.stopped
	s.stopped = true
	return first
}

// resumeInForeground is Resume when that is allowed.
func (s *Stdio) resumeInForeground() {
	may := s.awaitForeground(s.console.mode, unix.SIGTTOU)
	s.mutex.Lock()
	s.waiting = false
	s.mutex.Unlock()
	if !may {
		return
	}
	if err := s.Resume(); err != nil {
		s.failed(err)
	}
}

// readAgain reports whether a read that has failed is worth another: the terminal was
// another job's, and is mydocker's now.
func (s *Stdio) readAgain(terminal *os.File, err error) bool {
	return errors.Is(err, unix.EIO) && inBackground(terminal) && s.awaitForeground(terminal, unix.SIGTTIN)
}

// beforeWrite waits where a background job may not write either (stty tostop).
func (s *Stdio) beforeWrite(terminal *os.File) {
	mode, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err == nil && mode.Lflag&unix.TOSTOP != 0 && inBackground(terminal) && s.stopsFirst() && unix.Kill(0, unix.SIGTTOU) == nil {
		time.Sleep(foregroundPause)
	}
}

// isOrphaned reports whether no process group beside mydocker's could let it go on: the
// kernel stops no such job (setpgid(2), "orphaned process group"). It looks at its own
// ancestors; a process of the group may have others.
func isOrphaned() bool {
	session, err := unix.Getsid(0)
	if err != nil {
		return true
	}
	for pid := os.Getppid(); pid > 0; pid = parentOf(pid) {
		group, err := unix.Getpgid(pid)
		if err != nil {
			return true
		}
		if group != unix.Getpgrp() {
			other, err := unix.Getsid(pid)
			return err != nil || other != session
		}
	}
	return true
}

// parentOf returns the parent of a process, 0 if that is not known.
func parentOf(pid int) int {
	status, err := utils.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(status) {
		if value, is := strings.CutPrefix(line, "PPid:"); is {
			parent, err := strconv.Atoi(strings.TrimSpace(value))
			if err != nil {
				return 0
			}
			return parent
		}
	}
	return 0
}
