package utils

import (
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// AsOwner calls send, which sends a signal to process pid. Where it is not permitted, it
// is called once more by a thread with the effective user id of the process: a caller
// with CAP_SETUID but without CAP_KILL can start a process as another user, and could
// not end it otherwise.
func AsOwner(pid int, send func() error) error {
	err := send()
	if err != unix.EPERM {
		return err
	}
	status, unread := ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	uid, found := realUser(status)
	if unread != nil || !found {
		return err
	}
	runtime.LockOSThread()
	own := unix.Geteuid()
	if becomes(uid) {
		err = send()
	}
	if becomes(own) {
		runtime.UnlockOSThread()
	} // else the thread ends with its goroutine
	return err
}

// becomes makes uid the effective user id of this thread. Those of the syscall package
// do it for all threads.
func becomes(uid int) bool {
	const keep = ^uintptr(0)
	_, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, keep, uintptr(uid), keep)
	return errno == 0
}

// realUser reads the first number of a status's line of user ids (proc_pid_status(5)).
func realUser(status string) (uid int, found bool) {
	for line := range strings.Lines(status) {
		if ids, is := strings.CutPrefix(line, "Uid:"); is {
			first, _, _ := strings.Cut(strings.TrimSpace(ids), "\t")
			if number, err := strconv.ParseUint(first, 10, 32); err == nil {
				return int(number), true
			}
		}
	}
	return 0, false
}
