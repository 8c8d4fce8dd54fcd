package container

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// claimName takes the name for as long as the container lives. Of one that is kept it is taken
// for longer, see keepContainer.
func (r *run) claimName() error {
	if r.config.Name == "" || r.config.stays() {
		return nil
	}
	return r.cgroups.Claim(r.config.Name)
}

// writeIDFile makes the file of --cidfile, which stays once the command has run,
// as Docker leaves it: it tells which container that was.
func (r *run) writeIDFile() error {
	file := r.config.IDFile
	if file == "" {
		return nil
	}
	if err := newIDFile(file, r.id); err != nil {
		return err
	}
	r.undo.Add(func() error {
		if r.ran {
			return nil
		}
		return remove(file, r.id)
	})
	return nil
}

// WriteIDFile makes the file of --cidfile for a container that stays, and RemoveIDFile takes it away
// if it could not be started. "" is no file.
func WriteIDFile(file, id string) error {
	if file == "" {
		return nil
	}
	return newIDFile(file, id)
}

// RemoveIDFile is the reverse of WriteIDFile.
func RemoveIDFile(file, id string) error {
	if file == "" {
		return nil
	}
	return remove(file, id)
}

func newIDFile(file, id string) error {
	err := writeNew(file, id)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w (make sure that no other container uses it, and remove it)", err)
	}
	return err
}

// writePIDFile makes the file of --pidfile, and takes it away at the end. One that
// is there already was left by a run that was killed, or is no file, but a pipe. A pipe
// that nobody reads does not keep the run waiting.
func (r *run) writePIDFile() error {
	file, pid := r.config.PIDFile, strconv.Itoa(r.process.Pid())
	if file == "" {
		return nil
	}
	output, err := utils.OpenOutput(file)
	if err != nil {
		return err
	}
	if err := errors.Join(output.Mark([]byte(pid)), output.Close()); err != nil {
		return err
	}
	r.removePIDFile()
	return nil
}

// removePIDFile has the file of --pidfile go at the end.
func (r *run) removePIDFile() {
	file, pid := r.config.PIDFile, strconv.Itoa(r.process.Pid())
	if file == "" {
		return
	}
	r.undo.Add(func() error { return remove(file, pid) })
}

// writeNew makes a file with content, which is written at once, so that who waits for
// it reads all of it. A link that is there is no new file, wherever it leads.
func writeNew(file, content string) error {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Open(file, unix.O_EXCL|unix.O_WRONLY|unix.O_CREAT|unix.O_CLOEXEC, 0o644)
	})
	if err != nil {
		return &fs.PathError{Op: "create", Path: file, Err: err}
	}
	_, err = utils.Retry(func() (int, error) { return unix.Write(fd, []byte(content)) })
	if err = errors.Join(err, unix.Close(fd)); err != nil {
		return errors.Join(&fs.PathError{Op: "write", Path: file, Err: err}, remove(file, ""))
	}
	return nil
}

// remove takes away a file with this content, and nothing that others have put in
// its place.
func remove(file, content string) error {
	fd, err := utils.Open(file, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK)
	if err != nil {
		return nil
	}
	var stat unix.Stat_t
	found := make([]byte, len(content)+1)
	n := len(found)
	if err = unix.Fstat(fd, &stat); err == nil && stat.Mode&unix.S_IFMT == unix.S_IFREG {
		n, err = utils.Retry(func() (int, error) { return unix.Read(fd, found) })
	}
	if err = errors.Join(err, unix.Close(fd)); err != nil || string(found[:n]) != content {
		return nil
	}
	return os.Remove(file)
}
