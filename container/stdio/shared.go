package stdio

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// Several containers may have changed the mode of one terminal. Each holds a lock of
// fcntl(2) on the terminal, by which the others find its process. That process keeps the
// terminal's own mode in a file without a name (memfd_create(2)). So all know the mode,
// and whichever ends last restores it. The kernel drops lock and file with the process.
const modeFile = "mydocker-terminal"

// The bytes of the terminal that are locked: the first by each process that has changed
// anything, the second by those that have changed how typing is read.
const (
	outputByte = iota
	inputByte
)

// sharers are the others that have changed a terminal's mode: who holds a lock and
// keeps a mode.
type sharers struct {
	output, input bool
	own           unix.Termios // what one of them keeps
}

// claim is what a process has of a terminal whose mode it is going to change.
type claim struct{ lock, modeFile int }

// lockable returns the descriptor on which the terminal is locked: a file of the caller's
// that may be read. A file that was opened as /dev/tty does not do, since that is the same
// file for all terminals. Without one it is -1, and the terminal counts as not shared.
func lockable(terminal *os.File, files [3]*os.File) int {
	for _, file := range files {
		var stat unix.Stat_t
		mode, err := unix.FcntlInt(file.Fd(), unix.F_GETFL, 0)
		if err == nil && mode&unix.O_ACCMODE != unix.O_WRONLY && unix.Fstat(int(file.Fd()), &stat) == nil &&
			stat.Rdev != alias && IsTerminal(file) && sameTerminal(terminal, file) {
			return int(file.Fd())
		}
	}
	return -1
}

// claimMode claims a terminal that is locked by the file lock, and returns its own mode.
func claimMode(terminal, lock int, input bool) (*claim, unix.Termios, error) {
	setLock(lock, outputByte, unix.F_RDLCK)
	if input {
		setLock(lock, inputByte, unix.F_RDLCK)
	}
	mode, err := ownMode(terminal, lock)
	if err != nil {
		return nil, mode, fmt.Errorf("tcgetattr: %w", err)
	}
	fd, err := unix.MemfdCreate(modeFile, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, mode, fmt.Errorf("memfd_create: %w", err)
	}
	if _, err := unix.Write(fd, bytesOf(&mode)); err != nil {
		return nil, mode, fmt.Errorf("keep the terminal's mode: %w", err)
	}
	return &claim{lock, fd}, mode, nil
}

// release gives it up.
func (c *claim) release() error {
	setLock(c.lock, outputByte, unix.F_UNLCK)
	setLock(c.lock, inputByte, unix.F_UNLCK)
	return unix.Close(c.modeFile)
}

// ownMode returns the mode that a terminal had before any container changed it.
func ownMode(terminal, lock int) (unix.Termios, error) {
	if others := sharersOf(lock); others.output {
		return others.own, nil
	}
	mode, err := unix.IoctlGetTermios(terminal, unix.TCGETS)
	if err != nil {
		return unix.Termios{}, err
	}
	// Who keeps it now may have changed it just before.
	if others := sharersOf(lock); others.output {
		return others.own, nil
	}
	return *mode, nil
}

// keptBy reads the mode that a process keeps.
func keptBy(pid int) (mode unix.Termios, found bool) {
	if pid == 0 {
		return mode, false
	}
	dir := "/proc/" + strconv.Itoa(pid) + "/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return mode, false
	}
	for _, entry := range entries {
		path := dir + "/" + entry.Name()
		if link, err := os.Readlink(path); err != nil || !strings.HasPrefix(link, "/memfd:"+modeFile+" ") {
			continue
		}
		fd, err := utils.Open(path, unix.O_RDONLY)
		if err != nil {
			return mode, false
		}
		n, err := unix.Pread(fd, bytesOf(&mode), 0)
		return mode, errors.Join(err, unix.Close(fd)) == nil && n == len(bytesOf(&mode))
	}
	return mode, false
}

// setMode gives the terminal the mode that is needed by who calls it and by all others,
// until none of these has come or gone meanwhile.
func setMode(terminal, lock int, own unix.Termios, caller sharers) error {
	for {
		others, mode := sharersOf(lock), own
		if caller.output || others.output {
			mode = rawMode(own, caller.input || others.input)
		}
		if err := unix.IoctlSetTermios(terminal, unix.TCSETS, &mode); err != nil {
			return err
		}
		if now := sharersOf(lock); now.output == others.output && now.input == others.input {
			return nil
		}
	}
}

func sharersOf(lock int) (s sharers) {
	_, s.input = keptFor(lock, inputByte)
	s.own, s.output = keptFor(lock, outputByte)
	return s
}

// keptFor returns the mode that is kept by another process that has locked the byte. One
// that keeps none has not changed the terminal yet, or has just gone; then there may be
// another.
func keptFor(lock int, at int64) (mode unix.Termios, found bool) {
	for before := 0; ; {
		pid := lockedBy(lock, at)
		if mode, found = keptBy(pid); found || pid == before {
			return mode, found
		}
		before = pid
	}
}

// lockedBy returns another process that has locked the byte, 0 if there is none.
func lockedBy(lock int, at int64) int {
	area := unix.Flock_t{Type: unix.F_WRLCK, Start: at, Len: 1}
	_, err := utils.Retry(func() (int, error) { return 0, unix.FcntlFlock(uintptr(lock), unix.F_GETLK, &area) })
	if err != nil || area.Type == unix.F_UNLCK {
		return 0
	}
	return int(area.Pid)
}

func setLock(lock int, at int64, kind int16) (set bool) {
	area := unix.Flock_t{Type: kind, Start: at, Len: 1}
	return unix.FcntlFlock(uintptr(lock), unix.F_SETLK, &area) == nil
}

func bytesOf(mode *unix.Termios) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(mode)), unsafe.Sizeof(*mode))
}
