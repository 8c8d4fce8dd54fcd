package session

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"testing"

	"golang.org/x/sys/unix"
)

// ends are both ends of a connection.
func ends(t *testing.T) (one, other *Conn) {
	t.Helper()
	one, file, err := Pair()
	if err != nil {
		t.Fatal(err)
	}
	return one, Taken(file)
}

// What was sent comes, also where the other side has closed without reading what it was sent.
func TestReceiveAfterReset(t *testing.T) {
	one, other := ends(t)
	for _, send := range []func() error{
		func() error { return one.SendFrame(FrameStdin, []byte("unread")) },
		func() error { return other.SendFrame(FrameStdout, []byte("the last")) },
		func() error { return other.SendFrame(FrameExit, []byte{3}) },
		other.Close,
	} {
		if err := send(); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"othe last", "x\x03"} {
		if got, err := one.Receive(make([]byte, MaxPacket)); err != nil || string(got) != want {
			t.Errorf("%q, %v instead of %q", got, err, want)
		}
	}
	if _, err := one.Receive(make([]byte, MaxPacket)); err != io.EOF {
		t.Error(err)
	}
}

// TrySendFrame waits for nobody, and SendFrame until it is read.
func TestSendFrame(t *testing.T) {
	one, other := ends(t)
	content := bytes.Repeat([]byte("x"), MaxPacket-1)
	sent := 0
	for {
		done, err := one.TrySendFrame(FrameStdout, content)
		if err != nil {
			t.Fatal(err)
		}
		if !done {
			break
		}
		sent++
	}
	if sent == 0 || sent > 1000 {
		t.Fatalf("%d frames were sent to nobody", sent)
	}
	go func() {
		err := one.SendFrame(FrameStderr, bytes.Repeat([]byte("y"), 3*MaxPacket))
		if err = errors.Join(err, one.Close()); err != nil {
			t.Error(err)
		}
	}()
	count := map[byte]int{}
	buffer := make([]byte, MaxPacket)
	for {
		packet, err := other.Receive(buffer)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		count[packet[0]] += len(packet) - 1
	}
	if count[FrameStdout] != sent*len(content) || count[FrameStderr] != 3*MaxPacket {
		t.Error(count)
	}
	if err := other.SendFrame(FrameStdin, nil); !errors.Is(err, unix.EPIPE) {
		t.Error(err)
	}
}

func TestSize(t *testing.T) {
	if rows, columns, ok := ParseSize(Size(30, 1000)); rows != 30 || columns != 1000 || !ok {
		t.Error(rows, columns, ok)
	}
	for _, content := range []string{"", "123", "12345"} {
		if _, _, ok := ParseSize([]byte(content)); ok {
			t.Errorf("%q", content)
		}
	}
}

// What is no request is refused, and what is one is the same when it is passed on.
func FuzzRequest(f *testing.F) {
	f.Add([]byte(`{"op":"stop","signal":15,"timeout":1000,"by":"stop by user 0"}`))
	f.Add([]byte(`{"op":"attach","attach":{"stdout":true,"rows":30}}`))
	f.Add([]byte(`{"op":"update","update":{"restart":"always","resources":"e30="}}`))
	f.Fuzz(func(t *testing.T, packet []byte) {
		if len(packet) == 0 || len(packet) > MaxPacket {
			return
		}
		one, other := ends(t)
		defer func() {
			if err := errors.Join(one.Close(), other.Close()); err != nil {
				t.Error(err)
			}
		}()
		if err := one.Send(packet); err != nil {
			t.Fatal(err)
		}
		got, again := &Request{}, &Request{}
		if other.ReceiveJSON(got) != nil {
			return
		}
		if err := errors.Join(other.SendJSON(got), one.ReceiveJSON(again)); err != nil || !reflect.DeepEqual(got, again) {
			t.Errorf("%+v, then %+v, %v", got, again, err)
		}
	})
}
