package signals

import (
	"bufio"
	"io"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// dropper is a shell that handles SIGTERM until it is about to be sent one: then it
// executes another program, and the signal is dropped, as the kernel does it for PID 1.
type dropper struct {
	*exec.Cmd
	input  io.WriteCloser
	sent   []syscall.Signal
	exec   bool
	output *bufio.Reader
}

func (d *dropper) Pid() int                           { return d.Process.Pid }
func (d *dropper) Reaper() bool                       { return false }
func (d *dropper) Ended() bool                        { return false }
func (d *dropper) Finished() bool                     { return false }
func (d *dropper) SignalGroup(s syscall.Signal) error { return d.Signal(s) }

func (d *dropper) Signal(sig syscall.Signal) error {
	d.sent = append(d.sent, sig)
	if !d.exec || sig != unix.SIGTERM {
		return nil
	}
	if _, err := io.WriteString(d.input, "go\n"); err != nil {
		return err
	}
	_, err := d.output.ReadString('\n') // the next program runs
	return err
}

// A signal for a handler that an execve takes away in between is not lost.
func TestDeliverWhileItExecutes(t *testing.T) {
	for _, executes := range []bool{true, false} {
		shell := exec.Command("sh", "-c", `trap : TERM; echo ready; read go; exec sh -c 'echo; exec sleep 1000'`)
		d := &dropper{Cmd: shell, exec: executes}
		var err error
		if d.input, err = shell.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		stdout, err := shell.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := shell.Start(); err != nil {
			t.Fatal(err)
		}
		d.output = bufio.NewReader(stdout)
		if _, err := d.output.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		s := New(false, nil, func(err error) { t.Error(err) })
		if err := s.deliver(d, unix.SIGTERM); err != nil {
			t.Error(err)
		}
		if killed := d.sent[len(d.sent)-1] == unix.SIGKILL; killed != executes || d.sent[0] != unix.SIGTERM {
			t.Errorf("it executes %v: sent were %v", executes, d.sent)
		}
		if err := shell.Process.Kill(); err != nil {
			t.Error(err)
		}
		if err := shell.Wait(); err == nil {
			t.Error("it ended by itself")
		}
	}
}
