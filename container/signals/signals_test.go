package signals

import (
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/child/bare"
)

// Samples of /proc/PID/status, shortened.
const (
	statusOfSleep = "Name:\tsleep\nUmask:\t0022\nState:\tS (sleeping)\nSigQ:\t0/95870\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\n" +
		"SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\nCapInh:\t0000000000000000\nCapPrm:\t000001ffffffffff\n"
	statusOfBash = "Name:\tbash\nSigQ:\t0/95870\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000000000\n" +
		"SigBlk:\t0000000000010000\nSigIgn:\t0000000000384004\nSigCgt:\t000000004b817efb\nCapInh:\t0000000000000000\n"
	statusOfGo    = "Name:\tserver\nSigPnd:\t0000000000000000\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\tfffffffd7fc1feff\n"
	statusOfNohup = "Name:\tsleep\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000001\nSigCgt:\t0000000000000000\n"
)

// handling are the masks of the signals that a process does something about.
var handling = []string{"SigCgt", "SigIgn", "SigBlk"}

func TestHasSignal(t *testing.T) {
	tests := []struct {
		name, status string
		sig          syscall.Signal
		want         bool
	}{
		{"sleep", statusOfSleep, unix.SIGTERM, false},
		{"sleep", statusOfSleep, unix.SIGINT, false},
		{"sleep", statusOfSleep, 64, false},
		{"bash", statusOfBash, unix.SIGTERM, true}, // ignored
		{"bash", statusOfBash, unix.SIGQUIT, true}, // ignored
		{"bash", statusOfBash, unix.SIGINT, true},  // caught
		{"bash", statusOfBash, unix.SIGHUP, true},  // caught
		{"bash", statusOfBash, unix.SIGCHLD, true}, // blocked
		{"bash", statusOfBash, unix.SIGKILL, false},
		{"bash", statusOfBash, 64, false},
		{"go", statusOfGo, unix.SIGTERM, true},
		{"go", statusOfGo, 64, true},
		{"go", statusOfGo, unix.SIGKILL, false},
		{"nohup", statusOfNohup, unix.SIGHUP, true},
		{"nohup", statusOfNohup, unix.SIGINT, false},
		{"empty", "", unix.SIGTERM, false},
		{"pending alone", "SigPnd:\t0000000000004000\nShdPnd:\t0000000000004000\n", unix.SIGTERM, false},
		{"capabilities", "CapEff:\t000001ffffffffff\n", unix.SIGTERM, false},
		{"a name like a key", "Name:\tSigCgt\nSigCgtX:\tffff\n", unix.SIGTERM, false},
		{"no number", "SigCgt:\tzzz\nSigIgn:\n", unix.SIGTERM, false},
		{"no newline at the end", "SigIgn:\t0000000000004000", unix.SIGTERM, true},
	}
	for _, test := range tests {
		if got := hasSignal(test.status, test.sig, handling...); got != test.want {
			t.Errorf("%s: hasSignal(%v) = %v", test.name, test.sig, got)
		}
	}
}

// The masks are read from the kernel's own account of a process.
func TestStatusOf(t *testing.T) {
	plain := exec.Command("sleep", "60")
	if err := plain.Start(); err != nil {
		t.Fatal(err)
	}
	if hasSignal(statusOf(dirOf(plain.Process.Pid)), unix.SIGTERM, handling...) {
		t.Error("sleep is said to handle SIGTERM")
	}
	if err := plain.Process.Kill(); err != nil {
		t.Error(err)
	}
	if err := plain.Wait(); err == nil {
		t.Error("sleep ended by itself")
	}
	if status := statusOf("/proc/" + strconv.Itoa(plain.Process.Pid)); status != "" {
		t.Errorf("a process that is gone has the status %q", status)
	}
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, unix.SIGUSR1)
	defer signal.Stop(caught)
	if !hasSignal(statusOf(dirOf(os.Getpid())), unix.SIGUSR1, handling...) {
		t.Error("this process is said not to handle what it catches")
	}
}

func TestTerminates(t *testing.T) {
	stay := []syscall.Signal{
		unix.SIGCHLD, unix.SIGCONT, unix.SIGSTOP, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU, unix.SIGURG, unix.SIGWINCH,
	}
	for sig := syscall.Signal(1); sig <= 64; sig++ {
		if got, want := Terminates(sig), !slices.Contains(stay, sig); got != want {
			t.Errorf("Terminates(%v) = %v", sig, got)
		}
	}
}

func TestSignalsEnding(t *testing.T) {
	const killed = unix.WaitStatus(unix.SIGKILL)
	tests := []struct {
		killer syscall.Signal // 0 for none
		status unix.WaitStatus
		want   int
	}{
		{0, 0, 0},
		{0, 7 << 8, 7},
		{0, killed, 137},
		{unix.SIGTERM, killed, 143},
		{unix.SIGINT, killed, 130},
		// It ended by itself just before it was killed.
		{unix.SIGTERM, 7 << 8, 7},
		{unix.SIGTERM, unix.WaitStatus(unix.SIGSEGV), 139},
	}
	for _, test := range tests {
		s := &Signals{killer: make(chan syscall.Signal, 1)}
		if test.killer != 0 {
			s.killer <- test.killer
		}
		if got := bare.ExitCode(s.Ending(test.status)); got != test.want {
			t.Errorf("Ending(%#x) after %v = %d, want %d", test.status, test.killer, got, test.want)
		}
	}
}

func FuzzHasSignal(f *testing.F) {
	for _, status := range []string{"", statusOfSleep, statusOfBash, statusOfGo, statusOfNohup, "SigCgt:\tzzz\nSigIgn"} {
		f.Add(status, uint64(1)<<14, uint8(14))
	}
	f.Fuzz(func(t *testing.T, status string, mask uint64, n uint8) {
		sig := syscall.Signal(n%64 + 1)
		before := hasSignal(status, sig, handling...)
		// Another mask can only add signals, and adds exactly its own.
		line := "\nSigCgt:\t" + strconv.FormatUint(mask, 16) + "\n"
		want := before || mask>>(sig-1)&1 == 1
		if got := hasSignal(status+line, sig, handling...); got != want {
			t.Fatalf("hasSignal(%q, %d) = %v, want %v", status+line, sig, got, want)
		}
	})
}
