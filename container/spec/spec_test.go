package spec

import (
	"strings"
	"testing"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

func TestSpecValidate(t *testing.T) {
	const parent = `" is not a plain absolute path such as /mydocker`
	tests := []struct {
		change func(*Spec)
		want   string // the beginning of the error, "" for none
	}{
		{func(*Spec) {}, ""},
		{func(c *Spec) { c.Command = []string{""} }, ""}, // not found, but valid
		{func(c *Spec) { c.Command = []string{"a\n\xff", "=", ""} }, ""},
		{func(c *Spec) { c.CgroupParent = "/" }, ""},
		{func(c *Spec) { c.CgroupParent = "/a/b c" }, ""},
		{func(c *Spec) { c.Command = nil }, "no command given"},
		{func(c *Spec) { c.Command = []string{"sh", "a\x00b"} }, `"a\x00b" holds a NUL byte`},
		{func(c *Spec) { c.Env = []string{"A=\x00"} }, `"A=\x00" holds a NUL byte`},
		{func(c *Spec) { c.CgroupParent = "" }, ""},
		{func(c *Spec) { c.CgroupParent = "mydocker" }, `cgroup parent "mydocker` + parent},
		{func(c *Spec) { c.CgroupParent = "/a/" }, `cgroup parent "/a/` + parent},
		{func(c *Spec) { c.CgroupParent = "//a" }, `cgroup parent "//a` + parent},
		{func(c *Spec) { c.CgroupParent = "/a/../.." }, `cgroup parent "/a/../..` + parent},
		{func(c *Spec) { c.CgroupParent = "/a/./b" }, `cgroup parent "/a/./b` + parent},
		{func(c *Spec) { c.Resources.Memory.Value = 1024 }, "memory limit of 1024 bytes is below the minimum"},
		{func(c *Spec) { c.Resources.CPUShares.Value = 1 }, "cpu shares of 1 are out of range"},
	}
	for _, test := range tests {
		spec := &Spec{Command: []string{"sh"}, Env: []string{"A=b"}, CgroupParent: "/mydocker", Resources: &subsystems.ResourceConfig{}}
		test.change(spec)
		err := spec.Validate()
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), test.want)) {
			t.Errorf("Validate(%+v) = %v, want %q", spec, err, test.want)
		}
	}
}
