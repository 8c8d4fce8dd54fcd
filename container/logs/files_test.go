package logs

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// dockerLine is a record as Docker reads it, and the field that it does not know.
type dockerLine struct {
	Log    string            `json:"log"`
	Stream string            `json:"stream"`
	Attrs  map[string]string `json:"attrs"`
	Time   time.Time         `json:"time"`
	Raw    string            `json:"raw"`
	Lost   int64             `json:"lost"`
}

func (l dockerLine) bytes(t *testing.T) string {
	if l.Raw == "" {
		return l.Log
	}
	raw, err := base64.StdEncoding.DecodeString(l.Raw)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// readLines reads the plain files of a log as any reader of JSON does.
func readLines(t *testing.T, dir string) (lines []dockerLine) {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for text := range strings.Lines(string(content)) {
			var line dockerLine
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				t.Logf("%s: %q: %v", name, text, err)
				continue
			}
			lines = append(lines, line)
		}
	}
	return lines
}

func open(t *testing.T, dir string, config Config, info Info) *Log {
	l, err := Open(dir, config, info)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	at := time.Date(2026, 11, 29, 19, 30, 0, 120_000_000, time.FixedZone("", 3600))
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	l := open(t, dir, Config{Options: map[string]string{"labels": "com.x,none", "env": "B", "tag": "{{.Name}}"}},
		Info{Name: "web", Labels: map[string]string{"com.x": "\"1\""}, Env: []string{"A=1", "B=2"}})
	l.Write(Stdout, at, []byte("one\ntwo €\x1b[0m \"q\" \\ \ttab\r\nth"))
	l.Write(Stderr, at, []byte("error\n"))
	l.Write(Stdout, at, []byte("ree\n"))
	l.Write(Stderr, at, append(every, '\n'))
	l.Write(Stdout, at, []byte("no end"))
	if err := l.Close(); err != nil || l.Lost() != 0 {
		t.Fatal(err, l.Lost())
	}
	want := []dockerLine{
		{Stream: "stdout", Log: "one\n"}, {Stream: "stdout", Log: "two €\x1b[0m \"q\" \\ \ttab\r\n"}, {Stream: "stderr", Log: "error\n"},
		{Stream: "stdout", Log: "three\n"}, {Stream: "stderr", Log: string(every[:11])}, {Stream: "stderr", Log: string(every[11:]) + "\n"},
		{Stream: "stdout", Log: "no end"},
	}
	got := readLines(t, dir)
	if len(got) != len(want) {
		t.Fatalf("%d lines, not %d: %+v", len(got), len(want), got)
	}
	for i, line := range got {
		if line.Stream != want[i].Stream || line.bytes(t) != want[i].Log {
			t.Errorf("line %d: %+v", i, line)
		}
		if !line.Time.Equal(at) || line.Attrs["com.x"] != `"1"` || line.Attrs["B"] != "2" || line.Attrs["tag"] != "web" || len(line.Attrs) != 3 {
			t.Errorf("line %d: %+v", i, line)
		}
	}
	stat, err := os.Stat(Current(dir))
	if err != nil || stat.Mode() != 0o640 {
		t.Error(stat, err)
	}
}

// A writer that was killed has left a part of a record: the next one begins a line.
func TestTornLine(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	for range 3 {
		l := open(t, dir, Config{}, Info{})
		l.Write(Stdout, time.Now(), []byte("whole\n"))
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(Current(dir), os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = file.WriteString(`{"log":"to`); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := readLines(t, dir); len(got) != 3 {
		t.Errorf("%+v", got)
	}
}

func TestRotation(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	line := strings.Repeat("x", 99) + "\n"
	l := open(t, dir, Config{Options: map[string]string{"max-size": "1k", "max-file": "3"}}, Info{})
	for range 10 {
		l.Write(Stdout, time.Now(), []byte(strings.Repeat(line, 7)))
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadDir(dir)
	if err != nil || len(names) != 3 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		if stat, err := name.Info(); err != nil || stat.Size() > 1000 || stat.Size() < 100 {
			t.Error(stat, err)
		}
	}
	if got := readLines(t, dir); len(got) < 10 || len(got) > 15 {
		t.Errorf("%d lines", len(got))
	}
}
