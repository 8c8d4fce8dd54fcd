package state

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mydocker/mydocker/utils"
)

func TestHealth(t *testing.T) {
	dir := t.TempDir()
	id, err := utils.NewID()
	if err != nil {
		t.Fatal(err)
	}
	c := create(t, dir, id, "")
	defer c.Close()
	if h, err := c.LoadHealth(); h != nil || err != nil {
		t.Fatal(h, err)
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)
	saved := &Health{Status: Unhealthy, FailingStreak: 3, Log: []HealthResult{{Start: at, End: at.Add(time.Second), ExitCode: -1, Output: "\x00<é"}}}
	for range 2 {
		if err := c.SaveHealth(saved); err != nil {
			t.Fatal(err)
		}
	}
	if h, err := c.LoadHealth(); err != nil || !reflect.DeepEqual(h, saved) {
		t.Errorf("%+v, %v", h, err)
	}
	listed := &Listed{Path: c.Path}
	if h, err := listed.Health(); err != nil || !reflect.DeepEqual(h, saved) {
		t.Errorf("%+v, %v", h, err)
	}
	path := filepath.Join(c.Path, HealthName)
	for content, want := range map[string]string{"": "", "{": "read " + path, `{"Other":1}`: "Other"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		h, err := c.LoadHealth()
		if h != nil || (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, %v", content, h, err)
		}
	}
}

// What is read of a file is what would be written of it again.
func FuzzHealth(f *testing.F) {
	f.Add([]byte(`{"Status":"healthy","FailingStreak":1,"Log":[{"Start":"2026-01-02T03:04:05Z","End":"2026-01-02T03:04:05Z","ExitCode":0,"Output":"x"}]}`))
	f.Add([]byte("{}"))
	path := filepath.Join(f.TempDir(), HealthName)
	f.Fuzz(func(t *testing.T, content []byte) {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		h, err := (&Listed{Path: filepath.Dir(path)}).Health()
		if err != nil || h == nil {
			return
		}
		written, err := json.Marshal(h)
		again := &Health{}
		if err == nil {
			err = utils.DecodeStrictly(written, again)
		}
		if err != nil || again.FailingStreak != h.FailingStreak || len(again.Log) != len(h.Log) {
			t.Errorf("%+v, then %+v, %v", h, again, err)
		}
	})
}
