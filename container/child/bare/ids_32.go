//go:build 386 || arm

package bare

import "golang.org/x/sys/unix"

// Without the 32 these system calls know ids of 16 bits: 65536 would be root.
const (
	sysSetgroups = unix.SYS_SETGROUPS32
	sysSetresgid = unix.SYS_SETRESGID32
	sysSetresuid = unix.SYS_SETRESUID32
	sysGetuid    = unix.SYS_GETUID32
)
