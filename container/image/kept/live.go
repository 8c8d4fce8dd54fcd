package kept

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// live is a process that runs, by the directory that /proc has of it: of a later one with the same
// pid it tells nothing.
type live struct {
	dir *os.File
	pid int
}

// errEnded is the error about a container that has ended meanwhile.
const errEnded = utils.Sentinel("it has just ended")

// openLive opens the PID 1 of a container, which is the child of the process that looks after it.
func openLive(pid, parent int) (*live, error) {
	path := "/proc/" + strconv.Itoa(pid)
	fd, err := utils.Open(path, unix.O_RDONLY|unix.O_DIRECTORY)
	if err == unix.ENOENT {
		return nil, errEnded
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	l := &live{os.NewFile(uintptr(fd), path), pid}
	if found, err := l.parent(); err != nil || found != parent {
		return nil, errors.Join(errEnded, l.Close())
	}
	return l, nil
}

// Close closes it.
func (l *live) Close() error { return l.dir.Close() }

func (l *live) read(name string) (string, error) {
	const most = 64 << 10
	fd, err := utils.Retry(func() (int, error) { return unix.Openat(int(l.dir.Fd()), name, unix.O_RDONLY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return "", err
	}
	content, err := utils.ReadOpen(fd, most)
	return string(content), errors.Join(err, unix.Close(fd))
}

// parent is the pid of its parent: the fourth field of proc_pid_stat(5), of which the second may
// have anything in it.
func (l *live) parent() (int, error) {
	text, err := l.read("stat")
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	if len(fields) < 2 {
		return 0, fmt.Errorf("%s/stat is cut short", l.dir.Name())
	}
	return strconv.Atoi(fields[1])
}

// root opens its root file system, with all that is mounted there (O_PATH).
func (l *live) root() (*os.File, error) {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Openat(int(l.dir.Fd()), "root", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err == unix.ENOENT || err == unix.ESRCH {
		return nil, errEnded
	}
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: l.dir.Name() + "/root", Err: err}
	}
	return os.NewFile(uintptr(fd), "/"), nil
}

// maps are those of its user namespace; "" is the caller's own.
func (l *live) maps() (uids, gids string, err error) {
	var own, its unix.Stat_t
	if err := unix.Stat("/proc/self/ns/user", &own); err != nil {
		return "", "", &os.PathError{Op: "stat", Path: "/proc/self/ns/user", Err: err}
	}
	if err := unix.Fstatat(int(l.dir.Fd()), "ns/user", &its, 0); err != nil {
		return "", "", &os.PathError{Op: "stat", Path: l.dir.Name() + "/ns/user", Err: err}
	}
	if own.Ino == its.Ino {
		return "", "", nil
	}
	if uids, err = l.read("uid_map"); err == nil {
		gids, err = l.read("gid_map")
	}
	return uids, gids, err
}
