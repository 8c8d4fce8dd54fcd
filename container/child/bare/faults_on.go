//go:build faults

package bare

import (
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// fault is for tests only. It looks into the command's environment for what
// goes wrong once the present step is done: "MYDOCKER_FAULT=child:STEP:28" has it
// fail with that errno, and HANG instead of a number stops there, to be killed.
func (i *Init) fault() {
	const prefix = "MYDOCKER_FAULT=child:"
	for _, address := range i.config.env {
		variable := text(at(address))
		if !strings.HasPrefix(variable, prefix) {
			continue
		}
		step := variable[len(prefix):]
		colon := strings.IndexByte(step, ':')
		if colon < 0 || step[:colon] != i.Step {
			continue
		}
		what := step[colon+1:]
		if what == "HANG" {
			for i.Errno == 0 {
				_, _, i.Errno = syscall.RawSyscall6(unix.SYS_PPOLL, 0, 0, 0, 0, 0, 0)
			}
		}
		if errno, ok := decimal(unsafe.StringData(what)); ok {
			i.Errno = syscall.Errno(errno)
		}
	}
}
