package wire

import (
	"bytes"
	"errors"
	"math"
	"strings"
	"syscall"
	"testing"
)

// marshal encodes a Status.
func marshal(s *Status) []byte {
	var buffer [MaxStatus]byte
	return s.Encode(&buffer)
}

func TestConfigMarshal(t *testing.T) {
	tests := []struct {
		config Config
		want   string
	}{
		{Config{Args: []string{"ls", ""}}, "arg=ls\x00arg=\x00mask=0\x00end=\x00"},
		{Config{Args: []string{"sh"}, Reaper: true, Terminal: true}, "arg=sh\x00mask=0\x00reaper=\x00terminal=\x00end=\x00"},
		{
			Config{Args: []string{"a=b"}, Env: []string{"PATH=/bin", "\xff"}, Mask: 1 << 63, Trace: true, Clock: true},
			"arg=a=b\x00env=PATH=/bin\x00env=\xff\x00mask=8000000000000000\x00trace=\x00clock=\x00end=\x00",
		},
		{
			Config{Args: []string{"a"}, Process: Process{
				Hostname: "h", Domainname: "d", Sysctls: []string{"/p=1", "/q=2"}, OOMScore: "/o=3", Rlimits: []string{"7 1 2 n"},
				Dir: "/", Umask: "0 0000", User: "1 2 u", Groups: "2 3 ",
			}},
			"arg=a\x00mask=0\x00hostname=h\x00domainname=d\x00oom-score=/o=3\x00dir=/\x00umask=0 0000\x00user=1 2 u\x00groups=2 3 \x00" +
				"sysctl=/p=1\x00sysctl=/q=2\x00rlimit=7 1 2 n\x00end=\x00",
		},
	}
	for _, test := range tests {
		if got := string(test.config.Marshal()); got != test.want {
			t.Errorf("%+v: %q, want %q", test.config, got, test.want)
		}
	}
	for _, forged := range []Config{
		{Args: []string{"ls", "a\x00user=0 0 x"}}, {Args: []string{"ls"}, Env: []string{"HOME=/\x00operation=bind"}},
		{Args: []string{"ls"}, Process: Process{Dir: "/\x00"}}, {Args: []string{"ls"}, Operations: []Operation{{Kind: OpBind, Source: "/\x00path=/"}}},
	} {
		if message := forged.Marshal(); message != nil {
			t.Errorf("%+v is %q", forged, message)
		}
	}
}

// What is too long is cut, and the message stays one.
func TestStatusEncodeLong(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	got, rest, err := ParseStatus(marshal(&Status{long, long, 65535, long, math.MaxInt64}))
	if err != nil || len(rest) > 0 || len(got.Step) != maxText || len(got.Operand) != maxOperand || len(got.Detail) != maxText || got.Errno != 65535 || got.At != math.MaxInt64 {
		t.Errorf("%d, %d, %d bytes, errno %d, %q, %v", len(got.Step), len(got.Operand), len(got.Detail), got.Errno, rest, err)
	}
}

var statuses = []Status{
	{Step: StepExec, Operand: "/bin/sh"},
	{Step: StepExec, Operand: "/bin/sh", At: 1},
	{Step: StepReadConfig},
	{Step: StepLookUp, Operand: "no-such", Errno: syscall.ENOENT, Detail: "not found in PATH"},
	{Step: StepMountProc, Operand: "/proc", Errno: syscall.EPERM},
	{Step: "s=\n", Operand: "/tmp/\xff =end=\n", Errno: 65535, Detail: "a=b"},
}

func TestStatusRoundTrip(t *testing.T) {
	for _, want := range statuses {
		got, rest, err := ParseStatus(marshal(&want))
		if err != nil || len(rest) > 0 || *got != want {
			t.Errorf("%+v came back as %+v, %q, %v", want, got, rest, err)
		}
		if got.Failed() != (want.Errno != 0) {
			t.Errorf("%+v: Failed() = %v", want, got.Failed())
		}
	}
}

// One read may bring several statuses, and a piece of the next.
func TestParseStatusSeveral(t *testing.T) {
	var pending []byte
	for _, status := range statuses {
		pending = append(pending, marshal(&status)...)
	}
	pending = append(pending, "step=half of"...)
	for _, want := range statuses {
		got, rest, err := ParseStatus(pending)
		if err != nil || *got != want {
			t.Fatalf("got %+v, %v; want %+v", got, err, want)
		}
		pending = rest
	}
	_, rest, err := ParseStatus(pending)
	if !errors.Is(err, ErrTruncated) || string(rest) != "step=half of" {
		t.Errorf("the piece gives %q, %v; want it back with ErrTruncated", rest, err)
	}
}

func TestParseStatusTruncated(t *testing.T) {
	for _, status := range statuses {
		message := marshal(&status)
		for n := range message {
			got, rest, err := ParseStatus(message[:n])
			if !errors.Is(err, ErrTruncated) || got != nil || !bytes.Equal(rest, message[:n]) {
				t.Fatalf("%d bytes of %q: %v, %q, %v; want ErrTruncated", n, message, got, rest, err)
			}
		}
	}
}

func TestParseStatusErrors(t *testing.T) {
	for _, message := range []string{
		"errno=two\x00end=\x00", "errno=-1\x00end=\x00", "errno=65536\x00end=\x00", "errno=\x00end=\x00",
		"colour=red\x00end=\x00", "word\x00end=\x00",
		"at=\x00end=\x00", "at=-1\x00end=\x00", "at=9223372036854775808\x00end=\x00",
	} {
		if got, _, err := ParseStatus([]byte(message)); err == nil || errors.Is(err, ErrTruncated) {
			t.Errorf("ParseStatus(%q) = %v, %v; want an error", message, got, err)
		}
	}
}

func FuzzParseStatus(f *testing.F) {
	for _, status := range statuses {
		f.Add(marshal(&status), status.Step, status.Operand, uint16(status.Errno), status.Detail, status.At)
	}
	f.Fuzz(func(t *testing.T, data []byte, step, operand string, errno uint16, detail string, at int64) {
		status, rest, err := ParseStatus(data)
		switch {
		case err == nil && !bytes.HasSuffix(data, rest):
			t.Fatalf("%q leaves %q", data, rest)
		case err == nil:
			again, _, err := ParseStatus(marshal(status))
			if err != nil || *again != *status {
				t.Fatalf("%q: %+v came back as %+v, %v", data, status, again, err)
			}
		case !bytes.Equal(rest, data):
			t.Fatalf("%q: %v, but only %q is left", data, err, rest)
		}
		clean := strings.NewReplacer("\x00", "").Replace
		want := Status{clean(step), clean(operand), syscall.Errno(errno), clean(detail), max(at, 0)}
		if len(want.Step) > maxText || len(want.Operand) > maxOperand || len(want.Detail) > maxText {
			return
		}
		got, rest, err := ParseStatus(append(marshal(&want), data...))
		if err != nil || *got != want || !bytes.Equal(rest, data) {
			t.Fatalf("%+v came back as %+v, %q, %v", want, got, rest, err)
		}
	})
}
