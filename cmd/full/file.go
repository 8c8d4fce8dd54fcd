package full

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/mydocker/mydocker/utils"
)

// inFile calls use with a file that has the program in it: in the first of the places in which
// use does not fail. The file has no name, and goes with the last that has it open, or runs it.
func inFile(program string, places []string, use func(*os.File) error) error {
	var errs []error
	for _, place := range places {
		file, err := fileIn(place, program)
		if err == nil {
			if err = errors.Join(use(file), file.Close()); err == nil {
				return nil
			}
		}
		errs = append(errs, fmt.Errorf("%s: %w", place, err))
	}
	return fmt.Errorf("execute the part of mydocker that has this command: %w (TMPDIR names a directory where a file may be executed)", errors.Join(errs...))
}

// inMemory stands for no directory at all, but a memfd. Where sysctl vm.memfd_noexec is 2, or a
// security module says so, none may be executed.
const inMemory = "memory"

// places are where the program is written to, one after the other.
func places() []string {
	return slices.Compact([]string{inMemory, os.TempDir(), "/var/tmp", "/dev/shm"})
}

// fileIn makes the file, and opens it for reading: what is open for writing the kernel does not execute.
func fileIn(place, program string) (file *os.File, err error) {
	if place == inMemory {
		if file, err = memoryFile(); err == nil {
			// Init of a container executes it, too, and has it as /proc/self/exe: nobody may write to it.
			err = errors.Join(fill(file, program), utils.Seal(int(file.Fd())))
		}
	} else {
		file, err = diskFile(place, program)
	}
	if err != nil && file != nil {
		err = errors.Join(err, file.Close())
	}
	return file, err
}

// memoryFile makes a memfd.
func memoryFile() (*os.File, error) {
	const name = "mydocker"
	fd, err := utils.ExecutableMemory(name)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

// diskFile makes a file in a directory, and takes its name away before there is anything in it.
func diskFile(dir, program string) (file *os.File, err error) {
	writer, err := os.CreateTemp(dir, "mydocker-")
	if err != nil {
		return nil, err
	}
	file, err = os.Open(writer.Name())
	err = errors.Join(err, os.Remove(writer.Name()))
	if err == nil {
		err = isSame(file, writer)
	}
	if err == nil {
		err = errors.Join(writer.Chmod(0o500), fill(writer, program))
	}
	return file, errors.Join(err, writer.Close())
}

// isSame fails where somebody has put another file in the place of one.
func isSame(file, other *os.File) error {
	first, err := file.Stat()
	if err != nil {
		return err
	}
	second, err := other.Stat()
	if err != nil {
		return err
	}
	if !os.SameFile(first, second) {
		return fmt.Errorf("%s was replaced", other.Name())
	}
	return nil
}

// fill writes the program to a file. The limit on the size of files is raised for that,
// where it may be: beyond it the kernel ends the process with SIGXFSZ.
func fill(file *os.File, program string) (err error) {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return os.NewSyscallError("getrlimit", err)
	}
	if size := uint64(len(program)); limit.Cur < size {
		if limit.Max < size {
			return fmt.Errorf("files may not have its %d MB (ulimit -f)", size/1e6)
		}
		raised := unix.Rlimit{Cur: limit.Max, Max: limit.Max}
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &raised); err != nil {
			return os.NewSyscallError("setrlimit", err)
		}
		defer func() {
			err = errors.Join(err, os.NewSyscallError("setrlimit", unix.Setrlimit(unix.RLIMIT_FSIZE, &limit)))
		}()
	}
	_, err = file.WriteString(program)
	return err
}
