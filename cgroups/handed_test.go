package cgroups

import (
	"encoding/json"
	"testing"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

// What was left out at the start is known to the next process image: an update leaves it out again.
func TestHandedOverDropped(t *testing.T) {
	m := &CgroupManager{Resource: &subsystems.ResourceConfig{Memory: subsystems.Limit[int64]{Value: 64 << 20}}}
	m.Resource.Drop(subsystems.MemoryName)
	content, err := json.Marshal(m.HandOver())
	if err != nil {
		t.Fatal(err)
	}
	handed := &Handed{}
	if err := json.Unmarshal(content, handed); err != nil {
		t.Fatal(err)
	}
	if handed.Resource.Sets(subsystems.MemoryName) {
		t.Errorf("a limit that was dropped is in force again: %s", content)
	}
}
