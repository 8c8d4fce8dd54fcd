package signals

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// Unignore does something while this process ignores none of the signals of a terminal that its caller has
// had it ignore, as nohup and a script's background do. What is executed meanwhile does not ignore them
// either: it goes on without the caller.
func Unignore(do func() error) error {
	if !signal.Ignored(unix.SIGHUP) && !signal.Ignored(unix.SIGINT) {
		return do()
	}
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT) // an execve makes the default of a handler
	defer signal.Stop(caught)
	return do()
}
