package child

import (
	"bytes"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// whyNotExecutable looks into a file that execve refused, because its errno
// alone misleads: ENOENT for a file that is there means its interpreter.
func whyNotExecutable(path string, errno syscall.Errno) string {
	switch errno {
	case unix.ENOENT:
		return "its interpreter " + interpreterOf(path) + " does not exist"
	case unix.ENOEXEC:
		if string(headOf(path, 4)) == "\x7fELF" {
			return "it is a program for another architecture, or damaged"
		}
		return "it is neither a program nor a script that starts with #!"
	}
	return ""
}

// interpreterOf returns what a script's #! line names.
func interpreterOf(path string) string {
	line, found := bytes.CutPrefix(headOf(path, 256), []byte("#!"))
	if !found {
		return "(the loader of a dynamically linked program)"
	}
	// As the kernel reads it: a carriage return is part of the name.
	line, _, _ = bytes.Cut(line, []byte("\n"))
	line = bytes.Trim(line, " \t")
	if end := bytes.IndexAny(line, " \t"); end >= 0 {
		line = line[:end]
	}
	if quoted := strconv.Quote(string(line)); quoted != `"`+string(line)+`"` {
		return quoted
	}
	return string(line)
}

// headOf reads the beginning of a file. It may be anybody's by now: a FIFO must not
// hold init up.
func headOf(path string, size int) []byte {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	head := make([]byte, size)
	n, err := unix.Read(fd, head)
	if closing := unix.Close(fd); err != nil || closing != nil {
		return nil
	}
	return head[:n]
}
