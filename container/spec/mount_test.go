package spec

import (
	"strings"
	"testing"
)

func TestValidateMounts(t *testing.T) {
	bind := Mount{Type: MountBind, Source: "/a", Target: "/b"}
	tmpfs := Mount{Type: MountTmpfs, Target: "/b", Data: "size=1m"}
	with := func(m Mount, change func(*Mount)) []Mount {
		change(&m)
		return []Mount{m}
	}
	for want, mounts := range map[string][]Mount{
		"": {bind, {Type: MountTmpfs, Target: "/b/c"}},
		`the mount at /b: duplicate mount point: /b is the target of --mount x, too`: {
			{Given: "--mount x", Type: MountBind, Source: "/c", Target: "/b"}, bind},
		`--tmpfs /: "/" is the root itself`:                            with(tmpfs, func(m *Mount) { m.Given, m.Target = "--tmpfs /", "/" }),
		`the mount at b: "b" is not an absolute path`:                  with(bind, func(m *Mount) { m.Target = "b" }),
		`target "/b/../c" is not a plain path`:                         with(bind, func(m *Mount) { m.Target = "/b/../c" }),
		`target "/b/" is not a plain path`:                             with(bind, func(m *Mount) { m.Target = "/b/" }),
		`type "npipe" is none of bind and tmpfs`:                       with(bind, func(m *Mount) { m.Type = "npipe" }),
		`source "a" is not an absolute path`:                           with(bind, func(m *Mount) { m.Source = "a" }),
		`source "" is not an absolute path`:                            with(bind, func(m *Mount) { m.Source = "" }),
		`source "/a\x00" is not an absolute path`:                      with(bind, func(m *Mount) { m.Source = "/a\x00" }),
		`a tmpfs has no source`:                                        with(tmpfs, func(m *Mount) { m.Source = "/a" }),
		`its options hold a NUL byte`:                                  with(tmpfs, func(m *Mount) { m.Data = "size=1\x00" }),
		`propagation "MS_SHARED" is not known`:                         with(bind, func(m *Mount) { m.Propagation = "MS_SHARED" }),
		`the mounts below are of no concern where it is not read-only`: with(bind, func(m *Mount) { m.OnlyTop = true }),
	} {
		err := validateMounts(mounts)
		if want == "" {
			if err != nil {
				t.Errorf("%+v: %v", mounts, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", mounts, err, want)
		}
	}
}
