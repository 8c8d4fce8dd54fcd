package wire

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"syscall"
	"testing"
)

// awkward are values that a message format could trip over.
var awkward = []string{
	"", " ", "=", "a=b=c", "=x", "end=", "end", "arg=x", "two\nlines", "tab\there", "\r",
	"'single'", `"double"`, `back\slash`, "$HOME", "*", "ünïcödé", "\xff\xfe not UTF-8 \x80", "\x01\x7f", "-m", "--",
}

func TestConfigRoundTrip(t *testing.T) {
	large := strings.Repeat("x=\n\xff", 2<<20/4)
	tests := []Config{
		{Args: []string{"/bin/sh"}},
		{Args: []string{""}},
		{Args: []string{"ls", "-l", "-a"}, Env: []string{"PATH=/bin", "EMPTY=", "NOEQUALS", "A=b=c"}},
		{Args: awkward, Env: awkward},
		{Args: []string{"sh"}, Trace: true},
		{Args: []string{"cat", large}, Env: []string{"L=" + large}, Trace: true},
		{Args: strings.Split(strings.Repeat("a,", 100_000), ",")},
	}
	for _, want := range tests {
		message := want.Marshal()
		got, err := ParseConfig(message)
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%d bytes of %.60q came back wrong: %v", len(message), message, err)
		}
	}
}

// A message cut short is never taken for a whole one, wherever it is cut: a
// command with some of its arguments missing would be another command.
func TestParseConfigTruncated(t *testing.T) {
	configs := []Config{
		{Args: awkward, Env: awkward, Trace: true},
		{Args: []string{"rm", "end=", "end="}},
	}
	for _, config := range configs {
		message := config.Marshal()
		for n := range message {
			if got, err := ParseConfig(message[:n]); !errors.Is(err, ErrTruncated) || got != nil {
				t.Fatalf("%d of %d bytes: %v, %v; want ErrTruncated", n, len(message), got, err)
			}
		}
	}
}

func TestParseConfigErrors(t *testing.T) {
	tests := []struct{ message, want string }{
		{"end=\x00", "no command"},
		{"env=A=1\x00trace=false\x00end=\x00", "no command"},
		{"arg=a\x00colour=red\x00end=\x00", `unknown field "colour"`},
		{"arg=a\x00\x00end=\x00", `field "" has no value`},
		{"arg=a\x00word\x00end=\x00", `field "word" has no value`},
		{"arg=a\x00end=\x00arg=b\x00end=\x00", "11 bytes behind the message"},
		{"arg=a\x00trace=perhaps\x00end=\x00", `strconv.ParseBool: parsing "perhaps": invalid syntax`},
	}
	for _, test := range tests {
		if got, err := ParseConfig([]byte(test.message)); err == nil || err.Error() != test.want {
			t.Errorf("ParseConfig(%q) = %v, %v; want %q", test.message, got, err, test.want)
		}
	}
}

var statuses = []Status{
	{Step: StepExec, Operand: "/bin/sh"},
	{Step: StepReadConfig},
	{Step: StepLookUp, Operand: "no-such", Errno: syscall.ENOENT, Detail: "not found in PATH"},
	{Step: StepMountProc, Operand: "/proc", Errno: syscall.EPERM},
	{Step: "s=\n", Operand: "/tmp/\xff =end=\n", Errno: 65535, Detail: "a=b"},
}

func TestStatusRoundTrip(t *testing.T) {
	for _, want := range statuses {
		got, rest, err := ParseStatus(want.Marshal())
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
		pending = append(pending, status.Marshal()...)
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
		message := status.Marshal()
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
	} {
		if got, _, err := ParseStatus([]byte(message)); err == nil || errors.Is(err, ErrTruncated) {
			t.Errorf("ParseStatus(%q) = %v, %v; want an error", message, got, err)
		}
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add((&Config{Args: awkward, Env: awkward, Trace: true}).Marshal(), "a")
	f.Add([]byte("arg=a\x00end=\x00arg=b\x00end=\x00"), "end=")
	f.Add([]byte("trace=T\x00arg=\x00end=\x00"), "")
	f.Fuzz(func(t *testing.T, data []byte, word string) {
		// What is accepted says the same when it is written anew.
		if config, err := ParseConfig(data); err == nil {
			again, err := ParseConfig(config.Marshal())
			if err != nil || !reflect.DeepEqual(again, config) {
				t.Fatalf("%q: %+v came back as %+v, %v", data, config, again, err)
			}
		}
		// No argument can hold a NUL.
		word = strings.ReplaceAll(word, "\x00", "")
		want := Config{Args: []string{word, "x", word}, Env: []string{word}}
		message := want.Marshal()
		got, err := ParseConfig(message)
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Fatalf("%+v came back as %+v, %v", want, got, err)
		}
		cut := len(message) * len(data) / (len(data) + len(word) + 1)
		if got, err := ParseConfig(message[:cut]); err == nil {
			t.Fatalf("%d of %d bytes of %+v were taken for %+v", cut, len(message), want, got)
		}
	})
}

func FuzzParseStatus(f *testing.F) {
	for _, status := range statuses {
		f.Add(status.Marshal(), status.Step, status.Operand, uint16(status.Errno), status.Detail)
	}
	f.Fuzz(func(t *testing.T, data []byte, step, operand string, errno uint16, detail string) {
		status, rest, err := ParseStatus(data)
		switch {
		case err == nil && !bytes.HasSuffix(data, rest):
			t.Fatalf("%q leaves %q", data, rest)
		case err == nil:
			again, _, err := ParseStatus(status.Marshal())
			if err != nil || *again != *status {
				t.Fatalf("%q: %+v came back as %+v, %v", data, status, again, err)
			}
		case !bytes.Equal(rest, data):
			t.Fatalf("%q: %v, but only %q is left", data, err, rest)
		}
		clean := strings.NewReplacer("\x00", "").Replace
		want := Status{clean(step), clean(operand), syscall.Errno(errno), clean(detail)}
		got, rest, err := ParseStatus(append(want.Marshal(), data...))
		if err != nil || *got != want || !bytes.Equal(rest, data) {
			t.Fatalf("%+v came back as %+v, %q, %v", want, got, rest, err)
		}
	})
}
