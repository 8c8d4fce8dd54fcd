package signals

import (
	"bufio"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// What a process would do about SIGTERM is told without touching it. None of these is
// PID 1, to whom the kernel does something else.
func TestObserve(t *testing.T) {
	const (
		block = `use POSIX ":signal_h"; sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGTERM)); `
		ready = `$| = 1; print "ready\n"; `
	)
	tests := []struct {
		name, program string
		want          effect
	}{
		{"asleep", ready + `sleep 1000`, fatal},
		{"busy", ready + `1 while 1`, fatal},
		{"handles", `$SIG{TERM} = sub { }; ` + ready + `sleep 1000`, taken},
		{"ignores", `$SIG{TERM} = "IGNORE"; ` + ready + `sleep 1000`, taken},
		{"blocks", block + ready + `sleep 1000`, blocked},
		{"handles and blocks", `$SIG{TERM} = sub { }; ` + block + ready + `sleep 1000`, taken},
		{"stopped", ready + `kill STOP => $$; sleep 1000`, fatal},
		{"waits by sigwait", block + `my $set = pack("Q", 1 << 14); ` + ready + `syscall(128, $set, 0, 0, 8)`, awaited}, // rt_sigtimedwait, x86-64
		{"has a signalfd", block + `my $set = pack("Q", 1 << 14); syscall(289, -1, $set, 8, 0); ` + ready + `sleep 1000`, taken},
		{"has one for another", block + `my $set = pack("Q", 1 << 9); syscall(289, -1, $set, 8, 0); ` + ready + `sleep 1000`, blocked},
		{"has ended", ready + `exit 0`, taken},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			command := exec.Command("perl", "-e", test.program)
			output, err := command.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := command.Process.Kill(); err != nil {
					t.Error(err)
				}
				_ = command.Wait() // it was killed
			}()
			if line, err := bufio.NewReader(output).ReadString('\n'); err != nil {
				t.Fatalf("%q, %v", line, err)
			}
			// It may not sleep yet, which is another effect.
			now := observe(command.Process.Pid, unix.SIGTERM, time.Now().Add(observeTimeout))
			for end := time.Now().Add(30 * time.Second); now != test.want && time.Now().Before(end); {
				time.Sleep(time.Millisecond)
				now = observe(command.Process.Pid, unix.SIGTERM, time.Now().Add(observeTimeout))
			}
			if now != test.want {
				t.Errorf("the effect is %d, not %d", now, test.want)
			}
		})
	}
}

// One watcher looks after a signal, until it has not been sent again.
func TestWatched(t *testing.T) {
	var w watched
	if !w.begin(unix.SIGTERM) || !w.begin(unix.SIGINT) {
		t.Error("somebody looks after it already")
	}
	if w.begin(unix.SIGTERM) {
		t.Error("nobody looks after it")
	}
	for _, want := range []bool{false, true} {
		if got := w.end(unix.SIGTERM); got != want {
			t.Errorf("end: %t", got)
		}
	}
	if !w.begin(unix.SIGTERM) || !w.end(unix.SIGINT) {
		t.Error("it is not forgotten")
	}
}

func FuzzField(f *testing.F) {
	for _, status := range []string{"", statusOfSleep, statusOfBash, "State:", "State:\n", "State:\tT (stopped)"} {
		f.Add(status, "State")
	}
	f.Fuzz(func(t *testing.T, status, name string) {
		value := field(status, name)
		if inState(status, "TtZX") && field(status, "State") == "" {
			t.Errorf("no state, and in one: %q", status)
		}
		if value != "" && len(value)+len(name)+1 > len(status) {
			t.Errorf("%q has the value %q", status, value)
		}
		_ = hasSignal(status, syscall.SIGTERM, name)
	})
}
