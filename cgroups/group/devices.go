package group

import "github.com/opencontainers/runtime-spec/specs-go"

func (g *Group) devices(_ []specs.LinuxDeviceCgroup) (func() error, error) { return nil, nil }
