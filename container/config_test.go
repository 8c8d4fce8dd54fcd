package container

import (
	"strings"
	"testing"

	"github.com/mydocker/mydocker/cgroups/subsystems"
)

func TestConfigValidate(t *testing.T) {
	const parent = `" is not a plain absolute path such as /mydocker`
	tests := []struct {
		change func(*Config)
		want   string // the beginning of the error, "" for none
	}{
		{func(*Config) {}, ""},
		{func(c *Config) { c.Command = []string{""} }, ""}, // not found, but valid
		{func(c *Config) { c.Command = []string{"a\n\xff", "=", ""} }, ""},
		{func(c *Config) { c.CgroupParent = "/" }, ""},
		{func(c *Config) { c.CgroupParent = "/a/b c" }, ""},
		{func(c *Config) { c.Command = nil }, "no command given"},
		{func(c *Config) { c.Command = []string{"sh", "a\x00b"} }, `"a\x00b" holds a NUL byte`},
		{func(c *Config) { c.Env = []string{"A=\x00"} }, `"A=\x00" holds a NUL byte`},
		{func(c *Config) { c.CgroupParent = "" }, `cgroup parent "` + parent},
		{func(c *Config) { c.CgroupParent = "mydocker" }, `cgroup parent "mydocker` + parent},
		{func(c *Config) { c.CgroupParent = "/a/" }, `cgroup parent "/a/` + parent},
		{func(c *Config) { c.CgroupParent = "//a" }, `cgroup parent "//a` + parent},
		{func(c *Config) { c.CgroupParent = "/a/../.." }, `cgroup parent "/a/../..` + parent},
		{func(c *Config) { c.CgroupParent = "/a/./b" }, `cgroup parent "/a/./b` + parent},
		{func(c *Config) { c.Resources.Memory.Value = 1024 }, "memory limit of 1024 bytes is below the minimum"},
		{func(c *Config) { c.Resources.CPUShares.Value = 1 }, "cpu shares of 1 are out of range"},
	}
	for _, test := range tests {
		config := &Config{Command: []string{"sh"}, Env: []string{"A=b"}, CgroupParent: "/mydocker", Resources: &subsystems.ResourceConfig{}}
		test.change(config)
		err := config.Validate()
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), test.want)) {
			t.Errorf("Validate(%+v) = %v, want %q", config, err, test.want)
		}
	}
}
