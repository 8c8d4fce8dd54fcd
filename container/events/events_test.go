package events

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func names(t *testing.T, state string) (all []string) {
	t.Helper()
	err := Read(state, func(e *Event) error {
		all = append(all, e.Attributes["name"])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func write(state, name string) {
	Write(state, OfContainer(Start, "aaaaaaaaaaaa", name, "busybox", nil))
}

func TestWriteAndRead(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	if all := names(t, state); len(all) > 0 {
		t.Errorf("without a journal: %v", all)
	}
	Write(state, OfContainer(Die, "aaaaaaaaaaaa", "web", "busybox", map[string]string{"a": "b", "exitCode": "of a label"}, "exitCode", "3"))
	var got Event
	if err := Read(state, func(e *Event) error { got = *e; return nil }); err != nil {
		t.Fatal(err)
	}
	if got.Time == 0 || got.Type != TypeContainer || got.Action != Die || got.ID != "aaaaaaaaaaaa" ||
		fmt.Sprint(got.Attributes) != "map[a:b exitCode:3 image:busybox name:web]" {
		t.Errorf("%+v", got)
	}
	Write("", &Event{})
	Write("/dev/null/nowhere", &Event{}) // is nobody's failure
}

// What is no event, or too long, hides no other.
func TestDamaged(t *testing.T) {
	state := t.TempDir()
	write(state, "one")
	journal := filepath.Join(state, dirName, journalName)
	file, err := os.OpenFile(journal, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("{\"time\":1\n\x00\x00\n" + strings.Repeat("x", 3*maxLine) + "\n{}\n"); err != nil {
		t.Fatal(err)
	}
	Write(state, OfContainer(Start, "aaaaaaaaaaaa", "two", "busybox", map[string]string{"long": strings.Repeat("y", 2*maxLine)}))
	if _, err := file.WriteString(`{"time":1,"type":"container"`); err != nil { // its newline is missing
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if all := names(t, state); fmt.Sprint(all) != "[one two]" {
		t.Errorf("%v", all)
	}
}

// A link in the place of the journal is not followed.
func TestLink(t *testing.T) {
	state := t.TempDir()
	target := filepath.Join(t.TempDir(), "target")
	if err := os.Mkdir(filepath.Join(state, dirName), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, filepath.Join(state, dirName, journalName)); err != nil {
		t.Fatal(err)
	}
	write(state, "one")
	if _, err := os.Lstat(target); err == nil {
		t.Error("it was followed")
	}
}

// writeLong writes an event of some 11 KB.
func writeLong(state, name string) {
	label := map[string]string{"long": strings.Repeat("x", maxLine/6)}
	Write(state, OfContainer(Start, "aaaaaaaaaaaa", name, "busybox", label))
}

// Many write at once until the journal is full; who follows gets each event once.
func TestFollow(t *testing.T) {
	const writers, each = 4, 150
	state := t.TempDir()
	write(state, "before")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ready, seen, done := make(chan struct{}), map[string]int{}, make(chan error)
	go func() {
		done <- Follow(ctx, state, false, func() { close(ready) }, func(e *Event) error {
			if seen[e.Attributes["name"]]++; len(seen) == writers*each {
				cancel()
			}
			return nil
		})
	}()
	<-ready
	var group sync.WaitGroup
	for writer := range writers {
		group.Go(func() {
			for n := range each {
				writeLong(state, fmt.Sprintf("%d-%d", writer, n))
			}
		})
	}
	group.Wait()
	if err := <-done; err != nil {
		t.Error(err)
	}
	for name, count := range seen {
		if count != 1 || name == "before" {
			t.Errorf("%s came %d times", name, count)
		}
	}
	// While one makes the full file the previous one the others go on, for as long as that takes. So
	// only the file that is written to has a bound, as soon as nobody is at it.
	write(state, "last")
	stat, err := os.Stat(filepath.Join(state, dirName, journalName))
	if err != nil || stat.Size() > maxJournal {
		t.Errorf("the journal: %v, %v", stat, err)
	}
}

// Who follows and is slow loses nothing when the journal has been full twice meanwhile.
func TestFollowSlowly(t *testing.T) {
	const events = 2*maxJournal/(maxLine/6) + 100
	state := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var all []string
	begin := func() { write(state, "first") }
	err := Follow(ctx, state, false, begin, func(e *Event) error {
		if all = append(all, e.Attributes["name"]); len(all) == 1 {
			for n := range events {
				writeLong(state, fmt.Sprint(n))
			}
		}
		if len(all) == 1+events {
			cancel()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for n, name := range all[1:] {
		if name != fmt.Sprint(n) {
			t.Fatalf("event %d is %s", n, name)
		}
	}
}

// What was there comes first, also from the previous file.
func TestFollowPast(t *testing.T) {
	state := t.TempDir()
	write(state, "one")
	journal := filepath.Join(state, dirName, journalName)
	if err := os.Truncate(journal, maxJournal); err != nil { // full, with zeros that are no events
		t.Fatal(err)
	}
	write(state, "two")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var all []string
	err := Follow(ctx, state, true, func() {}, func(e *Event) error {
		if all = append(all, e.Attributes["name"]); len(all) == 2 {
			write(state, "three")
		} else if len(all) == 3 {
			cancel()
		}
		return nil
	})
	if err != nil || fmt.Sprint(all) != "[one two three]" {
		t.Errorf("%v, %v", all, err)
	}
}

// No line makes a reader fail.
func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"time":1,"type":"container","action":"start","id":"x"}` + "\n"))
	f.Add([]byte("\n\n{"))
	f.Fuzz(func(t *testing.T, content []byte) {
		state := t.TempDir()
		if err := os.Mkdir(filepath.Join(state, dirName), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(state, dirName, journalName), content, 0o600); err != nil {
			t.Fatal(err)
		}
		write(state, "last")
		var last string
		if err := Read(state, func(e *Event) error { last = e.Attributes["name"]; return nil }); err != nil {
			t.Error(err)
		}
		if len(content) > 0 && content[len(content)-1] == '\n' && last != "last" {
			t.Errorf("the last event is hidden: %q", last)
		}
	})
}
