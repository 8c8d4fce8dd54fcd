package stdio

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// CheckWritable refuses files that no output can be written to. An empty write
// asks a device (/dev/full) and writes nothing; pipes and sockets are not
// asked, since to some sockets an empty write is a message. Nor is a terminal: it
// would wait there behind another's write, which may never end.
func CheckWritable(files ...*os.File) error {
	for _, file := range files {
		var stat unix.Stat_t
		if err := unix.Fstat(int(file.Fd()), &stat); err != nil {
			return fmt.Errorf("%s: %w (is it closed?)", file.Name(), err)
		}
		var err error
		switch kind := stat.Mode & unix.S_IFMT; {
		case kind == unix.S_IFCHR && IsTerminal(file):
			err = checkOpenForWriting(file)
		case kind == unix.S_IFCHR, kind == unix.S_IFREG:
			_, err = unix.Write(int(file.Fd()), nil)
		}
		if err != nil {
			return fmt.Errorf("write to %s: %w", file.Name(), err)
		}
	}
	return nil
}

// CheckNoDirectory refuses directories: by an open one of the host, a container with a
// root of its own leaves that (CVE-2024-21626).
func CheckNoDirectory(files ...*os.File) error {
	for _, file := range files {
		info, err := file.Stat()
		if err != nil {
			return err
		}
		if info.IsDir() {
			return fmt.Errorf("%s is a directory, by which the container would come to the host's files", file.Name())
		}
	}
	return nil
}

func checkOpenForWriting(file *os.File) error {
	mode, err := unix.FcntlInt(file.Fd(), unix.F_GETFL, 0)
	if err == nil && mode&unix.O_ACCMODE == unix.O_RDONLY {
		err = unix.EBADF
	}
	return err
}
