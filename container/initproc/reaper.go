package initproc

import (
	"strconv"
	"strings"
	"syscall"

	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// signalOfCommand is the signal that has ended the command of a reaper, which
// itself exits, or 0. It is in the name of the reaper, as long as nobody has
// waited for that (see bare.nameEnd).
func (p *ParentProcess) signalOfCommand() syscall.Signal {
	if !p.reaper {
		return 0
	}
	name, err := utils.ReadFile("/proc/" + strconv.Itoa(p.pid) + "/comm")
	if err != nil { // it then ends with 128 + n
		return 0
	}
	return signalIn(name)
}

func signalIn(name string) syscall.Signal {
	digits, found := strings.CutPrefix(name, wire.EndedBy)
	number, err := strconv.ParseUint(digits, 10, 7)
	if !found || err != nil {
		return 0
	}
	return syscall.Signal(number)
}
