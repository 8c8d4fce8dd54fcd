package supervisor

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/session"
)

// spare is how many descriptors are kept for commands that are answered soon, and for what the supervisor
// itself opens to do that, and to record the end.
const spare = 8

// checkRoom refuses a command that keeps its connection for as long as it likes where few descriptors are left:
// otherwise many that wait would keep one that stops from being heard. The kernel gives the lowest number that is free.
func checkRoom(conn *session.Conn, op string) error {
	if op != session.OpAttach && op != session.OpWait {
		return nil
	}
	number, err := conn.Descriptor()
	if err != nil {
		return err
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	if uint64(number)+spare >= limit.Cur {
		return fmt.Errorf("too many commands wait for this container: its supervisor may have %d files open (ulimit -n)", limit.Cur)
	}
	return nil
}
