package seccomp

import (
	"testing"
)

// TestFigures bounds what docs/performance.md says of the default filters: how many
// instructions they have, and how many one call takes at most.
func TestFigures(t *testing.T) {
	for arch, limit := range map[string]struct{ instructions, steps int }{"amd64": {330, 20}, "arm64": {260, 20}} {
		filter, err := Compile(dockersProfile, Host{Arch: arch, Kernel: Kernel{Major: 6, Minor: 1}, Capabilities: dockersCapabilities()})
		if err != nil {
			t.Fatal(err)
		}
		code, err := decode(filter.Program)
		if err != nil {
			t.Fatal(err)
		}
		machine, err := machineOf(arch)
		if err != nil {
			t.Fatal(err)
		}
		most := 0
		for _, abi := range machine.abis {
			of := 0
			for number := abi.bit; number < abi.bit+600; number++ {
				for domain := range uint64(64) {
					_, steps := run(code, abi.arch, number, [arguments]uint64{domain, domain, domain})
					of = max(of, steps)
				}
			}
			t.Logf("%s: at most %d instructions for a call", abi.name, of)
			most = max(most, of)
		}
		t.Logf("%s: %d instructions", arch, len(code))
		if len(code) > limit.instructions || most > limit.steps {
			t.Errorf("%s: %d instructions, %d for one call", arch, len(code), most)
		}
	}
}
