// Package logs keeps what a container writes to its stdout and stderr, and reads it again.
//
// The log of a container is a directory of files with numbers for names:
//
//	000001.json.gz   an older one, compressed if that was asked for
//	000002.json      an older one
//	000003.json      the one that is written to: the one with the highest number
//
// A file never changes its name while it is read: to rotate is to begin the next number. So who
// reads needs no lock, and neither loses a line nor has it twice.
//
// A line is a record, as Docker's json-file driver writes it:
//
//	{"log":"...\n","stream":"stdout","time":"2006-01-02T15:04:05.999999999Z"}
//
// One that is partial has no newline at the end of its "log". Bytes that are no UTF-8 are
// U+FFFD there, so that it is JSON; then a further field, "raw", has all bytes of the record in
// base64. A record with the field "lost" says that so many bytes before it could not be
// written. The drivers json-file and local write the same; what differs is how much they keep.
package logs

import (
	"sync"
	"time"
)

// Stream is one of a container's outputs.
type Stream byte

// The streams. Where a container has a terminal, all of its output is on Stdout.
const (
	Stdout Stream = iota
	Stderr
)

func (s Stream) String() string {
	if s == Stderr {
		return "stderr"
	}
	return "stdout"
}

// Config says where the output goes: the driver's name ("" is json-file), and its options.
type Config struct {
	Driver  string
	Options map[string]string
}

// Info is what a log may say of its container.
type Info struct {
	ID      string
	Name    string
	Image   string
	ImageID string
	Command []string
	Labels  map[string]string
	Env     []string
}

// sink is where records go.
type sink interface {
	// add takes a record, which is valid until add returns. One that is partial goes on in the
	// stream's next one.
	add(r record)
	// flush has all that was added written, and returns how many bytes of output were lost
	// since the last time.
	flush() int64
	// settled reports whether all is done, and told, that is not in the files.
	settled() bool
	close() error
}

// record is a piece of the output: a line with its newline, or a part of one.
type record struct {
	stream Stream
	at     time.Time
	data   []byte
}

// Log takes the output of a container.
type Log struct {
	mu    sync.Mutex
	lines [2]line
	last  [2]time.Time
	sink  sink
	lost  int64
}

// Open opens the log of a container that is going to write to it, in the directory dir, which is
// made if it is missing. There is at most one writer: who has the container's lock.
func Open(dir string, config Config, info Info) (*Log, error) {
	o, err := parse(config)
	if err != nil {
		return nil, err
	}
	l := new(Log)
	switch o.driver {
	case DriverNone:
		l.sink = discard{}
	case DriverJournald:
		l.sink, err = openJournal(journalSocket, o, info)
	default:
		l.sink, err = openFiles(dir, o, info)
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Write takes what was read from a stream at a time. All whole lines of it are in the log when it
// returns. It waits for no reader; what cannot be written is counted: see Lost.
func (l *Log) Write(stream Stream, at time.Time, data []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := &l.lines[stream]
	for piece, rest := line.next(data); piece != nil; piece, rest = line.next(rest) {
		l.sink.add(record{stream, at, piece})
	}
	l.last[stream] = at
	l.lost += l.sink.flush()
}

// Unfinished are the beginnings of lines that have no end yet, for who goes on with the log in another
// process image (GoOn). ok is false while something is to be done that only this one knows of.
func (l *Log) Unfinished() (lines Unfinished, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines.Lost, lines.Last = l.lost, l.last
	for stream := range l.lines {
		lines.Begun[stream] = l.lines[stream].unfinished()
	}
	return lines, l.sink.settled()
}

// Unfinished is what a Log has not written yet, and what it has lost.
type Unfinished struct {
	Begun [2][]byte
	Last  [2]time.Time
	Lost  int64
}

// GoOn goes on with lines that were begun. It comes before anything is written.
func (l *Log) GoOn(lines Unfinished) {
	l.lost, l.last = lines.Lost, lines.Last
	for stream := range l.lines {
		l.lines[stream].begun = lines.Begun[stream]
	}
}

// Lost is how many bytes of output could not be written.
func (l *Log) Lost() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lost
}

// Close writes what is left of lines without an end, and closes the log.
func (l *Log) Close() error {
	l.mu.Lock()
	for _, stream := range []Stream{Stdout, Stderr} {
		if rest := l.lines[stream].rest(); len(rest) > 0 {
			l.sink.add(record{stream, l.last[stream], rest})
		}
	}
	l.lost += l.sink.flush()
	l.mu.Unlock()
	return l.sink.close()
}

// discard is the driver none.
type discard struct{}

func (discard) add(record)    {}
func (discard) flush() int64  { return 0 }
func (discard) settled() bool { return true }
func (discard) close() error  { return nil }
