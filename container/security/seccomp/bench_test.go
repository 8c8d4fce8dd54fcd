package seccomp

import "testing"

// BenchmarkCompile compiles the default profile, as for a container with other
// capabilities than Docker's.
func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if _, err := Compile(dockersProfile, host()); err != nil {
			b.Fatal(err)
		}
	}
}
