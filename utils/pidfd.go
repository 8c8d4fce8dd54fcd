package utils

import "golang.org/x/sys/unix"

// PidfdOpen is pidfd_open(2) (Linux 5.3) for a process. ESRCH says that it has ended, also where the
// kernel is just taking it away: its pid is then that of no thread group any more, which is EINVAL, or
// ENOENT on newer ones.
func PidfdOpen(pid int) (fd int, err error) {
	fd, err = unix.PidfdOpen(pid, 0)
	if err == unix.EINVAL || err == unix.ENOENT {
		err = unix.ESRCH
	}
	return fd, err
}
