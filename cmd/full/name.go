package full

import (
	"path/filepath"
	"strings"

	"github.com/mydocker/mydocker/utils"
)

// commFile has the name of the process, as ps(1) and pkill(1) have it.
const commFile = "/proc/self/comm"

// TakeName gives a program that was executed from a descriptor the name that it was called by:
// before Linux 6.14 it has the descriptor's number for a name. Where /proc cannot be read or
// written it keeps that, which changes nothing else.
func TakeName(path string) {
	comm, err := utils.ReadFile(commFile)
	if err != nil || comm == "" || strings.Trim(comm, "0123456789") != "" {
		return
	}
	utils.WriteFile(commFile, filepath.Base(path)) //nolint:errcheck // it has some name anyway
}
