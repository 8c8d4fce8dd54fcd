// Package progress shows how images come and go: on a terminal a bar for each layer and one
// for all, elsewhere plain lines, or nothing.
package progress

import (
	"io"
	"os"
	"sync"

	"golang.org/x/term"

	"github.com/mydocker/mydocker/container/image/ingest"
)

// Display shows progress until it is closed.
type Display interface {
	ingest.Progress
	// Expect says how many bytes there will be in all, as far as that is known beforehand.
	Expect(size int64)
	// Print prints a line that stays, above the bars.
	Print(line string)
	// Close takes away the bars of what has not ended.
	Close()
}

// Options say what is shown.
type Options struct {
	// Quiet shows nothing at all.
	Quiet bool
	// First is what a line says at first, as "Pulling fs layer", where there are no bars. ""
	// prints no lines of layers there.
	First string
}

// smallest is how many columns and lines a terminal needs to show bars.
const smallest = 20

// New shows progress on a file.
func New(file *os.File, options Options) Display {
	if options.Quiet {
		return &lines{out: io.Discard}
	}
	width, height, err := term.GetSize(int(file.Fd()))
	if err == nil && width >= smallest && height >= 3 && os.Getenv("TERM") != "dumb" {
		return newBars(file, height)
	}
	return &lines{out: file, first: options.First}
}

// lines prints how a layer begins and how it ends.
type lines struct {
	mutex sync.Mutex
	out   io.Writer
	first string
	err   error
}

// Begin implements Display.
func (l *lines) Begin(name string, _ int64) ingest.Task {
	if l.first == "" {
		return &line{}
	}
	l.Print(name + ": " + l.first)
	return &line{lines: l, name: name}
}

// Expect implements Display.
func (l *lines) Expect(int64) {}

// Print implements Display. What cannot be printed does not end what goes on.
func (l *lines) Print(text string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.err == nil {
		_, l.err = io.WriteString(l.out, text+"\n")
	}
}

// Close implements Display.
func (l *lines) Close() {}

// line is a layer. Without lines it prints nothing.
type line struct {
	lines *lines
	name  string
}

// Advance implements ingest.Task.
func (l *line) Advance(int64) {}

// State implements ingest.Task.
func (l *line) State(string) {}

// End implements ingest.Task.
func (l *line) End(text string) {
	if l.lines != nil {
		l.lines.Print(l.name + ": " + text)
	}
}
