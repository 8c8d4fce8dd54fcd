package logs

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

func pieces(chunks ...string) (all []string) {
	var l line
	for _, chunk := range chunks {
		for piece, rest := l.next([]byte(chunk)); piece != nil; piece, rest = l.next(rest) {
			all = append(all, string(piece))
		}
	}
	if rest := l.rest(); len(rest) > 0 {
		all = append(all, string(rest))
	}
	return all
}

func TestLine(t *testing.T) {
	long := strings.Repeat("x", MaxRecord)
	wide := strings.Repeat("x", MaxRecord-1) + "€"
	tests := map[string]struct{ chunks, want []string }{
		"nothing":                         {nil, nil},
		"one line":                        {[]string{"a\n"}, []string{"a\n"}},
		"lines of one chunk":              {[]string{"a\n\nb\n"}, []string{"a\n", "\n", "b\n"}},
		"a line of two chunks":            {[]string{"a", "b\nc\n"}, []string{"ab\n", "c\n"}},
		"no newline at the end":           {[]string{"a\nb"}, []string{"a\n", "b"}},
		"full, and its newline":           {[]string{long + "\n"}, []string{long, "\n"}},
		"full with its newline":           {[]string{long[1:] + "\n"}, []string{long[1:] + "\n"}},
		"longer":                          {[]string{long + "ab\nc\n"}, []string{long, "ab\n", "c\n"}},
		"longer, in pieces":               {[]string{"ab", long, "c\n"}, []string{"ab" + long[2:], "xxc\n"}},
		"a character at the end":          {[]string{wide + "\n"}, []string{wide[:MaxRecord-1], "€\n"}},
		"a character at the end, in two":  {[]string{wide[:MaxRecord], wide[MaxRecord:] + "\n"}, []string{wide[:MaxRecord-1], "€\n"}},
		"bytes that are no character end": {[]string{long[:MaxRecord-1] + "\xe2x\n"}, []string{long[:MaxRecord-1], "\xe2x\n"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := pieces(test.chunks...)
			if strings.Join(got, "|") != strings.Join(test.want, "|") {
				t.Errorf("%d pieces, not %d: %.80q", len(got), len(test.want), got)
			}
		})
	}
}

// What goes in comes out, whatever the pieces that it comes in.
func TestLineKeepsEverything(t *testing.T) {
	source := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		data := make([]byte, source.IntN(4*MaxRecord))
		for i := range data {
			data[i] = "ab\n\xc3\xa9\xff"[source.IntN(6)]
			if i%5000 > 20 {
				data[i] = 'x'
			}
		}
		var chunks []string
		for rest := data; len(rest) > 0; {
			n := 1 + source.IntN(len(rest))
			chunks, rest = append(chunks, string(rest[:n])), rest[n:]
		}
		got := pieces(chunks...)
		if joined := strings.Join(got, ""); joined != string(data) {
			t.Fatal("the pieces are not what was taken")
		}
		for _, piece := range got {
			if len(piece) == 0 || len(piece) > MaxRecord || bytes.IndexByte([]byte(piece[:len(piece)-1]), '\n') >= 0 {
				t.Fatalf("a piece of %d bytes", len(piece))
			}
		}
	}
}

// A line that was begun goes on in another process image, whatever comes between.
func TestGoOn(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir, Config{}, Info{})
	first.Write(Stdout, time.Now(), []byte("whole\nhalf"))
	first.Write(Stderr, time.Now(), []byte("other "))
	unfinished, settled := first.Unfinished()
	if !settled {
		t.Error("something is to be done")
	}
	second := open(t, dir, Config{}, Info{}) // the first one has ended without a word
	second.GoOn(unfinished)
	second.Write(Stdout, time.Now(), []byte(" of it\n"))
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	c := readAll(t, dir, Options{Tail: -1})
	if got, want := strings.Join(c.all, ""), "whole\nhalf of it\nother "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
