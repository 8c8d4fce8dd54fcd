package container

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/cgroups"
	"github.com/mydocker/mydocker/utils"
)

func (r *run) claimName() error {
	if r.config.Name == "" {
		return nil
	}
	err := r.cgroups.Claim(r.config.Name)
	var taken *cgroups.NameError
	if errors.As(err, &taken) { // perhaps by a leftover that has usurped it, and this run gets no further
		return errors.Join(err, r.clearLeftovers())
	}
	return err
}

// writeIDFile makes the file of --cidfile, which stays once the command has run,
// as Docker leaves it: it tells which container that was.
func (r *run) writeIDFile() error {
	file := r.config.IDFile
	if file == "" {
		return nil
	}
	err := writeFile(file, unix.O_EXCL, r.id)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w (make sure that no other container uses it, and remove it)", err)
	}
	if err != nil {
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

// writePIDFile makes the file of --pidfile, and takes it away at the end. One that
// is there already was left by a run that was killed, or is no file, but a pipe.
func (r *run) writePIDFile() error {
	file, pid := r.config.PIDFile, strconv.Itoa(r.process.Pid())
	if file == "" {
		return nil
	}
	// A pipe that nobody reads must not keep the run waiting.
	if err := writeFile(file, unix.O_TRUNC|unix.O_NONBLOCK, pid); err != nil {
		return err
	}
	r.undo.Add(func() error { return remove(file, pid) })
	return nil
}

// writeFile writes content at once, so that who waits for it reads all of it.
func writeFile(file string, flags int, content string) error {
	fd, err := utils.Retry(func() (int, error) {
		return unix.Open(file, flags|unix.O_WRONLY|unix.O_CREAT|unix.O_CLOEXEC, 0o644)
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
	info, err := os.Lstat(file)
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	if found, err := utils.ReadFile(file); err != nil || found != content {
		return nil
	}
	return os.Remove(file)
}
