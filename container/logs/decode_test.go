package logs

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"
	"unicode/utf8"
)

func TestDecode(t *testing.T) {
	tests := map[string]struct {
		line, want string
		stream     Stream
	}{
		"Docker's":         {`{"log":"a\u003cb\u2028\n","stream":"stderr","time":"2026-01-02T03:04:05.000000006Z"}`, "a<b\u2028\n", Stderr},
		"attrs":            {`{"log":"a","stream":"stdout","attrs":{"a":"}\"","b":"2"},"time":"2026-01-02T03:04:05Z"}`, "a", Stdout},
		"another order":    {` { "time" : "x" , "stream":"stderr","log" : "a" } `, "a", Stderr},
		"unknown members":  {`{"x":[1,{"y":"]"},null],"log":"a","z":{"q":[]},"n":-1.5e3,"b":true}`, "a", Stdout},
		"all escapes":      {`{"log":"\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"}`, "\"\\/\b\f\n\r\té😀", Stdout},
		"half of a pair":   {`{"log":"\ud83dx\ude00\ud83d\u0041"}`, "\ufffdx\ufffd\ufffdA", Stdout},
		"an end of quotes": {`{"log":"a\\"}`, `a\`, Stdout},
		"raw":              {`{"log":"\ufffd","stream":"stdout","raw":"/wA="}`, "\xff\x00", Stdout},
	}
	var d decoder
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := d.decode([]byte(test.line))
			if r == nil || string(r.Data) != test.want || r.Stream != test.stream {
				t.Errorf("%+v, not %q", r, test.want)
			}
		})
	}
	for _, line := range []string{
		``, `x`, `{`, `{}`, `{"log"`, `{"log":`, `{"log":"`, `{"log":"a`, `{"log":"a"`, `{"log":"a",`, `{"log":"a"}x`, `{"log":"a\"}`, `["log"]`,
		`{"log":1}`, `{"log":"a","raw":"!"}`, `{"log":"a","x":}`, `{"log":"a","x":[}`, `{"log":"a","x":[1,2}`,
	} {
		if r := d.decode([]byte(line)); r != nil {
			t.Errorf("%q is %q", line, r.Data)
		}
	}
}

func TestAttributes(t *testing.T) {
	var d decoder
	r := d.decode([]byte(`{"log":"a","attrs":{"b":"2\"","a":"1","n":3},"time":"2026-01-02T03:04:05.5Z"}`))
	if want := []Attribute{{"a", "1"}, {"b", "2\""}}; !slices.Equal(r.Attributes(), want) {
		t.Errorf("%q", r.Attributes())
	}
	if want := time.Date(2026, 1, 2, 3, 4, 5, 5e8, time.UTC); !r.Time().Equal(want) {
		t.Error(r.Time())
	}
}

// What was written is read, byte for byte, and any other reader of JSON reads the same where it
// is UTF-8.
func FuzzRecord(f *testing.F) {
	for _, text := range []string{"a\n", "", "\xff\x00", "\"\\\u2028<>&\x1b[0m\r\n", "€\xe2\x82"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		line := appendRecord(nil, Stderr, encodeAttributes(map[string]string{string(data): string(data)}), []byte("2026-01-02T03:04:05Z"), data)
		if bytes.IndexByte(line, '\n') != len(line)-1 {
			t.Fatalf("%q is no line", line)
		}
		var d decoder
		r := d.decode(line[:len(line)-1])
		if r == nil || !bytes.Equal(r.Data, data) || r.Stream != Stderr || len(r.Attributes()) != 1 {
			t.Fatalf("%q becomes %+v", data, r)
		}
		var other struct{ Log string }
		if err := json.Unmarshal(line, &other); err != nil || utf8.Valid(data) && other.Log != string(data) || other.Log != string(bytes.ToValidUTF8([]byte(other.Log), nil)) {
			t.Fatalf("%q: %v, %q", line, err, other.Log)
		}
	})
}

// A line of anybody's is read as encoding/json does, or not at all, and never fails.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"log":"a\u00e9\n","stream":"stderr","attrs":{"a":"b"},"time":"2026-01-02T03:04:05.5Z"}`))
	f.Add([]byte(`{"log":"\ufffd","raw":"/w==","lost":12,"x":[{},"]",1]}`))
	f.Add([]byte(`{"log":"a","lo`))
	f.Fuzz(func(t *testing.T, line []byte) {
		var d decoder
		r := d.decode(line)
		if r != nil {
			r.Attributes()
			r.Time()
		}
		var other struct {
			Log *string
			Raw any
		}
		if !utf8.Valid(line) || !json.Valid(line) || bytes.ContainsAny(line, "\n") {
			return
		}
		members := map[string]json.RawMessage{}
		if json.Unmarshal(line, &members) != nil || json.Unmarshal(line, &other) != nil || other.Log == nil || members["raw"] != nil || members["lost"] != nil ||
			members["log"] == nil || len(members) != bytes.Count(line, []byte{':'}) {
			return // no object, another meaning, or a name twice
		}
		if r == nil || string(r.Data) != *other.Log {
			t.Fatalf("%q is %+v, not %q", line, r, *other.Log)
		}
	})
}
