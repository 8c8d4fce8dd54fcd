package utils

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Identity tells a file from all others: "DEVICE INODE ", hexadecimal. What is bound somewhere keeps
// that of its source. Where there is no file it is no file's.
func Identity(path string) string {
	var status unix.Stat_t
	if unix.Stat(path, &status) != nil {
		return "0 0 "
	}
	return fmt.Sprintf("%x %x ", status.Dev, status.Ino)
}
