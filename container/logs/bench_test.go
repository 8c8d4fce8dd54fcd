package logs

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// chunks are what a supervisor may read at once from a pipe.
func chunks() map[string][]byte {
	random := make([]byte, 64<<10)
	source := rand.New(rand.NewPCG(1, 2))
	for i := range random {
		random[i] = byte(source.Uint32())
	}
	return map[string][]byte{
		"lines":   bytes.Repeat([]byte(strings.Repeat("x", 99)+"\n"), 655),
		"short":   bytes.Repeat([]byte("y\n"), 32<<10),
		"escapes": bytes.Repeat([]byte("\x1b[32mok\x1b[0m \"name\"\tC:\\temp\\x 0123456789\n"), 1500),
		"wide":    bytes.Repeat([]byte(strings.Repeat("é€", 20)+"\n"), 600),
		"random":  random,
	}
}

// cpuTime is what the process has used: other processes do not count.
func cpuTime(b *testing.B) time.Duration {
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func BenchmarkWrite(b *testing.B) {
	for name, chunk := range chunks() {
		b.Run(name, func(b *testing.B) {
			l, err := Open(filepath.Join(b.TempDir(), "log"), Config{Options: map[string]string{"max-size": "100m", "max-file": "2"}}, Info{})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(chunk)))
			b.ReportAllocs()
			began := cpuTime(b)
			for b.Loop() {
				l.Write(Stdout, time.Now(), chunk)
			}
			b.ReportMetric(float64(b.N*len(chunk))/1e6/(cpuTime(b)-began).Seconds(), "MB/cpu-s")
			if err := l.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkPipe is what the same takes without a log: from a pipe to a file.
func BenchmarkPipe(b *testing.B) {
	from, to, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	file, err := os.Create(filepath.Join(b.TempDir(), "file"))
	if err != nil {
		b.Fatal(err)
	}
	chunk, buffer := chunks()["lines"], make([]byte, 64<<10)
	go func() {
		for range b.N {
			to.Write(chunk)
		}
		to.Close()
	}()
	b.SetBytes(int64(len(chunk)))
	for err == nil {
		var n int
		n, err = from.Read(buffer)
		if _, err := file.Write(buffer[:n]); err != nil {
			b.Fatal(err)
		}
		if at, err := file.Seek(0, io.SeekCurrent); err == nil && at > 100<<20 {
			file.Truncate(0)
			file.Seek(0, io.SeekStart)
		}
	}
}

type discarder struct{}

func (discarder) Take(*Record) error { return nil }
func (discarder) Flush() error       { return nil }

func BenchmarkRead(b *testing.B) {
	for name, chunk := range chunks() {
		b.Run(name, func(b *testing.B) {
			dir := filepath.Join(b.TempDir(), "log")
			l, err := Open(dir, Config{}, Info{})
			if err != nil {
				b.Fatal(err)
			}
			for range 256 {
				l.Write(Stdout, time.Now(), chunk)
			}
			if err := l.Close(); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(256 * int64(len(chunk)))
			b.ReportAllocs()
			began := cpuTime(b)
			for b.Loop() {
				if err := Read(b.Context(), dir, Options{Tail: -1, Stdout: true}, discarder{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*256*len(chunk))/1e6/(cpuTime(b)-began).Seconds(), "MB/cpu-s")
		})
	}
}
