package utils

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// MaxLinks is how many symbolic links the kernel follows on one path (path_resolution(7)).
const MaxLinks = 40

// ReadLink reads a symbolic link in an open directory, or with the name "" the one that dir is
// open on (O_PATH).
func ReadLink(dir int, name string) (string, error) {
	buffer := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(dir, name, buffer)
	if err != nil {
		return "", err
	}
	return string(buffer[:n]), nil
}

// FDPath leads to what is open as a descriptor of this process.
func FDPath(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

// SocketIn is the address of a socket in an open directory: its path could be longer than an address
// can be (108 bytes, unix(7)).
func SocketIn(dir int, name string) *unix.SockaddrUnix {
	return &unix.SockaddrUnix{Name: FDPath(dir) + "/" + name}
}

// SplitPath are the names in a path, without what is empty.
func SplitPath(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}
