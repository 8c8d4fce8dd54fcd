package logs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"hash"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// hasher is a Sink that keeps no more than what the streams hash to.
type hasher struct {
	hashes [2]hash.Hash
	sizes  [2]int64
	told   []string
	wait   func()
}

func newHasher() *hasher { return &hasher{hashes: [2]hash.Hash{sha256.New(), sha256.New()}} }

func (h *hasher) Take(r *Record) error {
	if r.Lost != 0 {
		h.told = append(h.told, string(r.Data))
		return nil
	}
	h.add(r.Stream, r.Data)
	if h.wait != nil {
		h.wait()
	}
	return nil
}

func (h *hasher) Flush() error { return nil }

func (h *hasher) add(stream Stream, data []byte) {
	h.hashes[stream].Write(data)
	h.sizes[stream] += int64(len(data))
}

func (h *hasher) compare(t *testing.T, name string, want *hasher) {
	t.Helper()
	for s := range h.hashes {
		if !bytes.Equal(h.hashes[s].Sum(nil), want.hashes[s].Sum(nil)) {
			t.Errorf("%s: of %v %d bytes, not the %d that were written: %q", name, Stream(s), h.sizes[s], want.sizes[s], h.told)
		}
	}
}

// writeRandom writes so many bytes in pieces of all sizes, some of them binary and some text.
func writeRandom(l *Log, written *hasher, size int, between func()) {
	source := rand.NewChaCha8([32]byte{1})
	random := rand.New(source)
	data := make([]byte, 64<<10)
	for size > 0 {
		piece := data[:min(size, 1+random.IntN(1<<random.IntN(17)))]
		if _, err := source.Read(piece); err != nil {
			panic(err)
		}
		if random.IntN(2) == 0 {
			for i := range piece {
				piece[i] = "etaoin shrdlu\"\n"[piece[i]&15%15]
			}
		}
		stream := Stream(random.IntN(2))
		l.Write(stream, time.Now(), piece)
		written.add(stream, piece)
		size -= len(piece)
		if between != nil {
			between()
		}
	}
}

// Random bytes come back exactly, to who follows while they are written, across many rotations,
// and to who reads at the end.
func TestFollowRotation(t *testing.T) {
	for name, compress := range map[string]string{"plain": "false", "compressed": "true"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "log")
			l := open(t, dir, Config{Options: map[string]string{"max-size": "64k", "max-file": "100000", "compress": compress}}, Info{})
			written, size := newHasher(), 20<<20
			if testing.Short() {
				size = 2 << 20
			}
			var ended atomic.Bool
			o := Options{Tail: -1, Follow: true, Stdout: true, Stderr: true, Running: func() (bool, error) { return !ended.Load(), nil }}
			const followers = 3
			done := make(chan *hasher, followers)
			for i := range followers {
				go func() {
					h := newHasher()
					if i == 0 { // one that is slow
						taken := 0
						h.wait = func() {
							if taken++; taken%1000 == 0 {
								time.Sleep(time.Millisecond)
							}
						}
					}
					if err := Read(context.Background(), dir, o, h); err != nil {
						t.Error(err)
					}
					done <- h
				}()
			}
			writeRandom(l, written, size, nil)
			if err := l.Close(); err != nil || l.Lost() != 0 {
				t.Error(err, l.Lost())
			}
			ended.Store(true)
			for range followers {
				(<-done).compare(t, "who follows", written)
			}
			h := newHasher()
			if err := Read(t.Context(), dir, Options{Tail: -1, Stdout: true, Stderr: true}, h); err != nil {
				t.Error(err)
			}
			h.compare(t, "who reads", written)
		})
	}
}

// Who is slower than the rotation is told so; who reads while files are removed has no error.
func TestReadWhatIsRemoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	l := open(t, dir, Config{Options: map[string]string{"max-size": "4k", "max-file": "3", "compress": "true"}}, Info{})
	var ended atomic.Bool
	slow := newHasher()
	reached, goOn := make(chan struct{}), make(chan struct{})
	slow.wait = func() {
		slow.wait = nil
		close(reached)
		<-goOn
	}
	done := make(chan error, 1)
	go func() {
		done <- Read(context.Background(), dir, Options{Tail: -1, Follow: true, Stdout: true, Stderr: true, Running: func() (bool, error) { return !ended.Load(), nil }}, slow)
	}()
	l.Write(Stdout, time.Now(), []byte("first\n"))
	<-reached
	writeRandom(l, newHasher(), 1<<20, func() {
		if err := Read(t.Context(), dir, Options{Tail: rand.Int64N(100) - 1, Stdout: true, Stderr: true}, newHasher()); err != nil {
			t.Fatal(err)
		}
	})
	close(goOn)
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	ended.Store(true)
	if err := <-done; err != nil || len(slow.told) != 1 {
		t.Error(err, slow.told)
	}
	if names, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(names) > 3 {
		t.Error(names, err)
	}
}
