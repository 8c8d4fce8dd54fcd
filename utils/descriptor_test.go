package utils

import (
	"errors"
	"os"
	"testing"
)

func TestDescriptorOfClosed(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if fd, err := Descriptor(file); err != nil || fd < 0 {
		t.Errorf("an open file has the descriptor %d, %v", fd, err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Descriptor(file); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a closed file: %v", err)
	}
}
