package logs

// unwritable is the sink of a log that cannot be opened: all is lost, and counted.
type unwritable struct{ lost int64 }

// Unwritable is the log of a command that runs, where its files cannot be opened for now: it goes on,
// as where they cannot be written.
func Unwritable() *Log { return &Log{sink: new(unwritable)} }

func (u *unwritable) add(r record) { u.lost += int64(len(r.data)) }

func (u *unwritable) flush() (lost int64) {
	lost, u.lost = u.lost, 0
	return lost
}

// settled has the next process image try again to open the files.
func (u *unwritable) settled() bool { return true }

func (u *unwritable) close() error { return nil }
