package lifecycle

import (
	"reflect"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// A caller without privileges has rights in namespaces by the user namespace alone.
func TestJoinOrder(t *testing.T) {
	namespaces := Namespaces{
		{specs.MountNamespace, "/m"},
		{specs.NetworkNamespace, "/n"},
		{specs.PIDNamespace, ""},
		{specs.UserNamespace, "/u"},
		{specs.TimeNamespace, "/t"},
	}
	for privileged, want := range map[bool][]string{true: {"/n", "/t", "/m", "/u"}, false: {"/u", "/n", "/t", "/m"}} {
		b, err := newBirth(namespaces, privileged)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, join := range b.joins {
			got = append(got, join.Path)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("privileged %v: %q, want %q", privileged, got, want)
		}
	}
}
