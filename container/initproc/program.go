package initproc

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// ProtectProgram keeps who is in the container from changing mydocker's own file, which
// it finds by /proc/1/exe where PID 1 is a reaper, or the command /proc/self/exe: init executes a
// read-only mount of it. To mount takes privileges, or a user namespace that init is cloned into.
// Without them it executes a copy, if the file is the caller's to change.
//
// A file without a name needs no protection: the full program is a copy that nobody else executes
// (package full), and from memory it is sealed.
func (p *ParentProcess) ProtectProgram() error {
	path, err := os.Readlink("/proc/self/exe")
	if err != nil || strings.HasSuffix(path, " (deleted)") {
		return err
	}
	may := p.clone.Flags&unix.CLONE_NEWUSER != 0
	if !may {
		if may, err = utils.HasCapability(unix.CAP_SYS_ADMIN); err != nil {
			return err
		}
	}
	if may {
		p.clone.Program = path + "\x00"
		return nil
	}
	var status unix.Stat_t
	if err := unix.Stat(path, &status); err != nil {
		return &os.PathError{Op: "stat", Path: path, Err: err}
	}
	if int(status.Uid) != os.Geteuid() && unix.Access(path, unix.W_OK) != nil {
		return nil
	}
	if err := p.copyProgram(path, status.Size); err != nil {
		return fmt.Errorf("copy %s to memory, for it is the caller's and the container could change it: %w", path, err)
	}
	return nil
}

// copyProgram makes a copy that nobody can change.
func (p *ParentProcess) copyProgram(path string, size int64) error {
	from, err := utils.Open(path, unix.O_RDONLY)
	if err != nil {
		return err
	}
	to, err := utils.ExecutableMemory("mydocker")
	if err == nil {
		p.copied = to
		p.clone.Copy = fmt.Sprintf("/proc/%d/fd/%d\x00", os.Getpid(), to)
		err = copyAll(to, from, size)
	}
	if err == nil {
		err = utils.Seal(to)
	}
	return errors.Join(err, unix.Close(from))
}

func copyAll(to, from int, size int64) error {
	for size > 0 {
		n, err := unix.Sendfile(to, from, nil, int(size))
		if err != nil {
			return os.NewSyscallError("sendfile", err)
		}
		if n == 0 {
			return errors.New("the file has become shorter")
		}
		size -= int64(n)
	}
	return nil
}

func (p *ParentProcess) closeCopy() error {
	if p.copied < 0 {
		return nil
	}
	fd := p.copied
	p.copied = -1
	return unix.Close(fd)
}

// program is what init executes, for messages.
func (p *ParentProcess) program() string {
	switch {
	case p.clone.Program != "":
		return strings.TrimSuffix(p.clone.Program, "\x00")
	case p.clone.Copy != "":
		return strings.TrimSuffix(p.clone.Copy, "\x00")
	}
	return "/proc/self/exe"
}
