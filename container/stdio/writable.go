package stdio

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// CheckWritable refuses files that no output can be written to. An empty write
// asks a device (/dev/full) and writes nothing; pipes and sockets are not
// asked, since to some sockets an empty write is a message.
func CheckWritable(files ...*os.File) error {
	for _, file := range files {
		var stat unix.Stat_t
		if err := unix.Fstat(int(file.Fd()), &stat); err != nil {
			return fmt.Errorf("%s: %w (is it closed?)", file.Name(), err)
		}
		switch stat.Mode & unix.S_IFMT {
		case unix.S_IFCHR, unix.S_IFREG:
			if _, err := unix.Write(int(file.Fd()), nil); err != nil {
				return fmt.Errorf("write to %s: %w", file.Name(), err)
			}
		}
	}
	return nil
}
