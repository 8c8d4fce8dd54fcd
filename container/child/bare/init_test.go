package bare

import (
	"os"
	"reflect"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/explain"
	"github.com/mydocker/mydocker/container/wire"
)

// The steps are those of package wire, in their order.
func TestSteps(t *testing.T) {
	want := []string{
		wire.StepReadConfig, wire.StepCloseFDs, wire.StepLabel, wire.StepJoin, wire.StepStage, wire.StepRoot, wire.StepMountPrivate, wire.StepMountProc,
		wire.StepCgroup, wire.StepLoopback, wire.StepNames, wire.StepSysctls, wire.StepOOMScore,
		wire.StepRootFS, wire.StepTerminal,
		wire.StepKeyring, wire.StepPriority, wire.StepRlimits, wire.StepDir, wire.StepUmask, wire.StepBounding, wire.StepUser,
		wire.StepCapabilities, wire.StepNoPrivileges, wire.StepSignals, wire.StepLookUp, wire.StepFiles,
		wire.StepListener, wire.StepWait, wire.StepFilter, wire.StepReaper,
	}
	var got []string
	for _, s := range steps() {
		got = append(got, s.name)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("steps %q, want %q", got, want)
	}
}

// Each step of a run has its explanation, in the same order (see package explain).
func TestStepsAreExplained(t *testing.T) {
	var want []string
	for _, s := range steps() {
		if !s.lifecycle {
			want = append(want, s.name)
		}
	}
	want = append(want, wire.StepExec)
	if got := explain.Steps(); !reflect.DeepEqual(got, want) {
		t.Errorf("explained are %q, want %q", got, want)
	}
}

func TestIsPipe(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	defer writer.Close()
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	tests := map[int]bool{int(reader.Fd()): true, int(writer.Fd()): true, int(file.Fd()): false, -1: false}
	for fd, want := range tests {
		if got := isPipe(fd); got != want {
			t.Errorf("isPipe(%d) = %v", fd, got)
		}
	}
}

// What Linux before 5.9 needs: no descriptor from the first on is left, however
// many there are, and all below it are.
func TestCloseListedFDs(t *testing.T) {
	const first, count = 900, 400
	for range count {
		if _, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, first); err != nil {
			t.Fatal(err)
		}
	}
	// More than one read of the directory brings, all below the first.
	var below []int
	for range count {
		fd, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, first-count-1)
		if err != nil {
			t.Fatal(err)
		}
		below = append(below, fd)
	}
	if errno := closeListedFDs(first); errno != 0 {
		t.Fatal(errno)
	}
	for fd := first; fd < first+count; fd++ {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != unix.EBADF {
			t.Fatalf("descriptor %d is open: %v", fd, err)
		}
	}
	for _, fd := range below {
		if err := unix.Close(fd); err != nil {
			t.Errorf("descriptor %d below the first: %v", fd, err)
		}
	}
}

func TestNumbers(t *testing.T) {
	for digits, want := range map[string]uint64{"0": 0, "f": 15, "8000000000000000": 1 << 63, "ffffffffffffffff": ^uint64(0)} {
		if got, ok := hexadecimal([]byte(digits)); got != want || !ok {
			t.Errorf("hexadecimal(%q) = %x, %v", digits, got, ok)
		}
	}
	for _, digits := range []string{"", "F", "0x1", "-1", " 1", "10000000000000000"} {
		if got, ok := hexadecimal([]byte(digits)); ok {
			t.Errorf("hexadecimal(%q) = %x", digits, got)
		}
	}
	for digits, want := range map[string]int{"0\x00": 0, "7\x00": 7, "1024\x00": 1024} {
		if got, ok := decimal(&[]byte(digits)[0]); got != want || !ok {
			t.Errorf("decimal(%q) = %d, %v", digits, got, ok)
		}
	}
	for _, name := range []string{".\x00", "..\x00", "1x\x00"} {
		if got, ok := decimal(&[]byte(name)[0]); ok {
			t.Errorf("decimal(%q) = %d", name, got)
		}
	}
}
