package utils

import (
	"os"

	"golang.org/x/sys/unix"
)

// Descriptor is the descriptor of a file, which stays the file's. Unlike os.File.Fd it does not
// have reads of the file wait in the kernel from then on.
func Descriptor(file *os.File) (int, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return -1, err
	}
	fd := -1
	if raw.Control(func(open uintptr) { fd = int(open) }) != nil { // with an error of package os that has no name
		return -1, os.ErrClosed
	}
	return fd, nil
}

// Inherited is an open file that the process was started with. What it executes does not inherit it by itself.
func Inherited(fd int, name string) *os.File {
	unix.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), name)
}
