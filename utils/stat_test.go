package utils

import (
	"errors"
	"os"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

func TestProcessStat(t *testing.T) {
	fields, err := ProcessStat(os.Getpid(), 20)
	if err != nil || len(fields) < 20 || fields[1] != strconv.Itoa(os.Getppid()) {
		t.Errorf("%q, %v", fields, err)
	}
	if _, err := ProcessStat(os.Getpid(), 1000); err == nil {
		t.Error("there are not so many fields")
	}
	if _, err := ProcessStat(1<<30, 1); !errors.Is(err, unix.ENOENT) {
		t.Errorf("no such process: %v", err)
	}
}
