package initproc

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// BeginIn has the process be born in a PID namespace that is there, of which pids is a
// descriptor. The thread that clones it joins that for its children: it takes no process
// in between, as wire.Stage does, but privileges in both namespaces.
func (p *ParentProcess) BeginIn(pids int) error {
	const path = "/proc/self/ns/pid"
	own, err := utils.Open(path, unix.O_RDONLY)
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	p.clone.PIDs, p.clone.OwnPIDs = pids, own
	return nil
}

// closeOwnPIDs closes what BeginIn has opened.
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
