package logs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// On a disk that is full the writer goes on, what is lost is counted, and when there is room
// again the log tells of it. There is no part of a record in it.
func TestDiskFull(t *testing.T) {
	disk := t.TempDir()
	if err := unix.Mount("none", disk, "tmpfs", 0, "size=128k"); err != nil {
		t.Skip("needs root: ", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(disk, 0); err != nil {
			t.Error(err)
		}
	})
	dir, filler := filepath.Join(disk, "log"), filepath.Join(disk, "filler")
	if err := os.WriteFile(filler, make([]byte, 64<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	l := open(t, dir, Config{Options: map[string]string{"max-size": "8k", "max-file": "1000"}}, Info{})
	line := []byte(strings.Repeat("x", 699) + "\n")
	written := 0
	for range 200 {
		l.Write(Stdout, time.Now(), line)
		written += len(line)
	}
	lost := l.Lost()
	if lost == 0 || lost%int64(len(line)) != 0 {
		t.Errorf("%d bytes are lost", lost)
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	l.Write(Stdout, time.Now(), []byte("room again\n"))
	written += len("room again\n")
	if err := l.Close(); err != nil || l.Lost() != lost {
		t.Error(err, l.Lost())
	}
	told, kept := int64(0), 0
	got := readLines(t, dir)
	for _, line := range got {
		if told += line.Lost; line.Lost == 0 {
			kept += len(line.Log)
		} else if line.Stream != "stderr" || !strings.Contains(line.Log, "could not be written to the log: no space left on device\n") {
			t.Errorf("%+v", line)
		}
	}
	if told != lost || int64(kept)+lost != int64(written) || got[len(got)-1].Log != "room again\n" {
		t.Errorf("%d bytes are lost, %d are told, %d of %d kept, the last is %.40q", lost, told, kept, written, got[len(got)-1].Log)
	}
	h := readAll(t, dir, Options{Tail: -1})
	if h.streams[Stdout].Len() != kept || len(h.told) == 0 {
		t.Error(h.streams[Stdout].Len(), h.told)
	}
}
