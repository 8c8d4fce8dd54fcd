package stdio

import (
	"errors"
	"io"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// While somebody has the lock nothing is taken out of the pipe, whoever waits for it.
func TestReadHeld(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var moving sync.Mutex
	moving.Lock()
	buffer, done := make([]byte, 16), make(chan int)
	go func() {
		n, err := ReadHeld(reader, &moving, buffer)
		if err != nil {
			t.Error(err)
		}
		done <- n
	}()
	if _, err := writer.WriteString("text"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-done:
		t.Error("it was read")
	case <-time.After(20 * time.Millisecond): // and a reader that is late proves no less
	}
	raw, err := reader.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) {
			if n, failed := unix.IoctlGetInt(int(fd), unix.TIOCINQ); failed != nil || n != 4 {
				t.Errorf("%d bytes are in the pipe, %v", n, failed)
			}
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	moving.Unlock()
	if n := <-done; string(buffer[:n]) != "text" || moving.TryLock() {
		t.Errorf("%q, and it can be locked", buffer[:n])
	}
	moving.Unlock()
	for _, end := range []struct {
		do   func() error
		want error
	}{
		{func() error { return reader.SetReadDeadline(time.Now()) }, os.ErrDeadlineExceeded},
		{func() error { return errors.Join(reader.SetReadDeadline(time.Time{}), writer.Close()) }, io.EOF},
	} {
		if err := end.do(); err != nil {
			t.Fatal(err)
		}
		n, err := ReadHeld(reader, &moving, buffer)
		if n != 0 || !errors.Is(err, end.want) || moving.TryLock() {
			t.Errorf("%d, %v, want %v", n, err, end.want)
		}
		moving.Unlock()
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
}
