package supervisor

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/session"
)

// pair are the two ends of a session: the hub's and the client's.
func pair(t *testing.T) (server, client *session.Conn) {
	t.Helper()
	server, file, err := session.Pair()
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
	client = session.NewConn(fd)
	t.Cleanup(func() { client.Close() })
	return server, client
}

func attach(t *testing.T, h *Hub, asked *session.Attach) *session.Conn {
	t.Helper()
	server, client := pair(t)
	h.Attach(server, asked)
	return client
}

// told are all frames that a session gets: "o:text", text of one kind in one.
func told(t *testing.T, conn *session.Conn) []string {
	t.Helper()
	var all []string
	buffer := make([]byte, session.MaxPacket)
	for {
		packet, err := conn.Receive(buffer)
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Error(err)
			return all
		}
		kind, content := string(packet[:1])+":", string(packet[1:])
		if last := len(all) - 1; last >= 0 && strings.HasPrefix(all[last], kind) && kind != "x:" {
			all[last] += content
			continue
		}
		all = append(all, kind+content)
	}
}

// command is what a hub in a test has of its command.
type command struct {
	stdin  io.WriteCloser
	once   bool
	resize func(rows, columns uint16) error
	signal func(syscall.Signal) error
}

func newHub(t *testing.T, c command) *Hub {
	t.Helper()
	h := NewHub(c.stdin, c.once, c.resize, c.signal)
	h.Warn = func(err error) { t.Error(err) }
	return h
}

var both = &session.Attach{Stdout: true, Stderr: true}

func TestHubFansOut(t *testing.T) {
	const sessions, chunks = 50, 200
	h := newHub(t, command{})
	var all sync.WaitGroup
	expected := ""
	for i := range chunks {
		expected += fmt.Sprintf("line %d\n", i)
	}
	for i := range sessions {
		asked := &session.Attach{Stdout: true, Whole: i%2 == 0}
		conn := attach(t, h, asked)
		all.Go(func() {
			got := told(t, conn)
			if len(got) != 2 || got[0] != "o:"+expected || got[1] != "x:\x07" {
				t.Errorf("session %d: %d frames: %.200q", i, len(got), got)
			}
		})
	}
	for i := range chunks {
		h.Write(session.FrameStdout, fmt.Appendf(nil, "line %d\n", i))
		h.Write(session.FrameStderr, []byte("not asked for"))
	}
	h.End(7)
	all.Wait()
}

// Who is Whole gets each byte, however much there is and however late it reads.
func TestHubWholeSessionLosesNothing(t *testing.T) {
	h := newHub(t, command{})
	conn := attach(t, h, &session.Attach{Stdout: true, Stderr: true, Whole: true})
	chunk := bytes.Repeat([]byte("0123456789abcdef"), 20<<10) // longer than a packet
	const chunks = 20
	var writers sync.WaitGroup
	for _, kind := range []byte{session.FrameStdout, session.FrameStderr} {
		writers.Go(func() {
			for range chunks {
				h.Write(kind, chunk)
			}
		})
	}
	go func() {
		writers.Wait()
		h.End(0)
	}()
	count := map[string]int{}
	for _, frame := range told(t, conn) {
		count[frame[:2]] += len(frame) - 2
	}
	if want := chunks * len(chunk); count["o:"] != want || count["e:"] != want || count["x:"] != 1 {
		t.Errorf("%v instead of %d", count, want)
	}
}

// A Whole session that does not read makes the command wait, until its client is killed or it is
// abandoned.
func TestHubWholeSessionThatGoes(t *testing.T) {
	for name, goes := range map[string]func(*Hub, *session.Conn) error{
		"killed":    func(_ *Hub, conn *session.Conn) error { return conn.Close() },
		"abandoned": func(h *Hub, _ *session.Conn) error { h.Abandon(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHub(t, command{})
			conn := attach(t, h, &session.Attach{Stdout: true, Whole: true})
			var written atomic.Int32
			done := make(chan struct{})
			go func() {
				defer close(done)
				for range 200 {
					h.Write(session.FrameStdout, make([]byte, 64<<10))
					written.Add(1)
				}
			}()
			for last := int32(-1); written.Load() != last; time.Sleep(200 * time.Millisecond) {
				last = written.Load()
			}
			if count := written.Load(); count >= 100 {
				t.Errorf("%d chunks were written without a reader", count)
			}
			if err := goes(h, conn); err != nil {
				t.Fatal(err)
			}
			<-done
		})
	}
}

// Who falls behind is dropped with a word, and delays nobody: neither the command nor another.
func TestHubDropsWhoFallsBehind(t *testing.T) {
	h := newHub(t, command{})
	slow, quick := attach(t, h, both), attach(t, h, &session.Attach{Stdout: true, Whole: true})
	var got []string
	var all sync.WaitGroup
	all.Go(func() { got = told(t, quick) })
	chunk := bytes.Repeat([]byte("x"), 32<<10)
	const chunks = 200
	for range chunks {
		h.Write(session.FrameStdout, chunk)
	}
	ended := make(chan struct{})
	go func() { h.End(0); close(ended) }()
	behind := told(t, slow)
	<-ended
	all.Wait()
	if len(got) != 2 || len(got[0]) != 2+chunks*len(chunk) {
		t.Errorf("the quick one got %d frames", len(got))
	}
	if len(behind) != 2 || !strings.HasPrefix(behind[0], "o:x") || len(behind[0]) >= chunks*len(chunk) ||
		!strings.HasPrefix(behind[1], "l:") || !strings.Contains(behind[1], "bytes of output are lost") {
		t.Errorf("the slow one got %d frames: %.100q", len(behind), behind)
	}
}

func TestHubAfterTheEnd(t *testing.T) {
	h := newHub(t, command{})
	h.End(127)
	if got := told(t, attach(t, h, both)); len(got) != 1 || got[0] != "x:\x7f" {
		t.Errorf("%q", got)
	}
}

func send(t *testing.T, conn *session.Conn, kind byte, content string) {
	t.Helper()
	if err := conn.SendFrame(kind, []byte(content)); err != nil {
		t.Fatal(err)
	}
}

func expect(t *testing.T, conn *session.Conn, frame string) {
	t.Helper()
	packet, err := conn.Receive(make([]byte, session.MaxPacket))
	if err != nil || string(packet) != frame {
		t.Fatalf("%q, %v instead of %q", packet, err, frame)
	}
}

func TestHubStdin(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	h := newHub(t, command{stdin: writer})
	typing := &session.Attach{Stdin: true}
	first, second := attach(t, h, typing), attach(t, h, typing)
	silent := attach(t, h, both)
	send(t, silent, session.FrameStdin, "not asked for\n")
	send(t, first, session.FrameStdin, "one\n")
	expect(t, first, "t")
	send(t, second, session.FrameStdin, "two\n")
	expect(t, second, "t")
	send(t, first, session.FrameStdin, "")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	send(t, second, session.FrameStdin, "three\n") // the first has not ended it for all
	expect(t, second, "t")
	h.End(0)
	text, err := io.ReadAll(reader)
	if err != nil || string(text) != "one\ntwo\nthree\n" {
		t.Errorf("%q, %v", text, err)
	}
}

// With StdinOnce the end of the first is the end for the command, said or not.
func TestHubStdinOnce(t *testing.T) {
	for name, ends := range map[string]func(*session.Conn) error{
		"said":   func(conn *session.Conn) error { return conn.SendFrame(session.FrameStdin, nil) },
		"killed": func(conn *session.Conn) error { return conn.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			h := newHub(t, command{stdin: writer, once: true})
			conn := attach(t, h, &session.Attach{Stdin: true})
			send(t, conn, session.FrameStdin, "all")
			if err := ends(conn); err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(reader)
			if err != nil || string(text) != "all" {
				t.Errorf("%q, %v", text, err)
			}
			h.End(0)
		})
	}
}

// A command that does not read its stdin keeps nothing else waiting.
func TestHubStdinThatNobodyReads(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	signals, sizes := make(chan syscall.Signal, 1), make(chan [2]uint16, 2)
	h := newHub(t, command{
		stdin:  writer,
		signal: func(sig syscall.Signal) error { signals <- sig; return unix.ESRCH },
		resize: func(rows, columns uint16) error { sizes <- [2]uint16{rows, columns}; return nil },
	})
	conn := attach(t, h, &session.Attach{Stdin: true, Stdout: true, Rows: 1, Columns: 2})
	send(t, conn, session.FrameStdin, strings.Repeat("x", 60<<10))
	expect(t, conn, "t")
	send(t, conn, session.FrameStdin, strings.Repeat("y", 60<<10)) // a pipe has 64 KiB
	send(t, conn, session.FrameSignal, string(rune(unix.SIGINT)))
	send(t, conn, session.FrameSize, string(session.Size(24, 300)))
	if sig := <-signals; sig != unix.SIGINT {
		t.Error(sig)
	}
	if first, then := <-sizes, <-sizes; first != [2]uint16{1, 2} || then != [2]uint16{24, 300} {
		t.Error(first, then)
	}
	h.Write(session.FrameStdout, []byte("hello"))
	expect(t, conn, "ohello")
	h.End(0)
	expect(t, conn, "x\x00")
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
}

// What is no frame ends the session, and nothing else.
func TestHubRefusesWhatItDoesNotKnow(t *testing.T) {
	h := newHub(t, command{})
	other := attach(t, h, both)
	for _, frame := range []string{"?", "r123", "s", "s12", "o"} {
		conn := attach(t, h, both)
		if err := conn.Send([]byte(frame)); err != nil {
			t.Fatal(err)
		}
		if got := told(t, conn); len(got) != 0 {
			t.Errorf("%q: %q", frame, got)
		}
	}
	h.End(1)
	if got := told(t, other); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

// Frames that no mydocker sends end a session, and nothing else.
func TestHubForgedFrames(t *testing.T) {
	_, writer, err := os.Pipe() // which nobody reads
	if err != nil {
		t.Fatal(err)
	}
	h := newHub(t, command{
		stdin:  writer,
		signal: func(sig syscall.Signal) error { t.Error(sig); return nil },
		resize: func(rows, columns uint16) error { t.Error(rows, columns); return nil },
	})
	much := strings.Repeat("x", session.MaxPacket-1)
	for _, frames := range [][]string{
		{"s\x00"}, {"s\x41"}, {"s\xff"}, {"s"}, {"s\x01\x01"}, {"r\x00"}, {"x\x00"}, {"\x00"},
		{"i" + much, "i" + much, "i" + much, "i" + much, "i" + much}, // the pipe is full
	} {
		conn := attach(t, h, &session.Attach{Stdin: true})
		for _, frame := range frames {
			if conn.Send([]byte(frame)) != nil {
				break // it is gone already
			}
		}
		buffer := make([]byte, session.MaxPacket)
		for err := error(nil); err == nil; {
			_, err = conn.Receive(buffer)
		}
	}
	h.End(0)
}
