package progress

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/vbauerster/mpb/v8/decor"
)

// screen is a terminal: what is written to it, and what is on it at the end. It knows what
// bars need: "up N lines, and delete what is there and below".
type screen struct {
	*os.File
	written chan string
	// afar is whether something began where the cursor was, and not at the edge.
	afar bool
}

func newScreen(t *testing.T, columns, lines uint16) *screen {
	t.Helper()
	t.Setenv("TERM", "xterm")
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(slave, &pty.Winsize{Cols: columns, Rows: lines}); err != nil {
		t.Fatal(err)
	}
	s := &screen{File: slave, written: make(chan string, 1)}
	go func() {
		defer master.Close()
		all, _ := io.ReadAll(master) // EIO is how a terminal ends
		s.written <- string(all)
	}()
	return s
}

// end closes the terminal. It returns all lines that ever were on it, and what is left.
func (s *screen) end() (all, left []string) {
	s.Close()
	text := <-s.written
	s.afar = regexp.MustCompile(`[^\r]\x1b\[[0-9]+A`).MatchString(text)
	text = strings.ReplaceAll(text, "\r", "")
	for _, part := range strings.Split(text, "\x1b[") {
		up := 0
		if n, err := fmt.Sscanf(part, "%dA", &up); n == 1 && err == nil {
			_, part, _ = strings.Cut(part, "A")
			left = left[:max(0, len(left)-up)]
		}
		part = strings.TrimPrefix(part, "J")
		for line := range strings.Lines(part) {
			all, left = append(all, strings.TrimSuffix(line, "\n")), append(left, strings.TrimSuffix(line, "\n"))
		}
	}
	return all, left
}

func TestBars(t *testing.T) {
	for _, size := range [][2]uint16{{100, 30}, {45, 4}, {21, 3}, {400, 100}} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			terminal := newScreen(t, size[0], size[1])
			display := New(terminal.File, Options{First: "Pulling fs layer"})
			display.Expect(7 * 1000)
			var group sync.WaitGroup
			for n := range 7 {
				group.Add(1)
				go func() {
					defer group.Done()
					task := display.Begin(fmt.Sprintf("layer-%d", n), 1000)
					task.State("Downloading")
					for range 1000 {
						task.Advance(1)
					}
					task.Advance(-1000) // taken back
					task.State("Extracting")
					if n != 3 { // which fails
						task.End("Pull complete")
						task.End("twice")
						task.Advance(1)
					}
				}()
			}
			group.Wait()
			display.Print("a line")
			display.Close()
			display.Print("too late")
			all, left := terminal.end()
			slices.Sort(left)
			want := []string{"a line"}
			for _, n := range []int{0, 1, 2, 4, 5, 6} {
				want = append(want, fmt.Sprintf("layer-%d: Pull complete", n))
			}
			if !slices.Equal(left, want) {
				t.Errorf("left on the terminal: %q", left)
			}
			if terminal.afar {
				t.Error("a picture begins behind the ^C of the terminal")
			}
			for _, line := range all {
				if width := utf8.RuneCountInString(line); width > int(size[0]) && !strings.Contains(line, "complete") {
					t.Errorf("%d columns: %q", width, line)
				}
			}
		})
	}
}

// What a stream has in all nobody knows.
func TestCounted(t *testing.T) {
	for want, s := range map[string]decor.Statistics{"5.0MB": {Current: 5e6}, "5.0MB/7.0MB": {Current: 5e6, Total: 7e6}} {
		if got := counted(s); got != want {
			t.Errorf("%+v: %q, want %q", s, got, want)
		}
	}
	left := fitting{Decorator: decor.Name("00:00"), ofTotal: true}
	if text, _ := left.Decor(decor.Statistics{AvailableWidth: 80, Current: 5}); text != "" {
		t.Errorf("time left: %q", text)
	}
}

// A terminal that shows a bar shows what it has to say.
func TestBarColumns(t *testing.T) {
	terminal := newScreen(t, 100, 30)
	display := New(terminal.File, Options{})
	task := display.Begin("0123456789ab", 2_000_000)
	task.State("Downloading")
	for seen := display.(*bars); ; { // as the bar is told but ten times a second
		task.Advance(1)
		seen.mutex.Lock()
		current := seen.all.Current()
		seen.mutex.Unlock()
		if current > 0 {
			break
		}
	}
	display.Close()
	all, left := terminal.end()
	text := strings.Join(all, "\n")
	for _, word := range []string{"0123456789ab: Downloading [", "/2.0MB", "Total"} {
		if !strings.Contains(text, word) {
			t.Errorf("%q is not in %q", word, text)
		}
	}
	if len(left) != 0 {
		t.Errorf("left on the terminal: %q", left)
	}
}

func TestLines(t *testing.T) {
	for _, row := range []struct {
		options Options
		want    string
	}{
		{Options{First: "Pulling fs layer"}, "a: Pulling fs layer\na: Pull complete\nline\n"},
		{Options{}, "line\n"},
		{Options{Quiet: true, First: "Pulling fs layer"}, ""},
	} {
		file, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		display := New(file, row.options)
		display.Expect(10)
		task := display.Begin("a", 10)
		task.State("Downloading")
		task.Advance(10)
		task.End("Pull complete")
		display.Print("line")
		display.Close()
		got, err := os.ReadFile(file.Name())
		if err != nil || string(got) != row.want {
			t.Errorf("%+v: %q, %v, want %q", row.options, got, err, row.want)
		}
	}
}

// A terminal that is none, or too small, or says that it can do nothing, gets lines.
func TestNoBars(t *testing.T) {
	for name, row := range map[string]struct {
		size [2]uint16
		term string
	}{"small": {[2]uint16{10, 30}, "xterm"}, "unknown": {[2]uint16{0, 0}, "xterm"}, "dumb": {[2]uint16{80, 25}, "dumb"}} {
		t.Run(name, func(t *testing.T) {
			terminal := newScreen(t, row.size[0], row.size[1])
			t.Setenv("TERM", row.term)
			display := New(terminal.File, Options{First: "Pulling fs layer"})
			if _, is := display.(*lines); !is {
				t.Errorf("%T", display)
			}
			display.Close()
			terminal.end()
		})
	}
}
