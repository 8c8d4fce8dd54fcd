package events

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

const (
	dirName      = "events"
	journalName  = "journal"
	previousName = "journal.1"

	// maxJournal is when a file is full.
	maxJournal = 4 << 20
	// maxLine is the longest event, with the newline.
	maxLine = 64 << 10
)

// Write appends an event to the journal of a directory of state. That it cannot be written is no
// failure of what the event tells of, and nobody is told.
func Write(state string, e *Event) {
	if state == "" {
		return
	}
	line, err := marshal(e)
	if err != nil {
		return
	}
	journal, err := openToWrite(filepath.Join(state, dirName))
	if err != nil {
		return
	}
	if n, err := journal.Write(line); err != nil && n > 0 {
		journal.Write([]byte{'\n'}) //nolint:errcheck // the next event begins a line, if there is room for that
	}
	journal.Close() //nolint:errcheck // see above
}

// marshal is the line of an event. One that is too long is told without attributes of the
// container's own.
func marshal(e *Event) ([]byte, error) {
	written := *e
	if written.Time == 0 {
		written.Time = time.Now().UnixNano()
	}
	line, err := json.Marshal(&written)
	if len(line) >= maxLine {
		written.Attributes = map[string]string{}
		for _, key := range []string{"name", "image", "exitCode", "signal"} {
			if value, is := e.Attributes[key]; is {
				written.Attributes[key] = utils.Shortened(value)
			}
		}
		written.Action = utils.Shortened(e.Action)
		line, err = json.Marshal(&written)
	}
	return append(line, '\n'), err
}

// openToWrite opens the journal, and makes what is missing. A full one becomes the previous one.
func openToWrite(dir string) (*os.File, error) {
	journal, err := openJournal(dir)
	if os.IsNotExist(err) {
		if err = os.MkdirAll(dir, 0o700); err == nil {
			journal, err = openJournal(dir)
		}
	}
	if err != nil {
		return nil, err
	}
	var stat unix.Stat_t
	if unix.Fstat(int(journal.Fd()), &stat) != nil || stat.Size < maxJournal {
		return journal, nil
	}
	if rotate(dir, journal) != nil {
		return journal, nil // somebody else does it, or a later event does
	}
	next, err := openJournal(dir)
	if err != nil {
		return journal, nil
	}
	return next, journal.Close()
}

func openJournal(dir string) (*os.File, error) {
	path := filepath.Join(dir, journalName)
	const flags = unix.O_WRONLY | unix.O_APPEND | unix.O_CREAT | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_CLOEXEC
	fd, err := utils.Retry(func() (int, error) { return unix.Open(path, flags, 0o600) })
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// rotate makes a full journal the previous one. Who has it locked is the one who does; it may have
// been done already.
func rotate(dir string, journal *os.File) error {
	if err := utils.Flock(int(journal.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return err
	}
	if !isStill(dir, journal) {
		return nil
	}
	return os.Rename(journal.Name(), filepath.Join(dir, previousName))
}

// isStill reports whether a file is the journal that events are written to.
func isStill(dir string, file *os.File) bool {
	opened, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(filepath.Join(dir, journalName))
	return err == nil && os.SameFile(opened, there)
}
