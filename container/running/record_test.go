package running

import (
	"reflect"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

var records = []Record{
	{ID: "0123456789ab", Cgroups: map[string]string{}, Message: []byte{}},
	{
		ID: "0123456789ab", Name: "web", Runner: 12, Pid: 34, Joins: unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWTIME,
		OwnRoot: true, Dir: "/a=b:c", HomeOfUser: true,
		Cgroups: map[string]string{"": "/sys/fs/cgroup/a", "memory": "/sys/fs/cgroup/memory/a:b=c"},
		Message: []byte("arg=sh\x00env=A=1\x00end=\x00"),
	},
}

func TestRecordComesBack(t *testing.T) {
	for _, want := range records {
		content, err := want.marshal()
		if err != nil {
			t.Fatal(err)
		}
		got, err := parse(want.ID, content)
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("%+v came back as %+v, %v", want, got, err)
		}
		header := len(content) - len(want.Message)
		for length := range header {
			if r, err := parse(want.ID, content[:length]); err == nil {
				t.Errorf("%q is %+v", content[:length], r)
			}
		}
	}
}

func TestRecordWithNUL(t *testing.T) {
	for _, forged := range []Record{
		{Name: "a\x00runner=1"}, {Dir: "/\x00own-root="}, {Cgroups: map[string]string{"": "/a\x00end="}}, {Cgroups: map[string]string{"a\x00": "/"}},
	} {
		if content, err := forged.marshal(); err == nil {
			t.Errorf("%+v is %q", forged, content)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for content, want := range map[string]string{
		"":                                    "cut short",
		"end":                                 "cut short",
		"name=a\x00end=\x00":                  "another version",
		"version=0\x00end=\x00":               "another version",
		"version=2\x00pid=x\x00end=\x00":      "invalid syntax",
		"version=2\x00runner=\x00end=\x00":    "invalid syntax",
		"version=2\x00joins=g\x00end=\x00":    "invalid syntax",
		"version=2\x00joins=1ffffffff\x00end": "out of range",
		"version=2\x00new=1\x00end=\x00":      `unknown field "new"`,
		"version=2\x00name=a":                 "cut short",
	} {
		if r, err := parse("0123456789ab", []byte(content)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v, want %q", content, r, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, r := range records {
		content, err := r.marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		r, err := parse("0123456789ab", content)
		if err != nil {
			return
		}
		marshalled, err := r.marshal()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parse(r.ID, marshalled)
		if err != nil || !reflect.DeepEqual(again, r) {
			t.Errorf("%q: %+v, then %+v, %v", content, r, again, err)
		}
	})
}
