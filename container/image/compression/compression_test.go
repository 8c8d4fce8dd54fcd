package compression

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

const content = "one two three\n"

// compressed is the content in each compression.
func compressed(t testing.TB) map[Kind][]byte {
	t.Helper()
	all := map[Kind][]byte{None: []byte(content), Bzip2: file(t, "one.bz2"), Xz: file(t, "one.xz")}
	for _, kind := range []Kind{Gzip, Zstd} {
		all[kind] = compress(t, kind, []byte(content))
	}
	return all
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func compress(t testing.TB, kind Kind, data []byte) []byte {
	t.Helper()
	var buffer bytes.Buffer
	w, err := NewWriter(&buffer, kind)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func decompress(r io.Reader) (string, Kind, error) {
	content, kind, err := NewReader(r)
	if err != nil {
		return "", kind, err
	}
	data, err := io.ReadAll(content)
	return string(data), kind, errors.Join(err, content.Close())
}

// A compression is known by what it begins with, however little is read at a time.
func TestReader(t *testing.T) {
	for kind, data := range compressed(t) {
		for name, r := range map[string]io.Reader{"whole": bytes.NewReader(data), "by bytes": iotest.OneByteReader(bytes.NewReader(data))} {
			if got, found, err := decompress(r); got != content || found != kind || err != nil {
				t.Errorf("%s, %s: %q, %s, %v", kind, name, got, found, err)
			}
		}
	}
	for _, data := range []string{"", "a", "BZh", "\x1f\x8b", "\xfd7zXZ"} {
		if got, kind, err := decompress(strings.NewReader(data)); got != data || kind != None || err != nil {
			t.Errorf("%q: %q, %s, %v", data, got, kind, err)
		}
	}
	if got, _, err := decompress(bytes.NewReader(file(t, "x86.xz"))); got != content || err != nil {
		t.Errorf("xz for x86 programs: %q, %v", got, err)
	}
}

// Streams that follow each other are one.
func TestSeveralStreams(t *testing.T) {
	for kind, data := range compressed(t) {
		if got, _, err := decompress(bytes.NewReader(bytes.Repeat(data, 3))); got != strings.Repeat(content, 3) || err != nil {
			t.Errorf("%s: %q, %v", kind, got, err)
		}
	}
	skippable := append([]byte{0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3}, compress(t, Zstd, []byte(content))...)
	if got, kind, err := decompress(bytes.NewReader(skippable)); got != content || kind != Zstd || err != nil {
		t.Errorf("behind a skippable frame: %q, %s, %v", got, kind, err)
	}
}

// What is cut off, damaged or followed by something else is refused, wherever that is.
func TestDamaged(t *testing.T) {
	for kind, data := range compressed(t) {
		if kind == None {
			continue
		}
		for n := MagicLength; n < len(data); n++ {
			if got, _, err := decompress(bytes.NewReader(data[:n])); !isError(err, kind) {
				t.Errorf("%s, %d of %d bytes: %q, %v", kind, n, len(data), got, err)
			}
		}
		for _, after := range []string{"x", "xyz", "something else that is long enough for a header"} {
			if got, _, err := decompress(io.MultiReader(bytes.NewReader(data), strings.NewReader(after))); !isError(err, kind) {
				t.Errorf("%s and %q: %q, %v", kind, after, got, err)
			}
		}
		damaged := bytes.Clone(data)
		damaged[len(damaged)/2] ^= 0x10
		if got, _, err := decompress(bytes.NewReader(damaged)); !isError(err, kind) {
			t.Errorf("%s, damaged: %q, %v", kind, got, err)
		}
	}
}

func isError(err error, kind Kind) bool {
	var damaged *Error
	return errors.As(err, &damaged) && damaged.Kind == kind && strings.HasPrefix(err.Error(), "decompress ("+string(kind)+"): ")
}

// An error of what is read from is not one of the content.
func TestSourceFails(t *testing.T) {
	failure := errors.New("the connection is cut")
	for kind, data := range compressed(t) {
		for _, n := range []int{0, len(data) - 1, len(data)} {
			r := io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(failure))
			if _, _, err := decompress(r); !errors.Is(err, failure) || isError(err, kind) {
				t.Errorf("%s, after %d bytes: %v", kind, n, err)
			}
		}
	}
}

// A few bytes cannot ask for a lot of memory.
func TestMemoryIsBounded(t *testing.T) {
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 0xa0, 1, 0, 0} // a window of 1 GiB
	for name, data := range map[string][]byte{"xz": file(t, "dictionary.xz"), "zstd": frame} {
		if _, _, err := decompress(bytes.NewReader(data)); err == nil || !strings.Contains(err.Error(), "more memory than the 128 MiB") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is written is the same on every machine, and is read again.
func TestWriter(t *testing.T) {
	data := make([]byte, 9<<20)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = byte(random.IntN(8))
	}
	for _, kind := range []Kind{None, Gzip, Zstd} {
		first := compress(t, kind, data)
		before := runtime.GOMAXPROCS(1)
		second := compress(t, kind, data)
		runtime.GOMAXPROCS(before)
		if !bytes.Equal(first, second) {
			t.Errorf("%s: other bytes on one processor", kind)
		}
		if got, found, err := decompress(bytes.NewReader(first)); got != string(data) || found != kind || err != nil {
			t.Errorf("%s: %d bytes, %s, %v", kind, len(got), found, err)
		}
	}
	if head := compress(t, Gzip, data)[:10]; !bytes.Equal(head[:8], []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0}) {
		t.Errorf("gzip's header has a name or a time: % x", head)
	}
	for _, kind := range []Kind{Bzip2, Xz, "lzip"} {
		if _, err := NewWriter(io.Discard, kind); err == nil {
			t.Errorf("%s is written", kind)
		}
	}
}

// FuzzReader reads anything: no panic, and an end.
func FuzzReader(f *testing.F) {
	for _, data := range compressed(f) {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, _, err := NewReader(bytes.NewReader(data))
		if err != nil {
			return
		}
		if _, err := io.CopyN(io.Discard, r, 64<<20); err == nil {
			t.Log("more than 64 MiB")
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
}
