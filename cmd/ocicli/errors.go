package ocicli

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/initproc"
	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// errorLine is the text of an error. Of a command that cannot be executed it says what Go's os/exec
// says, and with it runc: engines look for these words to find their exit code.
func errorLine(err error) string {
	line := utils.ErrorLine(err)
	var failed *initproc.InitError
	if errors.As(err, &failed) {
		if text := execText(&failed.Status); text != "" {
			line = strings.Replace(line, failed.Error(), text, 1)
		}
	}
	return line
}

// execText is what is said of a command that cannot be executed, "" for other failures.
func execText(status *wire.Status) string {
	switch {
	case status.Step == wire.StepExec:
		return withDetail(fmt.Sprintf("exec %s: %v", status.Operand, status.Errno), status)
	case status.Step != wire.StepLookUp:
		return ""
	case status.Errno == unix.ENOENT && !strings.Contains(status.Operand, "/"):
		return fmt.Sprintf("exec: %q: executable file not found in $PATH", status.Operand)
	case status.Errno == unix.EISDIR:
		// Engines know "permission denied" by these words, and end with 126 then.
		return fmt.Sprintf("exec: %q: %v (it is a directory)", status.Operand, unix.EACCES)
	}
	return withDetail(fmt.Sprintf("exec: %q: %v", status.Operand, status.Errno), status)
}

func withDetail(text string, status *wire.Status) string {
	if status.Detail != "" {
		text += " (" + status.Detail + ")"
	}
	return text
}
