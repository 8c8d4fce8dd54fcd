package initproc

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/container/wire"
	"github.com/mydocker/mydocker/utils"
)

// Joining is how a process joins the namespaces of another one.
type Joining struct {
	// Files are the descriptors that it needs, in the order of wire.FirstFile.
	Files []int
	// Joins and Stage are what it is told. It counts on Files being the first from
	// wire.FirstFile on.
	Joins []wire.Join
	Stage *wire.Stage

	own  []int // what Close closes
	pids int   // by which it is born in the PID namespace, or -1
}

// namespaceFiles are those of /proc/PID/ns, in the order in which they are joined: the user
// namespace gives the rights in the others, and is given up last where the caller has more. After
// the mount namespace there is another /proc.
var namespaceFiles = [...]struct { //nolint:gochecknoglobals // a table
	name string
	flag uintptr
}{
	{"user", unix.CLONE_NEWUSER}, {"ipc", unix.CLONE_NEWIPC}, {"uts", unix.CLONE_NEWUTS}, {"net", unix.CLONE_NEWNET},
	{"pid", unix.CLONE_NEWPID}, {"cgroup", unix.CLONE_NEWCGROUP}, {"time", unix.CLONE_NEWTIME}, {"mnt", unix.CLONE_NEWNS},
}

// NewJoining opens the namespaces of flags of a process, of which pidfd is a descriptor: that
// alone is enough for the kernel to join them, all at once (setns(2), Linux 5.8). With traced, who sees it
// in the PID namespace may look into it: it gets there when it has joined all others, or its root would
// be a way to the host's (/proc/PID/root).
func NewJoining(pid, pidfd int, flags uintptr, traced bool) (*Joining, error) {
	j := &Joining{pids: -1}
	privileged, err := utils.HasCapability(unix.CAP_SYS_ADMIN)
	if err != nil {
		return nil, err
	}
	privileged = privileged && !traced
	inChild := flags & unix.CLONE_NEWPID // by the thread that clones it, which takes no process in between
	if privileged {
		flags &^= inChild
	} else if inChild != 0 {
		j.Stage = &wire.Stage{}
	}
	if joinsByPIDFD() {
		if privileged && inChild != 0 {
			j.pids = pidfd
		}
		j.Files = []int{pidfd}
		if flags != 0 {
			j.Joins = []wire.Join{{FD: wire.FirstFile, Flags: uint64(flags)}}
		}
		return j, nil
	}
	if err := j.open(pid, flags, privileged && inChild != 0); err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return j, nil
}

// open opens the namespaces one by one. The caller looks afterwards whether pid is still the same
// process.
func (j *Joining) open(pid int, flags uintptr, beginsInPIDs bool) error {
	for _, namespace := range namespaceFiles {
		begins := beginsInPIDs && namespace.flag == unix.CLONE_NEWPID
		if flags&namespace.flag == 0 && !begins {
			continue
		}
		path := "/proc/" + strconv.Itoa(pid) + "/ns/" + namespace.name
		fd, err := utils.Open(path, unix.O_RDONLY)
		if err != nil {
			return &os.PathError{Op: "open", Path: path, Err: err}
		}
		j.own = append(j.own, fd)
		if begins {
			j.pids = fd
			continue
		}
		j.Joins = append(j.Joins, wire.Join{FD: wire.FirstFile + len(j.Files), Flags: uint64(namespace.flag)})
		j.Files = append(j.Files, fd)
	}
	return nil
}

// AddRoot has it get the root directory of that process, where that is not the root of the mount
// namespace, or no mount namespace is joined.
func (j *Joining) AddRoot(pid int) error {
	path := "/proc/" + strconv.Itoa(pid) + "/root"
	fd, err := utils.Open(path, unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	j.own = append(j.own, fd)
	j.Joins = append(j.Joins, wire.Join{FD: wire.FirstFile + len(j.Files)})
	j.Files = append(j.Files, fd)
	return nil
}

// joinsByPIDFD reports whether setns(2) takes a descriptor of a process.
func joinsByPIDFD() bool {
	kernel, err := utils.RunningKernel()
	return err == nil && kernel.AtLeast(utils.Kernel{Major: 5, Minor: 8})
}

// RootOf says how a process becomes root of the user namespace of another: where that has
// setgroups(2) forbidden, it keeps the caller's groups (wire.Config.Root).
func RootOf(pid int) string {
	setting, err := utils.ReadFile("/proc/" + strconv.Itoa(pid) + "/setgroups")
	if err == nil && setting == "deny" {
		return wire.RootWithGroups
	}
	return wire.RootAlone
}

// ByPID reports whether anything of it was opened by the pid, and not by the descriptor.
func (j *Joining) ByPID() bool { return len(j.own) > 0 }

// Close closes what NewJoining has opened, once the process is there.
func (j *Joining) Close() error {
	own := j.own
	j.own = nil
	return utils.CloseAll(own...)
}

// Join has the process join: config is told what has to be, more are descriptors behind those of the namespaces, the
// last of which the command keeps.
func (p *ParentProcess) Join(j *Joining, config *wire.Config, more, preserved []int) error {
	l := &config.Lifecycle
	l.Joins, l.Stage = j.Joins, j.Stage
	l.Files, l.Preserved = len(j.Files)+len(more)+len(preserved), len(preserved)
	files := append(append(append([]int(nil), j.Files...), more...), preserved...)
	if err := p.Inherit(-1, -1, files...); err != nil {
		return err
	}
	if j.pids < 0 {
		return nil
	}
	const path = "/proc/self/ns/pid"
	own, err := utils.Open(path, unix.O_RDONLY)
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	p.clone.PIDs, p.clone.OwnPIDs = j.pids, own
	return nil
}

// closeOwnPIDs closes what Join has opened.
func (p *ParentProcess) closeOwnPIDs() error {
	fd := p.clone.OwnPIDs
	if fd == 0 {
		return nil
	}
	p.clone.PIDs, p.clone.OwnPIDs = 0, 0
	return unix.Close(fd)
}

// goOnAs takes the process that goes on in place of the one that was cloned (wire.Stage), and
// waits for the end of that.
func (p *ParentProcess) goOnAs(pid string) error {
	next, err := strconv.Atoi(pid)
	if err != nil || next <= 0 {
		return fmt.Errorf("read the status pipe: a process with the pid %q", pid)
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	first := p.pid
	p.pid = next
	if _, err := utils.Retry(func() (int, error) { return unix.Wait4(first, nil, 0, nil) }); err != nil {
		return fmt.Errorf("wait for process %d: %w", first, err)
	}
	return nil
}
