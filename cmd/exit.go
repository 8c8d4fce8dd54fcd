package cmd

import (
	"errors"

	"github.com/mydocker/mydocker/cmd/exit"
	"github.com/mydocker/mydocker/container"
	"github.com/mydocker/mydocker/container/detached"
)

// The exit codes, as Docker has them. Any other is the command's own, or 128
// plus the signal that killed it.
const (
	codeFailed        = 1   // what was named cannot be had or done; there was nothing to run
	codeRuntime       = 125 // mydocker failed or was used wrongly
	codeNotExecutable = 126 // the command cannot be executed
	codeNotFound      = 127 // the command does not exist
)

// exitCode is the one place that turns an error into an exit code.
func exitCode(err error) int {
	var status exit.Status
	var failed *exit.FailedError
	var told *exit.ToldError
	var interrupted *interruptedError
	var start *detached.StartError
	var killed detached.KilledError
	var unread *container.UnreadError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	case errors.As(err, &interrupted):
		return interrupted.code()
	case errors.As(err, &failed):
		if failed.Forced {
			return 0
		}
		return codeFailed
	case errors.As(err, &told):
		return told.Code
	case errors.As(err, &start):
		return start.Code
	case errors.As(err, &unread):
		return unread.ExitCode()
	case errors.As(err, &killed):
		return detached.CodeKilled
	case container.NotFound(err):
		return codeNotFound
	case container.NotExecutable(err):
		return codeNotExecutable
	default:
		return codeRuntime
	}
}
