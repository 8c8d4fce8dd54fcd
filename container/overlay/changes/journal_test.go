package changes

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

const goodJournal = `{"header":{"version":1,"started":5}}
{"store":{}}
{"op":{"kind":"put","layer":"0","name":"YS9i","store":0,"slot":0,"old":{},"new":{"inode":7}}}
{"op":{"kind":"attrs","layer":"0","name":"YQ==","store":0,"slot":0,"old":{},"new":{},"before":{"mode":493,"uid":0,"gid":0},"after":{"mode":448,"uid":0,"gid":0}}}
{"commit":6}
{"done":7}
{"undo":8}
{"undone":9}
{"dropped":10}
{"removed":11}
`

// A journal that was cut off anywhere is read up to its last whole line.
func TestJournalCutOff(t *testing.T) {
	for end := range len(goodJournal) + 1 {
		j := &journal{}
		length, err := j.read(strings.NewReader(goodJournal[:end]))
		if err != nil {
			t.Fatalf("%q: %v", goodJournal[:end], err)
		}
		if whole := strings.LastIndexByte(goodJournal[:end], '\n') + 1; length != int64(whole) {
			t.Errorf("%d bytes are read of %d", length, whole)
		}
	}
}

func TestJournalRefuses(t *testing.T) {
	const head = `{"header":{"version":1,"started":5}}` + "\n"
	for _, bad := range []string{
		"x\n", "{}\n", `{"commit":6}` + "\n", `{"header":{"version":2,"started":5}}` + "\n", head + head,
		head + `{"unknown":1}` + "\n", head + `{"done":7}` + "\n", head + `{"commit":6}` + "\n" + `{"store":{}}` + "\n",
		head + `{"store":{"path":"relative"}}` + "\n",
		head + `{"op":{"kind":"put","layer":"0","name":"YQ==","store":0}}` + "\n",
		head + `{"store":{}}` + "\n" + `{"op":{"kind":"put","layer":"0","name":"Li4vYQ==","store":0}}` + "\n", // ../a
		head + `{"store":{}}` + "\n" + `{"op":{"kind":"put","layer":"0","name":"L2E=","store":0}}` + "\n",     // /a
		head + `{"store":{}}` + "\n" + `{"op":{"kind":"burn","layer":"0","name":"YQ==","store":0}}` + "\n",
		head + `{"op":{"kind":"attrs","layer":"0","name":"YQ=="}}` + "\n",
	} {
		if _, err := new(journal).read(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is a journal", bad)
		}
	}
}

func FuzzJournal(f *testing.F) {
	f.Add([]byte(goodJournal))
	f.Fuzz(func(t *testing.T, content []byte) {
		j := &journal{}
		length, err := j.read(bytes.NewReader(content))
		if length > int64(len(content)) {
			t.Errorf("%d bytes are read of %d", length, len(content))
		}
		if err != nil {
			return
		}
		for _, o := range j.ops {
			if name := string(o.Name); !filepath.IsLocal(name) {
				t.Errorf("an operation on %q", name)
			}
			if o.Kind != opAttrs && o.Store >= len(j.stores) {
				t.Errorf("an operation without a store")
			}
		}
	})
}
