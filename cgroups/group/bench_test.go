package group

import (
	"fmt"
	"os"
	"testing"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// dockers are the limits that "docker run -m 256m --cpus 1" has.
func dockers() *specs.LinuxResources {
	return &specs.LinuxResources{
		Memory:  &specs.LinuxMemory{Limit: pointer[int64](256 << 20), Swap: pointer[int64](512 << 20), DisableOOMKiller: pointer(false)},
		CPU:     &specs.LinuxCPU{Shares: pointer[uint64](512), Quota: pointer[int64](100000), Period: pointer[uint64](100000)},
		Pids:    &specs.LinuxPids{Limit: pointer[int64](2048)},
		BlockIO: &specs.LinuxBlockIO{Weight: pointer[uint16](0)},
		Devices: []specs.LinuxDeviceCgroup{
			denyAll(), allow("c", 1, 5, "rwm"), allow("c", 1, 3, "rwm"), allow("c", 1, 9, "rwm"), allow("c", 1, 8, "rwm"),
			allow("c", 5, 0, "rwm"), allow("c", 5, 1, "rwm"), deny("c", 10, 229, "rwm"),
		},
	}
}

func BenchmarkLife(b *testing.B) {
	newGroup(b) // has the parents made
	resources := dockers()
	for b.Loop() {
		g, err := New(fmt.Sprintf("/mydocker-test-%d/bench", os.Getpid()), "id")
		if err == nil {
			err = g.Create()
		}
		if err == nil {
			_, err = g.Migrations()
		}
		if err == nil {
			err = g.Set(resources)
		}
		if err == nil {
			err = Open(g.Dirs).Destroy()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkPart(b *testing.B, part func(g *Group) error) {
	newGroup(b)
	for b.Loop() {
		b.StopTimer()
		g, err := New(fmt.Sprintf("/mydocker-test-%d/bench", os.Getpid()), "id")
		if err == nil {
			err = g.Create()
		}
		b.StartTimer()
		if err == nil {
			err = part(g)
		}
		b.StopTimer()
		if err == nil {
			err = g.Destroy()
		}
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New("/x", "id"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSet(b *testing.B) {
	benchmarkPart(b, func(g *Group) error { return g.Set(dockers()) })
}

func BenchmarkMigrations(b *testing.B) {
	benchmarkPart(b, func(g *Group) error { _, err := g.Migrations(); return err })
}

func BenchmarkKillEmpty(b *testing.B) {
	benchmarkPart(b, func(g *Group) error { return g.Kill() })
}
