package cmd_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
)

// cmdPty is "pty N DIALOGUE COMMAND...": the command, in a pseudo-terminal of
// 30 rows and 100 columns that is its controlling terminal, has to end with
// exit code N. The lines of the file DIALOGUE are played in turn:
//
//	expect REGEXP       wait until the rest of the output matches
//	send "TEXT"         type TEXT, quoted as in Go
//	resize ROWS COLUMNS
//	signal NAME         send a signal to the command
//
// All that the terminal showed is the script's stdout then.
func cmdPty(ts *testscript.TestScript, args []string) {
	needs(ts, args, 3, "pty N DIALOGUE COMMAND...")
	command := harnessOf(ts).command(ts, args[2:])
	master, err := pty.StartWithSize(command, &pty.Winsize{Rows: 30, Cols: 100})
	ts.Check(err)
	t := &terminal{master: master, command: command, closed: make(chan struct{})}
	go t.read()
	if err := t.play(ts, ts.ReadFile(args[1])); err != nil {
		ts.Check(command.Process.Kill())
		ts.Fatalf("%v; the terminal showed:\n%s", err, t.screen.String())
	}
	ended := t.wait(ts)
	_, err = io.WriteString(ts.Stdout(), strings.ReplaceAll(t.screen.String(), "\r", ""))
	ts.Check(err)
	expectStatus(ts, args[0], ended)
}

// cmdUnread is "unread N COMMAND...": the command, with all three streams a terminal
// that nobody reads, has to end with exit code N.
func cmdUnread(ts *testscript.TestScript, args []string) {
	needs(ts, args, 2, "unread N COMMAND...")
	command := harnessOf(ts).command(ts, direct(ts, args[1:]))
	master, slave, err := pty.Open()
	ts.Check(err)
	command.Stdin, command.Stdout, command.Stderr = slave, slave, slave
	ts.Check(command.Start())
	timer := time.AfterFunc(patience, func() { _ = command.Process.Kill() }) // seen in its status
	err = command.Wait()
	timer.Stop()
	ts.Check(slave.Close())
	ts.Check(master.Close())
	expectStatus(ts, args[0], err)
}

// terminal is the user's side of a pseudo-terminal.
type terminal struct {
	master  *os.File
	command *exec.Cmd
	screen  output
	seen    int // how much of the screen was matched
	closed  chan struct{}
}

// read ends with EIO, when the last process has closed its side.
func (t *terminal) read() {
	_, err := io.Copy(&t.screen, t.master)
	fmt.Fprintf(&t.screen, "[%v]\n", err)
	close(t.closed)
}

// wait waits for the command's end, which it brings about if need be, and for
// the last of its output: nobody else may keep the terminal open.
func (t *terminal) wait(ts *testscript.TestScript) error {
	timer := time.AfterFunc(patience, func() { _ = t.command.Process.Kill() }) // seen in its status
	err := t.command.Wait()
	timer.Stop()
	select {
	case <-t.closed:
	case <-time.After(patience):
		ts.Fatalf("somebody keeps the terminal open, which showed:\n%s", t.screen.String())
	}
	ts.Check(t.master.Close())
	return err
}

func (t *terminal) play(ts *testscript.TestScript, dialogue string) error {
	for line := range strings.Lines(dialogue) {
		line = strings.TrimSuffix(line, "\n")
		verb, rest, _ := strings.Cut(line, " ")
		var err error
		switch verb {
		case "expect":
			err = t.expect(rest)
		case "send":
			err = t.send(rest)
		case "resize":
			err = t.resize(rest)
		case "signal":
			err = t.command.Process.Signal(signalNumber(ts, rest))
		default:
			err = fmt.Errorf("unknown verb")
		}
		if err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
	}
	return nil
}

func (t *terminal) expect(expression string) error {
	pattern, err := regexp.Compile("(?m)" + expression)
	if err != nil {
		return err
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if match := pattern.FindStringIndex(t.screen.String()[t.seen:]); match != nil {
			t.seen += match[1]
			return nil
		}
	}
	return fmt.Errorf("did not come")
}

func (t *terminal) send(quoted string) error {
	text, err := strconv.Unquote(quoted)
	if err != nil {
		return err
	}
	_, err = io.WriteString(t.master, text)
	return err
}

func (t *terminal) resize(size string) error {
	var rows, columns uint16
	if _, err := fmt.Sscan(size, &rows, &columns); err != nil {
		return err
	}
	return pty.Setsize(t.master, &pty.Winsize{Rows: rows, Cols: columns})
}
