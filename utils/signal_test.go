package utils

import (
	"strconv"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseSignal(t *testing.T) {
	tests := []struct {
		text string
		want syscall.Signal // 0 for an error
	}{
		{"TERM", unix.SIGTERM}, {"SIGTERM", unix.SIGTERM}, {"sigterm", unix.SIGTERM}, {"15", unix.SIGTERM},
		{"KILL", unix.SIGKILL}, {"usr1", unix.SIGUSR1}, {"1", unix.SIGHUP}, {"64", 64},
		{"RTMIN", 34}, {"SIGRTMIN+3", 37}, {"RTMAX", 64}, {"RTMAX-14", 50}, {"rtmin+30", 64}, {"RTMAX-30", 34},
		{"", 0}, {"0", 0}, {"-1", 0}, {"+15", 0}, {"SIG", 0}, {"NONE", 0}, {"SIGSIGTERM", 0}, {" TERM", 0},
		{"RTMIN+31", 0}, {"RTMAX-31", 0}, {"RTMIN-1", 0}, {"RTMAX+1", 0}, {"RTMIN+", 0}, {"RTMIN3", 0}, {"15x", 0}, {"2147483648", 0},
		{"CLD", unix.SIGCHLD}, {"sigiot", unix.SIGABRT}, {"POLL", unix.SIGIO}, {"65", 65}, {"2147483647", 2147483647},
	}
	for _, test := range tests {
		got, err := ParseSignal(test.text)
		if got != test.want || (err == nil) != (test.want != 0) {
			t.Errorf("ParseSignal(%q) = %d, %v; want %d", test.text, got, err, test.want)
		}
	}
}

func FuzzParseSignal(f *testing.F) {
	for _, text := range []string{"TERM", "15", "SIGRTMIN+3", "RTMAX-64", ""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sig, err := ParseSignal(text)
		if (err == nil) != (sig >= 1) {
			t.Fatalf("ParseSignal(%q) = %d, %v", text, sig, err)
		}
		if err == nil {
			if again, err := ParseSignal(strconv.Itoa(int(sig))); again != sig || err != nil {
				t.Errorf("ParseSignal(%d) = %d, %v", sig, again, err)
			}
		}
	})
}
