package utils

import (
	"testing"

	"golang.org/x/sys/unix"
)

// What is sealed cannot be written to.
func TestSeal(t *testing.T) {
	fd, err := ExecutableMemory("test")
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if _, err = unix.Write(fd, []byte("x")); err == nil {
		err = Seal(fd)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := unix.Write(fd, []byte("x")); err != unix.EPERM {
		t.Errorf("a write to sealed memory: %v", err)
	}
}
