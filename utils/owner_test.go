package utils

import (
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A thread without CAP_KILL ends another user's process as that user, and is itself again.
func TestAsOwner(t *testing.T) {
	if unix.Geteuid() != 0 {
		t.Skip("needs root")
	}
	command := exec.Command("sleep", "1000")
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	pid := command.Process.Pid
	tries := 0
	err := AsOwner(pid, func() error {
		if tries++; unix.Geteuid() == 0 {
			return unix.EPERM // as the kernel would without CAP_KILL
		}
		return unix.Kill(pid, unix.SIGKILL)
	})
	if err != nil || tries != 2 {
		t.Errorf("%d tries, %v", tries, err)
		_ = command.Process.Kill()
	}
	if err := command.Wait(); err == nil {
		t.Error("it was not killed")
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if uid := unix.Geteuid(); uid != 0 {
		t.Errorf("the user id is %d", uid)
	}
	if err := AsOwner(pid, func() error { return unix.ESRCH }); err != unix.ESRCH {
		t.Error(err)
	}
}

func FuzzRealUser(f *testing.F) {
	for _, status := range []string{"", "Uid:\t1000\t0\t0\t0\n", "Name:\tUid:\nUid:\t65534\t1\t2\t3", "Uid:\n", "Uid:\t-1\t"} {
		f.Add(status)
	}
	f.Fuzz(func(t *testing.T, status string) {
		if uid, found := realUser(status); !found && uid != 0 {
			t.Errorf("%q: %d", status, uid)
		}
	})
}
