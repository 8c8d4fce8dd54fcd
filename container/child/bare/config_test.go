package bare

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
)

// newInit is an init process that has read its config.
func newInit(t *testing.T, config *wire.Config) *Init {
	t.Helper()
	init := New(new(Memory))
	memory := init.memory
	used := copy(memory.message[:], config.Marshal())
	if errno := init.config.parse(memory.message[:used], memory.args[:], memory.env[:]); errno != 0 {
		t.Fatalf("%+v: %v", config, errno)
	}
	return &init
}

// read takes an Init's config apart again.
func (i *Init) read() *wire.Config {
	c := &i.config
	config := &wire.Config{
		Args: texts(c.args), Env: texts(c.env), Mask: c.mask, Trace: c.trace, Clock: c.clock,
		HostNetwork: c.hostNetwork, HostPID: c.hostPID, Root: c.root, Process: c.process.read(),
		Reaper: c.reaper, Terminal: c.terminal,
	}
	if console := &c.console; console.asked {
		config.Console = &wire.Console{
			Streams: uint8(console.streams), Rows: uint16(console.rows), Columns: uint16(console.columns), Owner: uint32(console.owner),
		}
	}
	for _, cgroup := range c.cgroups[:c.cgroupDirs] {
		config.Cgroups = append(config.Cgroups, wire.Bind{Source: cgroup.dir, Target: cgroup.mountpoint})
	}
	return config
}

// read takes a process apart again.
func (p *process) read() wire.Process {
	all := func(key string) (list []string) {
		for value, rest, more := nextOf(key, p.message); more; value, rest, more = nextOf(key, rest) {
			list = append(list, value)
		}
		return list
	}
	return wire.Process{
		Hostname: p.hostname, Domainname: p.domainname, Sysctls: all(wire.KeySysctl), OOMScore: p.oomScore,
		Rlimits: all(wire.KeyRlimit), Dir: p.dir, Umask: p.umask, User: p.user, Groups: p.groups,
	}
}

func equal(a, b *wire.Config) bool {
	first, second := *a, *b
	if len(first.Env) == 0 && len(second.Env) == 0 { // one may be nil
		first.Env, second.Env = nil, nil
	}
	return reflect.DeepEqual(first, second)
}

// awkward are values that a message format could trip over.
var awkward = []string{
	"", " ", "=", "a=b=c", "=x", "end=", "end", "arg=x", "two\nlines", "tab\there", "\r",
	"'single'", `"double"`, `back\slash`, "$HOME", "*", "ünïcödé", "\xff\xfe not UTF-8 \x80", "\x01\x7f", "-m", "--",
}

// wholeProcess has something of everything, and more than one of what there can be
// more of.
var wholeProcess = wire.Process{
	Hostname: "box", Domainname: "a=b", Sysctls: []string{"/proc/sys/a=1", "", "end="}, OOMScore: "/proc/self/oom_score_adj=1",
	Rlimits: []string{"7 400 800 nofile", ""}, Dir: "/a b\xff", Umask: "12 0022", User: "1 2 a b", Groups: "1 2 ffffffff ",
}

// What the parent sends arrives byte for byte, in whatever pieces.
func TestReceive(t *testing.T) {
	size := 2 << 20      // bytes, and a third of it arguments
	if testing.Short() { // an emulated CPU takes seconds for as many
		size /= 16
	}
	large := strings.Repeat("x=\n\xff", size/4)
	tests := []wire.Config{
		{Args: []string{"/bin/sh"}},
		{Args: []string{""}},
		{Args: []string{"ls", "-l", "-a"}, Env: []string{"PATH=/bin", "EMPTY=", "NOEQUALS", "A=b=c"}},
		{Args: awkward, Env: awkward, Mask: 1<<63 | 1},
		{Args: []string{"sh"}, Trace: true, Mask: ^uint64(0), Cgroups: []wire.Bind{{Source: "/sys/fs/cgroup/a b", Target: "/sys/fs/cgroup"}, {Source: "/c", Target: "/"}}},
		{Args: []string{"sh"}, HostNetwork: true, HostPID: true, Root: wire.RootAlone},
		{Args: []string{"sysctl=x", "end=", "rlimit=y"}, Env: []string{"sysctl=z"}, Process: wholeProcess},
		{Args: []string{"sh"}, Reaper: true, Clock: true},
		{Args: []string{"sh"}, Reaper: true, Terminal: true},
		{Args: []string{"sh"}, Console: &wire.Console{Streams: 7, Rows: 65535, Columns: 80, Owner: 1<<32 - 1}},
		{Args: []string{"sh"}, Console: &wire.Console{}},
		{Args: []string{"cat", large}, Env: []string{"L=" + large}, Trace: true},
		{Args: strings.Split(strings.Repeat("a,", size/20), ",")},
		{Args: strings.Split(strings.Repeat(",", size/3), ",")},
	}
	for _, want := range tests {
		init := New(new(Memory))
		errno := init.receive(feed(t, want.Marshal()))
		if errno != 0 || !equal(init.read(), &want) {
			t.Errorf("%.60q came back wrong: %v", want.Marshal(), errno)
		}
	}
}

// feed returns a pipe that brings message in pieces. Another process writes it,
// because a goroutine would not run while this one is in a bare system call and
// the garbage collector waits for it.
func feed(t *testing.T, message []byte) (fd int) {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "message")
	if err := os.WriteFile(file, message, 0o600); err != nil {
		t.Fatal(err)
	}
	cat := exec.Command("cat", file)
	cat.Stdout = writer
	if err := cat.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(reader.Close(), cat.Wait()); err != nil {
			t.Error(err)
		}
	})
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return int(reader.Fd())
}

// A message cut short is never taken for a whole one, wherever it is cut: a
// command with some of its arguments missing would be another command.
func TestReceiveTruncated(t *testing.T) {
	memory, name := new(Memory), filepath.Join(t.TempDir(), "message")
	for _, config := range []wire.Config{
		{Args: awkward, Env: awkward, Trace: true},
		{Args: []string{"rm", "end=", "end="}},
	} {
		message := config.Marshal()
		for n := range message {
			if err := os.WriteFile(name, message[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			file, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			init := New(memory)
			if errno := init.receive(int(file.Fd())); errno != unix.EPROTO {
				t.Fatalf("%d of %d bytes: %v, %v; want EPROTO", n, len(message), init.read(), errno)
			}
			if err := file.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestParseErrors(t *testing.T) {
	tests := []string{
		"", "arg=a\x00", "end=\x00", "env=A=1\x00end=\x00",
		"arg=a\x00colour=red\x00end=\x00", "arg=a\x00\x00end=\x00", "arg=a\x00word\x00end=\x00",
		"arg=a\x00end=\x00arg=b\x00end=\x00",
		"arg\x00end=\x00", "arg=a\x00env\x00end=\x00", "arg=a\x00end\x00", "arg=a\x00cgroup\x00end=\x00",
		"arg=a\x00mask=\x00end=\x00", "arg=a\x00mask=xyz\x00end=\x00", "arg=a\x00mask=10000000000000000\x00end=\x00",
		"arg=1\x00arg=2\x00arg=3\x00end=\x00", // more than there is room for
	}
	for _, message := range tests {
		var c config
		if errno := c.parse([]byte(message), make([]uintptr, 3), make([]uintptr, 3)); errno != unix.EPROTO {
			t.Errorf("parse(%q) = %v, want EPROTO", message, errno)
		}
	}
}

func FuzzParse(f *testing.F) {
	memory := new(Memory)
	f.Add((&wire.Config{Args: awkward, Env: awkward, Trace: true}).Marshal(), "a")
	f.Add([]byte("arg=a\x00end=\x00arg=b\x00end=\x00"), "end=")
	f.Add((&wire.Config{Args: awkward, Process: wholeProcess}).Marshal(), "sysctl=")
	f.Add([]byte("trace=\x00arg=\x00mask=f\x00end=\x00"), "")
	f.Fuzz(func(t *testing.T, data []byte, word string) {
		parse := func(message []byte) (*wire.Config, error) {
			init := New(memory)
			if errno := init.config.parse(message, memory.args[:], memory.env[:]); errno != 0 {
				return nil, errno
			}
			return init.read(), nil
		}
		// What is accepted says the same when it is written anew.
		if config, err := parse(data); err == nil {
			again, err := parse(config.Marshal())
			if err != nil || !equal(again, config) {
				t.Fatalf("%q: %+v came back as %+v, %v", data, config, again, err)
			}
		}
		// No argument can hold a NUL.
		word = strings.ReplaceAll(word, "\x00", "")
		want := &wire.Config{Args: []string{word, "x", word}, Env: []string{word}, Mask: uint64(len(data))}
		message := want.Marshal()
		if got, err := parse(message); err != nil || !equal(got, want) {
			t.Fatalf("%+v came back as %+v, %v", want, got, err)
		}
		cut := len(message) * len(data) / (len(data) + len(word) + 1)
		if got, err := parse(message[:cut]); err == nil {
			t.Fatalf("%d of %d bytes of %+v were taken for %+v", cut, len(message), want, got)
		}
	})
}
